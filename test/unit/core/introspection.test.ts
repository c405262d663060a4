import type { ServerResponse } from 'node:http'
import { type Auth, createGuard, type GuardOptions, type Verdict, type VerifyAccessToken } from '@dpop-guard/core'
import {
  ClientSecretBasic,
  ClientSecretJwt,
  ClientSecretPost,
  type IntrospectionOptions,
  introspection,
  PrivateKeyJwt,
} from '@dpop-guard/core/introspection'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { deferred } from '../../support/deferred.js'
import {
  type IntrospectionAnswer,
  type IntrospectionEndpoint,
  sendEndlessJson,
  sendJson,
  startIntrospectionEndpoint,
} from '../../support/introspection-endpoint.js'
import { createProofClient } from '../../support/proof-client.js'
import { listenTo } from '../../support/published-events.js'
import { holdTimeLimits, watchForHead } from '../../support/time-limits.js'

const start = 1_800_000_000
const resource = 'https://api.example.com'
const secret = 'S3cr3t-of-this-api'

interface SceneParts {
  introspect?: Partial<IntrospectionOptions>
  /** Wraps the function that `introspection` returns. */
  wrap?: (find: VerifyAccessToken) => VerifyAccessToken
  guard?: Partial<GuardOptions>
  /** The path of the issuer identifier. */
  path?: string
}

/** A guard with its own server. Every token is alice's, until the test sets another answer. */
async function startScene({ introspect = {}, wrap = (ask) => ask, guard: options = {}, path }: SceneParts = {}) {
  const server = await startIntrospectionEndpoint(path)
  onTestFinished(server.close)
  const client = createProofClient()
  const clock = { now: start }
  const claims = { active: true, aud: resource, sub: 'alice', cnf: { jkt: client.jkt }, exp: start + 3600 }
  server.answer = () => claims
  const guard = createGuard({
    resource,
    verifyAccessToken: wrap(
      introspection({
        issuer: server.issuer,
        endpoint: server.endpoint,
        clientId: 'orders-api',
        clientAuthentication: ClientSecretBasic(secret),
        ...introspect,
      }),
    ),
    clock: () => clock.now,
    ...options,
  })

  /** Sends a token under DPoP, with a new proof. */
  function ask(token = 'opaque-1', scheme: 'DPoP' | 'Bearer' = 'DPoP'): Promise<Verdict<Auth | undefined>> {
    const proof = client.proof({ method: 'GET', url: `${resource}/orders`, now: clock.now, accessToken: token })
    const headers = ['Authorization', `${scheme} ${token}`, ...(scheme === 'DPoP' ? ['DPoP', proof] : [])]
    return guard.check({ method: 'GET', target: '/orders', headers })
  }
  return { server, claims, clock, client, ask }
}

const accepted = { accepted: true }
const outage = { accepted: false, status: 503, reason: 'introspection_unavailable', error: undefined, body: '' }

