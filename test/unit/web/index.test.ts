import type { IncomingMessage } from 'node:http'
import { createGuard, type GuardOptions } from '@dpop-guard/core'
import {
  type DpopGuardOptions,
  dpopGuard,
  getAuth,
  getOptionalAuth,
  protectedResourceMetadata,
  requireAnyScope,
  requireClaims,
  requireDpop,
  requireScopes,
  requireStepUp,
} from '@dpop-guard/web'
import { expect, test, vi } from 'vitest'
import { createScene, mistyped, type RequestParts, resource } from '../../support/guard-scene.js'

/** A guard, and how to make good requests for it. */
function scene(more: Partial<GuardOptions> = {}) {
  const scene = createScene(more)
  const request = (parts: RequestParts = {}, origin = 'http://orders.internal:8080') => {
    const { method, target, headers } = scene.request(parts)
    const fields = new Headers()
    for (let index = 0; index < headers.length; index += 2)
      fields.append(headers[index] ?? '', headers[index + 1] ?? '')
    return new Request(origin + target, { method, headers: fields })
  }
  return { guard: dpopGuard(scene.options), request, scene }
}

const subjectOf = (request: Request) => Response.json({ for: getAuth(request).subject })

test('a good request has its caller, and a response without the guard for it stays as it is', async () => {
  const { guard, request } = scene()
  const checked = await guard(request())
  if (checked.response) throw new Error('rejected')
  expect(checked.auth.subject).toBe('alice')
  const response = new Response('ok')
  expect(checked.apply(response)).toBe(response)
  expect([...response.headers.keys()]).toEqual(['content-type'])
})

test('a request without credentials is answered with the challenge and the reason', async () => {
  const { response, rejection } = mistyped<{ response: Response; rejection: { reason: string } }>(
    await scene().guard(new Request(`${resource}/orders`)),
  )
  expect(response.status).toBe(401)
  expect(response.headers.get('www-authenticate')).toBe('DPoP algs="ES256 PS256 Ed25519 EdDSA"')
  expect(rejection.reason).toBe('credentials_missing')
  expect(response.body).toBeNull()
})

test('two challenges are one field', async () => {
  const { guard } = scene({ mode: 'bearer-and-dpop', realm: 'orders' })
  const { response } = await guard(new Request(`${resource}/orders`))
  expect(response?.headers.get('www-authenticate')).toBe(
    'Bearer realm="orders", DPoP realm="orders", algs="ES256 PS256 Ed25519 EdDSA"',
  )
})

test('the origin of request.url changes nothing', async () => {
  const { guard, request, scene: parts } = scene()
  expect((await guard(request({}, 'https://evil.example'))).response).toBeUndefined()
  const proof = { url: 'https://evil.example/orders' }
  const { response } = await guard(request({ proof }, 'https://evil.example'))
  expect(response?.status).toBe(401)
  const ofGuard = await parts.guard.check(parts.request({ proof }))
  expect(ofGuard).toMatchObject({ status: 401, reason: 'proof_htu' })
})

test.each([
  ['a path with dot segments that the host did not remove', 'http://h.example/x/../orders'],
  ['a path with a backslash that the host did not change', 'http://h.example/orders\\'],
  ['no path', 'http://h.example?page=1'],
  ['a backslash behind the host', 'http://h.example\\@evil.example/orders'],
  ['an asterisk', '*'],
])('%s is rejected', async (_name, url) => {
  const { guard, request } = scene()
  const { headers, method } = request()
  const { response, ...answer } = await guard(mistyped<Request>({ url, headers, method }))
  expect(response?.status).toBe(400)
  expect(answer).toMatchObject({ rejection: { reason: 'target_malformed' } })
})

test.each(['Authorization', 'DPoP'])(
  'an empty %s in front of a good one is rejected, also where the entries of Headers hide it',
  async (name) => {
    const { guard, request } = scene()
    const { url, method, headers } = request()
    const received = new Headers()
    for (const [one, value] of headers) {
      if (one === name.toLowerCase()) received.append(one, '')
      received.append(one, value)
    }
    const hiding = Object.assign(received, { [Symbol.iterator]: () => headers[Symbol.iterator]() })
    const checked = await guard(mistyped<Request>({ url, method, headers: hiding }))
    expect(checked.response?.status).toBe(401)
  },
)

test("with Node's own request, the guard reads what the client sent", async () => {
  const { guard, scene: parts } = scene()
  const { method, target, headers } = parts.request()
  const incoming = (target: string, rawHeaders: readonly string[]) =>
    mistyped<IncomingMessage>({ method, url: target, rawHeaders, headers: {} })
  const seen = () => new Request(`${resource}/orders`)
  expect((await guard(seen(), { incoming: incoming(target, headers) })).response).toBeUndefined()
  expect(await guard(seen(), { incoming: incoming(`/x/..${target}`, headers) })).toMatchObject({
    rejection: { reason: 'target_malformed' },
  })
  expect(await guard(seen(), { incoming: incoming(target, [...headers, 'DPoP', 'x']) })).toMatchObject({
    rejection: { reason: 'proof_repeated' },
  })
})

test('something that is not a Request throws a TypeError', async () => {
  const { guard } = scene()
  for (const value of [undefined, null, {}, { url: new URL(resource), headers: new Headers() }, { url: resource }]) {
    await expect(guard(mistyped<Request>(value))).rejects.toThrow('needs a web-standard Request')
  }
})

test('the same guard twice checks a request once', async () => {
  const { guard, request } = scene()
  const once = request()
  const outcomes = [await guard(once), await guard(once)]
  expect(outcomes.map((checked) => 'auth' in checked && checked.auth?.subject)).toEqual(['alice', 'alice'])
})

