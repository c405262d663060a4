// The option `fetch`: what it is used for, and that no function can make the guard wait, read or believe more than the global one.
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import type { FetchFunction, FetchInit, FetchResponse, GuardOptions } from '@dpop-guard/core'
import { ClientSecretBasic, introspection } from '@dpop-guard/core/introspection'
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { createScene, mistyped, outcome } from '../../../support/guard-scene.js'
import { listenTo } from '../../../support/published-events.js'
import { createTestIssuer } from '../../../support/test-issuer.js'

const outage = '503 keys_unavailable'
const issuer = createTestIssuer()
const jwksUri = `${issuer.issuer}/jwks`

beforeEach(() => {
  vi.stubGlobal('fetch', () => Promise.reject(new Error('the global function must not be called')))
  return () => void vi.unstubAllGlobals()
})

function guardWith(fetch: FetchFunction, options: Partial<GuardOptions> = {}) {
  const scene = createScene({ issuer: { issuer: issuer.issuer, jwksUri }, fetch, ...options }, issuer)
  return { ...scene, ask: () => outcome(scene.guard, scene.request()) }
}

describe('is used', () => {
  test('for metadata and keys, each with the same request as the global function', async () => {
    const asked: [string, FetchInit][] = []
    const { ask } = guardWith(
      async (url, init) => {
        asked.push([url, init])
        return Response.json(url === jwksUri ? issuer.jwks : { issuer: issuer.issuer, jwks_uri: jwksUri })
      },
      { issuer: issuer.issuer },
    )
    expect(await ask()).toBe('accepted')
    const signal = expect.any(AbortSignal)
    const init = { method: 'GET', headers: { accept: 'application/json' }, redirect: 'manual', signal }
    expect(asked).toEqual([
      [`${issuer.issuer}/.well-known/oauth-authorization-server`, init],
      [jwksUri, init],
    ])
  })

  test('by your own verifyAccessToken, which gets it with the token', async () => {
    const fetch: FetchFunction = async () => Response.json({})
    const seen: unknown[] = []
    const { ask, client } = guardWith(fetch, {
      issuer: undefined,
      verifyAccessToken: (_token, context) => {
        seen.push(context.fetch)
        return { claims: { cnf: { jkt: client.jkt } } }
      },
    })
    expect(await ask()).toBe('accepted')
    expect(seen).toEqual([fetch])
  })

  test.each(['its own', "the guard's"])('by introspection, which uses %s', async (whose) => {
    const asked: [string, FetchInit][] = []
    const answer: FetchFunction = async (url, init) => {
      asked.push([url, init])
      return Response.json({ active: true, aud: 'https://api.example.com', cnf: { jkt: client.jkt } })
    }
    const unused: FetchFunction = () => Promise.reject(new Error('another function is set'))
    const endpoint = 'https://as.example.com/introspect'
    const clientAuthentication = ClientSecretBasic('the secret of the API')
    const own = whose === 'its own' ? { fetch: answer } : {}
    const { ask, client } = guardWith(whose === 'its own' ? unused : answer, {
      issuer: undefined,
      verifyAccessToken: introspection({
        issuer: issuer.issuer,
        endpoint,
        clientId: 'a',
        clientAuthentication,
        ...own,
      }),
    })
    expect(await ask()).toBe('accepted')
    expect(asked).toEqual([
      [endpoint, expect.objectContaining({ method: 'POST', redirect: 'manual', body: expect.any(URLSearchParams) })],
    ])
  })

  test('with a body that is a stream of Node', async () => {
    const body = Readable.from([Buffer.from(JSON.stringify(issuer.jwks))])
    const { ask } = guardWith(async () => ({ status: 200, headers: new Headers(), body }))
    expect(await ask()).toBe('accepted')
  })

  test('through a private certificate authority', async () => {
    const { createCertificate } = await import('../../../support/client-certificates.js')
    const { Agent, fetch } = await import('undici')
    const { key, cert } = await createCertificate('issuer')
    const server = createHttpsServer({ key, cert }, (_request, response) => response.end(JSON.stringify(issuer.jwks)))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const uri = `https://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`
    const trusting = (ca: string | undefined) => {
      const dispatcher = new Agent({ connect: { ca } })
      onTestFinished(() => dispatcher.destroy())
      return guardWith((url, init) => fetch(url, { ...init, dispatcher }), {
        issuer: { issuer: issuer.issuer, jwksUri: uri },
      })
    }
    expect(await trusting(undefined).ask()).toBe(outage)
    expect(await trusting(cert).ask()).toBe('accepted')
  })
})

const never = new Promise<never>(() => {})