describe('the request', () => {
  test('is one form post with the token and the credentials of this API, and nothing of the proof', async () => {
    const { server, ask } = await startScene()
    expect(await ask('opaque~1.x_y-z+/==')).toMatchObject({
      accepted: true,
      auth: { subject: 'alice', scheme: 'DPoP' },
    })
    const [call, ...more] = server.calls
    expect(more).toEqual([])
    expect(call).toMatchObject({ method: 'POST', url: '/introspect' })
    expect(call?.headers).toMatchObject({
      accept: 'application/json',
      'content-type': expect.stringMatching(/^application\/x-www-form-urlencoded(;|$)/),
    })
    const [, basic = ''] = call?.headers.authorization?.split('Basic ') ?? []
    // RFC 6749 section 2.3.1: both parts form-urlencoded first.
    const parts = Buffer.from(basic, 'base64').toString().split(':').map(decodeURIComponent)
    expect(parts).toEqual(['orders-api', secret])
    expect(call?.headers).not.toHaveProperty('dpop')
    expect(Object.fromEntries(call?.form ?? [])).toEqual({ token: 'opaque~1.x_y-z+/==' })
  })

  test('carries the secret in the form with ClientSecretPost', async () => {
    const { server, ask } = await startScene({ introspect: { clientAuthentication: ClientSecretPost(secret) } })
    expect(await ask()).toMatchObject(accepted)
    expect(server.calls[0]?.headers).not.toHaveProperty('authorization')
    expect(Object.fromEntries(server.calls[0]?.form ?? [])).toEqual({
      token: 'opaque-1',
      client_id: 'orders-api',
      client_secret: secret,
    })
  })

  test.each(['private_key_jwt', 'client_secret_jwt'])('carries an assertion for the issuer with %s', async (method) => {
    const { privateKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign'])
    const clientAuthentication = method === 'private_key_jwt' ? PrivateKeyJwt(privateKey) : ClientSecretJwt(secret)
    const { server, ask } = await startScene({ introspect: { clientAuthentication } })
    expect(await ask()).toMatchObject(accepted)
    const assertion = server.calls[0]?.form.get('client_assertion') ?? ''
    expect(decodeProtectedHeader(assertion).alg).toBe(method === 'private_key_jwt' ? 'ES256' : 'HS256')
    expect(decodeJwt(assertion)).toMatchObject({ iss: 'orders-api', sub: 'orders-api', aud: server.issuer })
  })

  test('is not sent if the guard can reject without it', async () => {
    const { server, ask } = await startScene()
    expect(await ask('not a token')).toMatchObject({ status: 400, reason: 'authorization_malformed' })
    expect(await ask('opaque-1', 'Bearer')).toMatchObject({ status: 401, reason: 'scheme_unsupported' })
    expect(server.calls).toEqual([])
  })
})

describe('the answer', () => {
  test('that the token is not active rejects it, and is not cached', async () => {
    const { server, ask } = await startScene()
    server.answer = () => ({ active: false })
    for (const count of [1, 2]) {
      expect(await ask()).toMatchObject({ status: 401, reason: 'token_inactive', error: 'invalid_token' })
      expect(server.calls).toHaveLength(count)
    }
  })

  test('that the token is not active rejects it, also with all other claims', async () => {
    const { server, claims, ask } = await startScene()
    server.answer = () => ({ ...claims, active: false })
    expect(await ask()).toMatchObject({ status: 401, reason: 'token_inactive' })
  })

  test.each([
    ['"true"', 'true'],
    ['1', 1],
    ['null', null],
    ['a list', [true]],
    ['missing', undefined],
  ])('whose active is %s is malformed: 503', async (_what, active) => {
    const { server, claims, ask } = await startScene()
    server.answer = () => ({ ...claims, active })
    expect(await ask()).toMatchObject(outage)
  })

  test.each([
    ['a list', []],
    ['a string', 'active'],
    ['a number', 1],
    ['true', true],
    ['null', null],
  ])('that is %s instead of an object is malformed: 503', async (_what, json) => {
    const { server, ask } = await startScene()
    server.answer = (_call, response) => sendJson(response, json)
    expect(await ask()).toMatchObject(outage)
  })

  test.each<[string, object, string | undefined]>([
    ['no aud', { aud: undefined }, 'token_audience'],
    ['null for aud', { aud: null }, 'token_audience'],
    ['an empty list of aud', { aud: [] }, 'token_audience'],
    ['another aud', { aud: 'https://other.example.com' }, 'token_audience'],
    ['an aud that only begins with the right one', { aud: `${resource}.attacker.example` }, 'token_audience'],
    ['a list of other auds', { aud: ['a', 'b'] }, 'token_audience'],
    ['a number for aud', { aud: 7 }, 'token_audience'],
    ['an object for aud', { aud: { [resource]: true } }, 'token_audience'],
    ['a list with the right aud', { aud: ['a', resource] }, undefined],
    ['the right iss', {}, undefined],
    ['another iss', { iss: 'https://attacker.example' }, 'token_issuer'],
    ['the issuer of another tenant', { iss: 'http://127.0.0.1/tenant1' }, 'token_issuer'],
    ['an exp that has passed', { exp: start - 6 }, 'token_expired'],
    ['an exp within the tolerance', { exp: start - 4 }, undefined],
    ['no exp', { exp: undefined }, undefined],
    ['an nbf in the future', { nbf: start + 6 }, 'token_not_yet_valid'],
    ['no cnf', { cnf: undefined }, 'token_unbound'],
    ['cnf without jkt', { cnf: {} }, 'token_binding_unconfirmed'],
    ['cnf of another key', { cnf: { jkt: 'A'.repeat(43) } }, 'token_key_mismatch'],
    ['cnf with a malformed jkt', { cnf: { jkt: 'short' } }, 'token_binding_unconfirmed'],
    ['jkt outside of cnf', { cnf: undefined, jkt: 'A'.repeat(43) }, 'token_unbound'],
  ])('with %s', async (_what, given, reason) => {
    const { server, claims, ask } = await startScene()
    server.answer = () => ({ iss: server.issuer, ...claims, ...given })
    const expected = { accepted: false, status: 401, error: 'invalid_token', reason }
    expect(await ask()).toMatchObject(reason === undefined ? accepted : expected)
  })

  test('with one of several accepted audiences is accepted', async () => {
    const { ask } = await startScene({ guard: { audience: [resource, 'https://api.example.org'] } })
    expect(await ask()).toMatchObject(accepted)
  })

  test.each<[string, object, string, Partial<IntrospectionOptions>]>([
    ['aud', { aud: 'https://other.example.com' }, 'token_audience', {}],
    ['aud', { aud: 'https://other.example.com' }, 'token_audience', { missingAudience: 'accept' }],
    ['aud', { aud: null }, 'token_audience', { missingAudience: 'accept' }],
    ['iss', { iss: 'https://attacker.example' }, 'token_issuer', {}],
  ])(
    'with another %s is rejected, also if a function around it leaves it out',
    async (name, given, reason, introspect) => {
      const { server, claims, ask } = await startScene({
        introspect,
        wrap: (find) => async (token, context) => {
          const info = await find(token, context)
          return info && { claims: { ...info.claims, [name]: undefined } }
        },
      })
      server.answer = () => claims
      expect(await ask('good')).toMatchObject(accepted)
      server.answer = () => ({ ...claims, ...given })
      expect(await ask('another')).toMatchObject({ accepted: false, status: 401, reason })
    },
  )

  test.each([
    ['has no aud', undefined, true],
    ['has an empty list', [], false],
    ['has null', null, false],
    ['has another aud', 'https://other.example.com', false],
  ])("with missingAudience 'accept', where it %s: %j", async (_what, aud, lets) => {
    const { server, claims, ask } = await startScene({ introspect: { missingAudience: 'accept' } })
    server.answer = () => ({ ...claims, aud })
    expect((await ask()).accepted).toBe(lets)
  })

  test.each([
    ['DPoP', true, true],
    ['dpop', true, true],
    ['DPOP', true, true],
    [undefined, true, true],
    ['Bearer', true, false],
    ['bearer', true, false],
    ['', true, false],
    ['N_A', true, false],
    [null, true, false],
    [['DPoP'], true, false],
    ['DPoP', false, false],
    ['dpop', false, false],
    ['Bearer', false, true],
    ['bearer', false, true],
    [undefined, false, true],
  ])('with the type %j, for a token that is bound: %s, is accepted: %s', async (type, bound, lets) => {
    const { server, claims, ask } = await startScene({ guard: { mode: 'bearer-and-dpop' } })
    server.answer = () => ({ ...claims, token_type: type, cnf: bound ? claims.cnf : undefined })
    const rejected = { accepted: false, status: 401, reason: 'token_binding_unconfirmed' }
    expect(await ask('opaque-1', bound ? 'DPoP' : 'Bearer')).toMatchObject(lets ? accepted : rejected)
  })

  test('that is not JSON is reported to operators', async () => {
    const { server, ask } = await startScene()
    const events = listenTo('unavailable')
    server.answer = (_call, response) => void response.end('<!doctype html>')
    expect(await ask()).toMatchObject(outage)
    expect(events).toMatchObject([{ error: { message: `${server.endpoint} did not answer with JSON` } }])
  })

  test.each([
    ['DPoP', null],
    ['DPoP', 'a string'],
    ['Bearer', {}],
  ])('with the type %j and the cnf %j is not reliable', async (type, cnf) => {
    const { server, claims, ask } = await startScene()
    server.answer = () => ({ ...claims, token_type: type, cnf })
    expect(await ask()).toMatchObject({ status: 401, reason: 'token_binding_unconfirmed' })
  })

  test('that the server did not issue the token rejects it', async () => {
    const { server, ask } = await startScene()
    server.answer = (_call, response) => sendJson(response, { error: 'unsupported_token_type' }, 400)
    expect(await ask()).toMatchObject({ status: 401, reason: 'token_inactive' })
  })

  test('for another audience shows operators that audience', async () => {
    const { server, claims, ask } = await startScene()
    const events = listenTo('rejected')
    for (const given of [{ iss: 'https://other.example.com' }, { aud: 'other' }, { aud: undefined }]) {
      server.answer = () => ({ ...claims, ...given })
      await ask()
    }
    expect(events).toMatchObject([
      { mismatch: { name: 'iss', expected: [server.issuer], received: ['https://other.example.com'] } },
      { mismatch: { name: 'aud', expected: [resource], received: ['other'] } },
      { mismatch: { name: 'aud', expected: [resource], received: ['missing'] } },
    ])
  })

  test('that the token is bound rejects it as Bearer, in any mode', async () => {
    const { ask } = await startScene({ guard: { mode: 'bearer-and-dpop' } })
    expect(await ask('opaque-1', 'Bearer')).toMatchObject({ status: 401, reason: 'token_bound_as_bearer' })
  })

  test('is also compared with the issuer of the guard, if it has one', async () => {
    const { server, claims, ask } = await startScene({ guard: { issuer: 'https://other.example.com' } })
    server.answer = () => ({ ...claims, iss: server.issuer })
    expect(await ask()).toMatchObject({ status: 401, reason: 'token_issuer' })
  })

  test('provides scopes, subject, client and expiry to the handler, frozen', async () => {
    const { server, claims, ask } = await startScene()
    server.answer = () => ({ ...claims, scope: 'a b', client_id: 'web' })
    const verdict = await ask()
    if (!verdict.accepted || verdict.auth === undefined) throw new Error('not accepted')
    expect(verdict.auth).toMatchObject({ scopes: ['a', 'b'], clientId: 'web', expiresAt: claims.exp })
    expect(Object.isFrozen(verdict.auth.claims.cnf)).toBe(true)
  })
})

describe('the cache', () => {
  test('uses an answer for ten seconds, and not for longer', async () => {
    const { server, clock, ask } = await startScene()
    for (const [later, calls] of [
      [0, 1],
      [9.9, 1],
      [10, 2],
      [19.9, 2],
      [20, 3],
    ] as const) {
      clock.now = start + later
      expect(await ask()).toMatchObject(accepted)
      expect(server.calls, `after ${later} s`).toHaveLength(calls)
    }
  })

  test('accepts a revoked token only for that time', async () => {
    const { server, clock, ask } = await startScene({ introspect: { cacheSeconds: 30 } })
    expect(await ask()).toMatchObject(accepted)
    server.answer = () => ({ active: false })
    clock.now += 29
    expect(await ask()).toMatchObject(accepted)
    clock.now += 1
    expect(await ask()).toMatchObject({ status: 401, reason: 'token_inactive' })
  })

  test('asks for each request with cacheSeconds 0', async () => {
    const { server, ask } = await startScene({ introspect: { cacheSeconds: 0 } })
    await ask()
    await ask()
    expect(server.calls).toHaveLength(2)
  })

  test.each([
    [0, 3],
    [5, 8],
  ])('with a tolerance of %d s ends at exp plus the tolerance at the latest', async (clockToleranceSeconds, end) => {
    const guard = { clockToleranceSeconds }
    const { server, claims, clock, ask } = await startScene({ guard, introspect: { cacheSeconds: 300 } })
    server.answer = () => ({ ...claims, exp: start + 3 })
    expect(await ask()).toMatchObject(accepted)
    clock.now = start + end - 0.1
    expect(await ask()).toMatchObject(accepted)
    expect(server.calls).toHaveLength(1)
    clock.now = start + end
    expect(await ask()).toMatchObject({ status: 401, reason: 'token_expired' })
  })

  test('keeps tokens apart', async () => {
    const { server, claims, ask } = await startScene()
    server.answer = ({ form }) => ({ ...claims, sub: form.get('token') })
    expect(await ask('opaque-1')).toMatchObject({ auth: { subject: 'opaque-1' } })
    expect(await ask('opaque-2')).toMatchObject({ auth: { subject: 'opaque-2' } })
    expect(await ask('opaque-1')).toMatchObject({ auth: { subject: 'opaque-1' } })
    expect(server.calls).toHaveLength(2)
  })

  test('asks again when the clock was set back', async () => {
    const { server, clock, ask } = await startScene()
    await ask()
    clock.now = start - 5
    await ask()
    expect(server.calls).toHaveLength(2)
  })

  test('makes one request for 50 simultaneous ones, and all get its answer', async () => {
    const { server, claims, ask } = await startScene({ introspect: { cacheSeconds: 0 } })
    const everyoneAsked = deferred<void>()
    server.answer = async () => {
      await everyoneAsked.promise
      return claims
    }
    const verdicts = Array.from({ length: 50 }, () => ask())
    everyoneAsked.resolve()
    expect((await Promise.all(verdicts)).filter(({ accepted }) => accepted)).toHaveLength(50)
    expect(server.calls).toHaveLength(1)
  })

  test('makes one request for 50 simultaneous ones, which fails for all, and remembers no failure', async () => {
    const { server, claims, ask } = await startScene()
    server.answer = (_call, response) => response.writeHead(500).end() && undefined
    const verdicts = await Promise.all(Array.from({ length: 50 }, () => ask()))
    expect(verdicts.map((verdict) => !verdict.accepted && verdict.status)).toEqual(new Array(50).fill(503))
    expect(server.calls).toHaveLength(1)
    server.answer = () => claims
    expect(await ask()).toMatchObject(accepted)
  })
})

const answerWith =
  (text: string): IntrospectionAnswer =>
  (_call, response) =>
    void response.writeHead(200, { 'content-type': 'application/json' }).end(text)
const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)
const membersText = (count: number) => Array.from({ length: count }, (_, at) => `"member-${at}":${at}`).join()