test('another Request with the same proof is a replay, and has no caller', async () => {
  const { guard, request } = scene()
  const first = request()
  const copy = first.clone()
  await guard(first)
  expect(await guard(copy)).toMatchObject({ rejection: { reason: 'proof_replayed' } })
  expect(() => getAuth(copy)).toThrow('the guard rejected this request')
})

test('getOptionalAuth is undefined without credentials, and getAuth throws', async () => {
  const { guard } = scene({ credentials: 'optional' })
  const request = new Request(`${resource}/orders`)
  expect(await guard(request)).toMatchObject({ auth: undefined })
  expect(getOptionalAuth(request)).toBeUndefined()
  expect(() => getAuth(request)).toThrow('no caller')
})

test('protect calls the handler with the request and everything else that the host passes', async () => {
  const { guard, request } = scene()
  const handle = guard.protect(async (request, { id }: { id: string }) =>
    Response.json({ for: getAuth(request).subject, id }),
  )
  const response = await handle(request(), { id: '7' })
  expect(await response.json()).toEqual({ for: 'alice', id: '7' })
  expect((await handle(new Request(`${resource}/orders`), { id: '7' })).status).toBe(401)
})

test('protect runs its checks in their order, and the handler only if all pass', async () => {
  const { guard, request } = scene()
  const handled: string[] = []
  const handle = guard.protect(
    (request) => {
      handled.push(getAuth(request).scopes.join(' '))
      return new Response()
    },
    requireScopes('orders:read'),
    async (request) => (getAuth(request).claims.sub === 'alice' ? undefined : new Response(null, { status: 404 })),
    requireStepUp({ acrValues: ['urn:example:mfa'] }),
  )
  const send = async (token: Record<string, unknown>) => {
    const { status, headers } = await handle(request({ token }))
    return [status, /error="(\w+)"/.exec(headers.get('www-authenticate') ?? '')?.[1]]
  }
  const good = { scope: 'orders:read', acr: 'urn:example:mfa' }
  expect(await send({ ...good, scope: 'orders:write' })).toEqual([403, 'insufficient_scope'])
  expect(await send({ ...good, sub: 'bob' })).toEqual([404, undefined])
  expect(await send({ ...good, acr: 'urn:example:pin' })).toEqual([401, 'insufficient_user_authentication'])
  expect(handled).toEqual([])
  expect(await send(good)).toEqual([200, undefined])
  expect(handled).toEqual(['orders:read'])
})

test('an error of the handler is for the host', async () => {
  const { guard, request } = scene()
  const handle = guard.protect(() => {
    throw new Error('database')
  })
  await expect(handle(request())).rejects.toThrow('database')
})

test('a check before the guard throws', () => {
  expect(() => requireScopes('orders:read')(new Request(resource))).toThrow('no guard ran')
})

test('the resource metadata is answered by the guard, and by its own function', async () => {
  const options = { ...scene().scene.options, resourceMetadata: {} }
  const document = () => new Request('http://h.example/.well-known/oauth-protected-resource')
  const metadata = protectedResourceMetadata({ guard: createGuard(options) })
  const answers = [(await dpopGuard(options)(document())).response, metadata(document())]
  for (const answer of answers) {
    expect(answer?.status).toBe(200)
    expect(await answer?.json()).toMatchObject({ resource })
  }
  expect(metadata(new Request('http://h.example/orders'))).toBeUndefined()
  const preflight = new Request(document(), {
    method: 'OPTIONS',
    headers: { Origin: 'https://app.example.com', 'Access-Control-Request-Method': 'GET' },
  })
  expect(metadata(preflight)?.status).toBe(204)
  expect(() => protectedResourceMetadata(scene().scene.options)).toThrow('option "resourceMetadata" is required')
})

test('onRejected is an error, because the guard returns its answer', () => {
  const options = mistyped<DpopGuardOptions>({ ...scene().scene.options, onRejected: 'error' })
  const message = 'dpop-guard: "onRejected" must be left out: the guard returns its answer, got "error"'
  expect(() => dpopGuard(options)).toThrow(message)
  expect(() => protectedResourceMetadata(options)).toThrow(message)
  expect(() => dpopGuard(mistyped({ ...options, onRejected: undefined }))).not.toThrow()
})

test('every function has a name, for stack traces and profilers', () => {
  const { guard, scene: parts } = scene()
  expect(guard.name).toBe('dpopGuard')
  expect(guard.protect(subjectOf).name).toBe('protectedHandler')
  expect(requireScopes('orders:read').name).toBe('requireScopes')
  expect(requireStepUp({ maxAgeSeconds: 300 }).name).toBe('requireStepUp')
  expect(requireAnyScope('orders:read').name).toBe('requireAnyScope')
  expect(requireClaims(() => true).name).toBe('requireClaims')
  expect(requireDpop().name).toBe('requireDpop')
  const metadata = protectedResourceMetadata({ ...parts.options, resourceMetadata: {} })
  expect(metadata.name).toBe('protectedResourceMetadata')
})

test('with reportOnly every request passes, with its caller if the check passed', async () => {
  vi.spyOn(process, 'emitWarning').mockReturnValue()
  const { request, scene: parts } = scene({ credentials: 'optional' })
  const guard = dpopGuard({ ...parts.options, reportOnly: true })
  const bad = request({ proof: { method: 'POST' } })
  const answers = [await guard(request()), await guard(bad)]
  expect(answers.map((checked) => !checked.response && checked.auth?.subject)).toEqual(['alice', undefined])
  expect(requireScopes('orders:delete')(bad)).toBeUndefined()
})