async function* endless(): AsyncGenerator<Uint8Array> {
  for (;;) yield Buffer.alloc(65_536, 0x20)
}

async function* hanging(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('{')
  await never
}

const ok = (body: unknown): FetchResponse => mistyped({ status: 200, headers: new Headers(), body })
const hostile = new Proxy({}, { get: throwing, has: throwing, getPrototypeOf: throwing, ownKeys: throwing })
function throwing(): never {
  throw new Error('the value runs code of its own')
}

describe('is never believed or waited for more than the global function:', () => {
  test.each<[what: string, fetch: () => unknown, message: string]>([
    ['one that never answers', () => never, 'did not answer in time'],
    ['one whose body never ends in time', () => ok(hanging()), 'did not answer in time'],
    ['one whose body has no end', () => ok(endless()), 'is longer than 1048576 bytes'],
    [
      'one that followed a redirect',
      () => ({ ...ok(Readable.from([Buffer.from(JSON.stringify(issuer.jwks))])), redirected: true }),
      'was redirected, and redirects must not be followed',
    ],
    ['one that answers a redirect', () => new Response(null, { status: 302 }), 'answered 302'],
    ['one that answers 201', () => Response.json(issuer.jwks, { status: 201 }), 'answered 201'],
    ['one that answers 404 with a stream of Node', () => ({ ...ok(new Readable()), status: 404 }), 'answered 404'],
    ['one that returns nothing', () => undefined, 'fetch() must return a Response'],
    ['one that returns the document', () => issuer.jwks, 'fetch() must return a Response'],
    ['one that returns a string as body', () => ok(JSON.stringify(issuer.jwks)), 'cannot be reached'],
    ['one that returns a body without bytes', () => ok({}), 'whose body is a stream of bytes'],
    ['one whose body has strings', () => ok(Readable.from(['{}'])), 'whose body is a stream of bytes'],
    ['one that returns a hostile value', () => hostile, 'cannot be reached'],
    [
      'one that rejects with a code',
      () => Promise.reject(Object.assign(new Error('secret'), { code: 'EPROXY' })),
      'cannot be reached: EPROXY',
    ],
    ['one that rejects with a string', () => Promise.reject('secret'), 'cannot be reached'],
    ['one that rejects with nothing', () => Promise.reject(), 'cannot be reached'],
    ['one that rejects with a hostile value', () => Promise.reject(hostile), 'cannot be reached'],
    ['one that throws', () => throwing(), 'cannot be reached'],
  ])('%s', async (_, answer, message) => {
    const events = listenTo('unavailable')
    const { ask } = guardWith(
      // Not an async function, so that it can throw.
      () => mistyped(answer()),
      { jwksCache: { timeoutSeconds: message === 'did not answer in time' ? 0.2 : 30 } },
    )
    expect(await ask()).toBe(outage)
    expect(events).toMatchObject([{ error: { message: expect.stringMatching(`^(fetch\\(\\) must|${jwksUri} )`) } }])
    expect(events).toMatchObject([{ error: { message: expect.stringContaining(message) } }])
    expect(JSON.stringify(events)).not.toContain('secret')
  })

  test('reading stops where the limit is reached, and the stream is closed', async () => {
    let closed = 0
    async function* body() {
      try {
        yield* endless()
      } finally {
        closed++
      }
    }
    expect(await guardWith(async () => ok(body())).ask()).toBe(outage)
    expect(closed).toBe(1)
  })

  test('a body that nobody reads is closed', async () => {
    const stream = new Readable({ read() {} })
    expect(await guardWith(async () => ({ ...ok(stream), status: 500 })).ask()).toBe(outage)
    expect(stream.destroyed).toBe(true)
  })

  test('introspection waits no longer for it either, and follows no redirect', async () => {
    for (const fetch of [() => never, async () => mistyped<Response>({ ...ok(null), redirected: true })]) {
      const clientAuthentication = ClientSecretBasic('the secret of the API')
      const { ask } = guardWith(fetch, {
        issuer: undefined,
        verifyAccessToken: introspection({
          ...{ issuer: issuer.issuer, endpoint: 'https://as.example.com/i', clientId: 'a', clientAuthentication },
          timeoutSeconds: 0.2,
        }),
      })
      expect(await ask()).toBe('503 introspection_unavailable')
    }
  })
})

test('must be a function', () => {
  const message = 'dpop-guard: "fetch" must be a function, got "fetch"'
  expect(() => guardWith(mistyped('fetch'))).toThrow(new TypeError(message))
  const options = { issuer: issuer.issuer, clientId: 'a', clientAuthentication: ClientSecretBasic('secret') }
  expect(() => introspection({ ...options, fetch: mistyped('fetch') })).toThrow(new TypeError(message))
})