test('an answer of 350 members and 32 levels is read', async () => {
  const { server, claims, ask } = await startScene()
  const text = `${JSON.stringify(claims).slice(0, -1)},${membersText(350)},"x":${nested(31)}}`
  server.answer = answerWith(text)
  expect(await ask()).toMatchObject(accepted)
})

describe('a server that', () => {
  const outages: Record<string, IntrospectionAnswer> = {
    'answers with something that is not JSON': (_call, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end('<!doctype html>')
    },
    'answers with an empty body': (_call, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end()
    },
    'answers with a signed JWT': (_call, response) => {
      response.writeHead(200, { 'content-type': 'application/token-introspection+jwt' }).end('e30.e30.')
    },
    'answers with a JWT that it calls JSON': (_call, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end('e30.e30.')
    },
    'answers with JSON that it calls HTML': (_call, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('{"active":true}')
    },
    'answers with JSON that it calls something like it': (_call, response) => {
      response.writeHead(200, { 'content-type': 'text/plain; of=application/json' }).end('{"active":true}')
    },
    'answers without a content type': (_call, response) => {
      response.writeHead(200).end('{"active":true}')
    },
    'answers with 33 levels': answerWith(`{"active":true,"x":${nested(32)}}`),
    'answers with 1 000 lists': answerWith(`{"active":true,"x":[${'[1],'.repeat(1000)}1]}`),
    'answers with 500 members': answerWith(`{"active":true,${membersText(500)}}`),
    'answers without end': (_call, response) => sendEndlessJson(response),
    'answers with 1 MiB and a byte': (_call, response) => {
      const json = '{"active":false,"filler":""}'
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(json.replace('""', `"${'a'.repeat(1024 * 1024 + 1 - json.length)}"`))
    },
    'does not accept the credentials': (_call, response) => {
      response.setHeader('www-authenticate', 'Basic realm="as"')
      sendJson(response, { error: 'invalid_client' }, 401)
    },
    'forbids it': (_call, response) => sendJson(response, { error: 'access_denied' }, 403),
    'does not know the path': (_call, response) => sendJson(response, { active: true }, 404),
    'has no content to give': (_call, response) => {
      response.writeHead(204).end()
    },
    'created something': (_call, response) => sendJson(response, { active: true }, 201),
    'is overloaded': (_call, response) => sendJson(response, { active: true }, 429),
    fails: (_call, response) => sendJson(response, { active: true }, 500),
    'cuts the connection': (call, response) => {
      expect(call.method).toBe('POST')
      response.destroy()
    },
    'cuts the connection within the body': (_call, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' })
      response.write('{"active":true')
      response.flushHeaders()
      response.destroy()
    },
  }

  test.each(Object.entries(outages))('%s is an outage: 503, until it works again', async (_what, answer) => {
    const { server, claims, ask } = await startScene()
    server.answer = answer
    expect(await ask()).toMatchObject(outage)
    server.answer = () => claims
    expect(await ask()).toMatchObject(accepted)
    expect(server.discoveries).toEqual([])
  })

  test('answers with up to 1 MiB is accepted', async () => {
    const { server, claims, ask } = await startScene()
    const room = 1024 * 1024 - JSON.stringify({ ...claims, filler: '' }).length
    server.answer = () => ({ ...claims, filler: 'a'.repeat(room) })
    expect(await ask()).toMatchObject(accepted)
  })

  test.each([301, 302, 303, 307, 308])(
    'redirects with %d is an outage, and the token is sent nowhere else',
    async (status) => {
      const { server, ask } = await startScene()
      const elsewhere = await startIntrospectionEndpoint()
      onTestFinished(elsewhere.close)
      server.answer = (_call, response) => {
        response.setHeader('location', elsewhere.endpoint)
        sendJson(response, { active: true, aud: resource }, status)
      }
      expect(await ask()).toMatchObject(outage)
      expect(elsewhere.calls).toEqual([])
    },
  )

  test.each<[what: string, sent: 'nothing' | 'head', hang: (response: ServerResponse) => void]>([
    ['never answers', 'nothing', () => {}],
    [
      'sends only a head',
      'head',
      (response) => {
        response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders()
      },
    ],
    [
      'stops within the body',
      'head',
      (response) => {
        response.writeHead(200, { 'content-type': 'application/json' }).write('{"active":')
      },
    ],
  ])('%s is an outage after timeoutSeconds, and works again afterwards', async (_what, sent, hang) => {
    const limits = holdTimeLimits()
    const headReceived = watchForHead()
    const { server, claims, ask } = await startScene({ introspect: { timeoutSeconds: 2 } })
    const hungUp = deferred<void>()
    server.answer = (_call, response) => {
      response.on('close', () => hungUp.resolve())
      hang(response)
    }
    const asking = ask()
    await limits.endAfter(() => server.calls.length === 1 && headReceived() === (sent === 'head'))
    expect(await asking).toMatchObject(outage)
    expect(Math.max(...limits.seconds)).toBeLessThanOrEqual(2)
    await hungUp.promise
    server.answer = () => claims
    expect(await ask()).toMatchObject(accepted)
  })

  test('never answers is an outage after timeoutSeconds', async () => {
    const { server, ask } = await startScene({ introspect: { timeoutSeconds: 0.1 } })
    server.answer = () => undefined
    const asked = performance.now()
    expect(await ask()).toMatchObject(outage)
    // Node's timers may end a millisecond early.
    expect(performance.now() - asked).toBeGreaterThan(95)
  })

  test('is not there at all is an outage', async () => {
    const { server, ask } = await startScene()
    await server.close()
    expect(await ask()).toMatchObject(outage)
  })
})

describe('the endpoint', () => {
  const discovered = { introspect: { endpoint: undefined } }

  test('is found through the metadata once, at first need', async () => {
    const { server, ask } = await startScene(discovered)
    expect(server.discoveries).toEqual([])
    await Promise.all([ask('opaque-1'), ask('opaque-2'), ask('opaque-3')])
    expect(await ask('opaque-4')).toMatchObject(accepted)
    expect(server.discoveries).toEqual(['/.well-known/oauth-authorization-server'])
    expect(server.calls).toHaveLength(4)
  })

  test('is not looked for where it is given', async () => {
    const { server, ask } = await startScene()
    expect(await ask()).toMatchObject(accepted)
    expect(server.discoveries).toEqual([])
  })

  test.each([
    ['/tenant1', '/.well-known/oauth-authorization-server/tenant1'],
    ['/tenant1/', '/.well-known/oauth-authorization-server/tenant1'],
    ['/', '/.well-known/oauth-authorization-server'],
  ])('of an issuer with the path %s is found between host and path', async (path, document) => {
    const { server, ask } = await startScene({ ...discovered, path })
    const metadata = { issuer: server.issuer, introspection_endpoint: server.endpoint }
    server.documents.clear()
    server.documents.set(document, metadata)
    expect(await ask()).toMatchObject(accepted)
    expect(server.discoveries).toEqual([document])
  })

  test('is found through OpenID Connect Discovery where there is no other metadata', async () => {
    const { server, ask } = await startScene({ ...discovered, path: '/tenant1' })
    const metadata = { issuer: server.issuer, introspection_endpoint: server.endpoint }
    server.documents.clear()
    server.documents.set('/tenant1/.well-known/openid-configuration', metadata)
    expect(await ask()).toMatchObject(accepted)
    expect(server.discoveries).toEqual([
      '/.well-known/oauth-authorization-server/tenant1',
      '/tenant1/.well-known/openid-configuration',
    ])
  })

  test.each<[string, (issuer: string) => unknown]>([
    ['names another issuer', () => ({ issuer: 'https://attacker.example' })],
    ['names the issuer with a slash', (issuer) => ({ issuer: `${issuer}/` })],
    ['names no issuer', () => ({ issuer: undefined })],
    ['names no endpoint', () => ({ introspection_endpoint: undefined })],
    ['names an endpoint that is not a URL', () => ({ introspection_endpoint: '/introspect' })],
    ['names an endpoint that is a list', (issuer) => ({ introspection_endpoint: [`${issuer}/introspect`] })],
    ['names an endpoint over http elsewhere', () => ({ introspection_endpoint: 'http://as.example.com/introspect' })],
    [
      'names an endpoint that only begins with the name of this machine',
      () => ({ introspection_endpoint: 'http://127.0.0.1.example.com/' }),
    ],
    ['names an endpoint in another scheme', () => ({ introspection_endpoint: 'ftp://as.example.com/' })],
  ])('is not found in metadata that %s: 503, and is found after a repair', async (_what, spoil) => {
    const { server, ask } = await startScene(discovered)
    const good = { issuer: server.issuer, introspection_endpoint: server.endpoint }
    const path = '/.well-known/oauth-authorization-server'
    server.documents.set(path, { ...good, ...Object(spoil(server.issuer)) })
    expect(await ask()).toMatchObject(outage)
    expect(server.calls).toEqual([])
    server.documents.set(path, good)
    expect(await ask()).toMatchObject(accepted)
  })

  test.each([
    ['null', null],
    ['a string', 'x'],
    ['a list', []],
  ])('is not found in metadata that is %s', async (_what, json) => {
    const { server, ask } = await startScene(discovered)
    server.documents.set('/.well-known/oauth-authorization-server', json)
    expect(await ask()).toMatchObject(outage)
  })

  test.each<[string, unknown]>([
    ['an empty object', {}],
    ['a list', []],
    ['nothing about introspection', (server: IntrospectionEndpoint) => ({ issuer: server.issuer })],
  ])('is found through OpenID Connect Discovery if the first document is %s', async (_what, first) => {
    const { server, ask } = await startScene(discovered)
    const good = { issuer: server.issuer, introspection_endpoint: server.endpoint }
    server.documents.set('/.well-known/oauth-authorization-server', typeof first === 'function' ? first(server) : first)
    server.documents.set('/.well-known/openid-configuration', good)
    expect(await ask()).toMatchObject(accepted)
  })

  test('over http elsewhere in a document is reported if another document names a good one', async () => {
    const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    onTestFinished(() => emitWarning.mockRestore())
    const { server, ask } = await startScene(discovered)
    const good = { issuer: server.issuer, introspection_endpoint: server.endpoint }
    const path = '/.well-known/oauth-authorization-server'
    server.documents.set(path, { ...good, introspection_endpoint: 'http://as.example.com/introspect' })
    server.documents.set('/.well-known/openid-configuration', good)
    expect(await ask()).toMatchObject(accepted)
    expect(emitWarning.mock.calls).toEqual([
      [
        `dpop-guard: ${server.issuer}${path} names a place for introspection_endpoint that must not be asked: http://as.example.com/introspect`,
        { code: 'DPOP_GUARD_ISSUER' },
      ],
    ])
  })

  test('as an option allows any identifier of the issuer', async () => {
    const { server, claims, ask } = await startScene({ introspect: { issuer: 'http://keycloak:8080/realms/x' } })
    server.answer = () => ({ ...claims, iss: 'http://keycloak:8080/realms/x' })
    expect(await ask('a')).toMatchObject(accepted)
    server.answer = () => ({ ...claims, iss: 'http://keycloak:8080/realms/x/' })
    expect(await ask('b')).toMatchObject({ status: 401, reason: 'token_issuer' })
  })

  test('is not found without metadata: 503', async () => {
    const { server, ask } = await startScene(discovered)
    server.documents.clear()
    expect(await ask()).toMatchObject(outage)
    expect(server.discoveries).toHaveLength(2)
  })
})

describe('an invalid option is a TypeError:', () => {
  const good: IntrospectionOptions = {
    issuer: 'https://as.example.com',
    clientId: 'orders-api',
    clientAuthentication: ClientSecretBasic(secret),
  }

  test.each<[string, object, string]>([
    ['no issuer', { issuer: undefined }, 'option "issuer" is required: '],
    ['an issuer over http', { issuer: 'http://as.example.com' }, '"issuer" must be an https URL'],
    ['an issuer that is not a URL', { issuer: 'as.example.com' }, '"issuer" must be an https URL'],
    ['a list of issuers', { issuer: ['https://as.example.com'] }, '"issuer" must be an https URL'],
    [
      'an issuer over http with insecureHttp',
      { issuer: 'http://as.example.com', insecureHttp: true },
      'unknown option "insecureHttp", because introspection() sends access tokens and the client secret of this API',
    ],
    [
      'an empty issuer with an endpoint',
      { issuer: '', endpoint: 'https://as.example.com/introspect' },
      '"issuer" must be',
    ],
    ['an endpoint over http', { endpoint: 'http://as.example.com/introspect' }, '"endpoint" must be an https URL'],
    ['an endpoint that is a path', { endpoint: '/introspect' }, '"endpoint" must be an https URL'],
    ['null for an endpoint', { endpoint: null }, '"endpoint" must be an https URL'],
    ['no clientId', { clientId: undefined }, 'option "clientId" is required: '],
    ['an empty clientId', { clientId: '' }, '"clientId" must be a string'],
    [
      'no clientAuthentication',
      { clientAuthentication: undefined },
      'option "clientAuthentication" is required: a function',
    ],
    ['the secret itself', { clientAuthentication: secret }, '"clientAuthentication" must be a function'],
    ['an object with the secret', { clientAuthentication: { secret } }, '"clientAuthentication" must be a function'],
    ['clientSecret', { clientSecret: secret }, 'unknown option "clientSecret"'],
    ['cacheSeconds below 0', { cacheSeconds: -1 }, '"cacheSeconds" must be a number of seconds from 0 to 300'],
    ['cacheSeconds over 300', { cacheSeconds: 301 }, '"cacheSeconds" must be a number of seconds from 0 to 300'],
    ['cacheSeconds as a string', { cacheSeconds: '10' }, '"cacheSeconds" must be'],
    ['no number for cacheSeconds', { cacheSeconds: Number.NaN }, '"cacheSeconds" must be'],
    ['timeoutSeconds 0', { timeoutSeconds: 0 }, '"timeoutSeconds" must be a number of seconds from 0.1 to 60'],
    ['timeoutSeconds over 60', { timeoutSeconds: 60.1 }, '"timeoutSeconds" must be'],
    ['true for missingAudience', { missingAudience: true }, '"missingAudience" must be "reject" or "accept"'],
    ['a misspelt name', { cacheSecond: 5 }, 'did you mean "cacheSeconds"?'],
  ])('%s', (_what, given, expected) => {
    const construct = () => introspection({ ...good, ...given } as IntrospectionOptions)
    expect(construct).toThrow(TypeError)
    expect(construct).toThrow(expected)
    expect(construct).not.toThrow(secret)
  })

  test.each([undefined, null, 'https://as.example.com', []])('%j instead of options', (options) => {
    expect(() => introspection(options as never)).toThrow(TypeError)
  })
})
