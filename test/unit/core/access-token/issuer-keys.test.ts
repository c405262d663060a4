import type { GuardOptions, JwksCacheOptions, UnavailableEvent } from '@dpop-guard/core'
import { decodeJwt } from 'jose'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { RemoteKeys } from '../../../../packages/core/src/access-token/issuer-keys.js'
import { createScene, mistyped, now, outcome, resource } from '../../../support/guard-scene.js'
import { createProofClient, generateSigningKey } from '../../../support/proof-client.js'
import { listenTo } from '../../../support/published-events.js'
import {
  createTestIssuer,
  type IssuerBehaviour,
  type IssuerServer,
  startIssuerServer,
} from '../../../support/test-issuer.js'
import { holdTimeLimits } from '../../../support/time-limits.js'

type ServerOptions = Parameters<typeof startIssuerServer>[0]

async function startServer(options: ServerOptions = {}): Promise<IssuerServer> {
  const server = await startIssuerServer(options)
  onTestFinished(() => server.close())
  return server
}

/** A guard whose issuer is on a real socket. `ask` sends a good request with a new token. */
async function startScene({ jwks = {}, ...options }: { jwks?: JwksCacheOptions } & ServerOptions = {}) {
  const server = await startServer(options)
  return { server, ...guardFor(server, { jwksCache: jwks }) }
}

function guardFor(server: IssuerServer, options: Partial<GuardOptions> = {}) {
  const scene = createScene({ issuer: server.issuer, ...options }, server)
  const askWith = (accessToken: string) => outcome(scene.guard, scene.request({ accessToken }))
  return { ...scene, askWith, ask: () => askWith(scene.mint()) }
}

/** The same without the metadata, so that each fetch of the keys is one request. */
async function startPinnedScene(jwks: JwksCacheOptions = {}) {
  const server = await startServer()
  const issuer = { issuer: server.issuer, jwksUri: `${server.issuer}/jwks` }
  return { server, ...guardFor(server, { issuer, jwksCache: jwks }) }
}

const accepted = 'accepted'
const outage = '503 keys_unavailable'
const unknownKey = '401 token_key_unknown'

describe('discovery', () => {
  test.each([
    ['RFC 8414 metadata', { metadata: 'oauth' as const }],
    ['OpenID Connect metadata, if there is no other', { metadata: 'oidc' as const }],
    ['RFC 8414 metadata of an issuer with a path', { metadata: 'oauth' as const, path: '/tenant1' }],
    ['OpenID Connect metadata of an issuer with a path', { metadata: 'oidc' as const, path: '/tenant1' }],
    ['RFC 8414 metadata of an issuer that ends in a slash', { metadata: 'oauth' as const, path: '/tenant1/' }],
    ['OpenID Connect metadata of an issuer that ends in a slash', { metadata: 'oidc' as const, path: '/' }],
  ])('finds the keys through %s', async (_, options) => {
    const { server, ask } = await startScene(options)
    expect(await ask()).toBe(accepted)
    expect(server.requests).toEqual({ metadata: 1, jwks: 1 })
  })

  test('does not fetch OpenID Connect metadata if RFC 8414 metadata is found', async () => {
    const { server, ask } = await startScene({ metadata: 'both' })
    expect(await ask()).toBe(accepted)
    expect(server.requests.metadata).toBe(1)
  })

  test.each(['wrong-issuer', 'no-jwks-uri', 'not-json', 'error-500', 'redirect', 'huge', 'down'] as const)(
    'counts as an outage when the metadata is %s, and the key set is not fetched',
    async (behaviour) => {
      holdTimeLimits()
      const { server, ask } = await startScene()
      server.behave(behaviour, 'metadata')
      expect(await ask()).toBe(outage)
      expect(server.requests.jwks).toBe(0)
    },
  )

  test('counts as an outage when the metadata is hang, and the key set is not fetched', async () => {
    const limits = holdTimeLimits()
    const { server, ask } = await startScene()
    server.behave('hang', 'metadata')
    const asking = ask()
    await limits.endAfter(() => server.requests.metadata === 1)
    await limits.endAfter(() => server.requests.metadata === 2)
    expect(await asking).toBe(outage)
    expect(server.requests.jwks).toBe(0)
  })

  test('fetches no metadata with the option jwksUri', async () => {
    const { server, ask } = await startPinnedScene()
    server.behave('down', 'metadata')
    expect(await ask()).toBe(accepted)
    expect(server.requests).toEqual({ metadata: 0, jwks: 1 })
  })

  test('does not happen at start, and not for a token of another issuer', async () => {
    const { server, askWith, client } = await startScene()
    const stranger = createTestIssuer().mint({ now, cnf: { jkt: client.jkt } })
    expect(await askWith(stranger)).toBe('401 token_issuer')
    expect(server.requests).toEqual({ metadata: 0, jwks: 0 })
  })

  test('follows no redirect of the key set', async () => {
    const { server, ask } = await startPinnedScene()
    server.behave('redirect', 'jwks')
    expect(await ask()).toBe(outage)
    expect(server.requests.jwks).toBe(1)
  })
})

describe('several issuers', () => {
  test('each have their own keys, and a token cannot choose others', async () => {
    const [a, b] = [await startServer(), await startServer()]
    const { guard, request, client, clock } = guardFor(a, { issuer: [a.issuer, { issuer: b.issuer }] })
    const askWith = (accessToken: string) => outcome(guard, request({ accessToken }))
    const cnf = { jkt: client.jkt }

    expect(await askWith(a.mint({ now: clock.now, cnf }))).toBe(accepted)
    expect(b.requests).toEqual({ metadata: 0, jwks: 0 })
    expect(await askWith(b.mint({ now: clock.now, cnf }))).toBe(accepted)

    // Both call their key "k1".
    expect(await askWith(a.mint({ now: clock.now, cnf, iss: b.issuer }))).toBe('401 token_signature')
    expect(await askWith(b.mint({ now: clock.now, cnf, iss: a.issuer }))).toBe('401 token_signature')
    a.rotate('only-a', 'keep-old')
    expect(await askWith(a.mint({ now: clock.now, cnf, iss: b.issuer }))).toBe(unknownKey)
  })

  test('fail independently', async () => {
    const [a, b] = [await startServer(), await startServer()]
    const { guard, request, client } = guardFor(a, { issuer: [a.issuer, b.issuer] })
    const askWith = (accessToken: string) => outcome(guard, request({ accessToken }))
    b.behave('down')
    const cnf = { jkt: client.jkt }
    expect(await askWith(b.mint({ now, cnf }))).toBe(outage)
    expect(await askWith(a.mint({ now, cnf }))).toBe(accepted)
  })
})

describe('rotation', () => {
  test('a token of a new key is accepted after exactly one refetch', async () => {
    const { server, ask, askWith, mint } = await startScene()
    const old = mint()
    expect(await ask()).toBe(accepted)
    server.rotate('k2', 'keep-old')
    expect(await ask()).toBe(accepted)
    expect(server.requests.jwks).toBe(2)
    expect(await ask()).toBe(accepted)
    expect(await askWith(old)).toBe(accepted)
    expect(server.requests.jwks).toBe(2)
  })

  test('many tokens of a new key at once cause one refetch, and all are accepted', async () => {
    const { server, ask } = await startScene()
    expect(await ask()).toBe(accepted)
    server.rotate('k2', 'keep-old')
    const outcomes = await Promise.all(Array.from({ length: 20 }, ask))
    expect(new Set(outcomes)).toEqual(new Set([accepted]))
    expect(server.requests.jwks).toBe(2)
  })

  test('a withdrawn key stops working after cacheSeconds with maxStaleSeconds: 0, although its token is cached', async () => {
    const { server, askWith, mint, clock } = await startScene({ jwks: { cacheSeconds: 600, maxStaleSeconds: 0 } })
    const token = mint({ exp: now + 10_000 })
    expect(await askWith(token)).toBe(accepted)
    server.rotate('k2', 'withdraw-old')
    clock.now = now + 599
    expect(await askWith(token)).toBe(accepted)
    clock.now = now + 600
    expect(await askWith(token)).toBe(unknownKey)
  })

  test('a withdrawn key stops working when the first request after cacheSeconds has fetched the keys', async () => {
    const { server, askWith, mint, clock } = await startScene({ jwks: { cacheSeconds: 600 } })
    const token = mint({ exp: now + 10_000 })
    expect(await askWith(token)).toBe(accepted)
    server.rotate('k2', 'withdraw-old')
    clock.now = now + 600
    expect(await askWith(token)).toBe(accepted)
    await vi.waitFor(async () => expect(await askWith(token)).toBe(unknownKey), { timeout: 20_000 })
  })

  test('a known token costs no fetch while its keys are fresh', async () => {
    const { server, askWith, mint, clock } = await startScene()
    const token = mint({ exp: now + 10_000 })
    for (const seconds of [0, 100, 599]) {
      clock.now = now + seconds
      expect(await askWith(token)).toBe(accepted)
    }
    expect(server.requests.jwks).toBe(1)
  })

  test('keys near the end of their age are fetched again in the background', async () => {
    const { server, ask, clock } = await startPinnedScene({ cacheSeconds: 100 })
    expect(await ask()).toBe(accepted)
    clock.now = now + 79
    expect(await ask()).toBe(accepted)
    expect(server.requests.jwks).toBe(1)
    clock.now = now + 80
    expect(await ask()).toBe(accepted)
    await vi.waitFor(() => expect(server.requests.jwks).toBe(2), { timeout: 20_000 })
  })

  test.each([80, 100, 1099])(
    'a fetch in the background delays no request while there are keys: after %i s',
    async (age) => {
      // If the request waited for the fetch, the test would time out.
      const { server, ask, clock } = await startPinnedScene({
        cacheSeconds: 100,
        maxStaleSeconds: 1000,
        timeoutSeconds: 60,
      })
      expect(await ask()).toBe(accepted)
      server.behave('hang', 'jwks')
      clock.now = now + age
      expect(await Promise.all(Array.from({ length: 20 }, ask))).toEqual(Array(20).fill(accepted))
      await vi.waitFor(() => expect(server.requests.jwks).toBe(2), { timeout: 20_000 })
      expect(await ask()).toBe(accepted)
      expect(server.requests.jwks).toBe(2)
    },
    30_000,
  )

  test('a request waits for a fetch that hangs only if there are no keys, and at most timeoutSeconds', async () => {
    const limits = holdTimeLimits()
    const { server, ask, clock } = await startPinnedScene({
      cacheSeconds: 100,
      maxStaleSeconds: 0,
      timeoutSeconds: 1,
    })
    expect(await ask()).toBe(accepted)
    server.behave('hang', 'jwks')
    clock.now = now + 100
    const asking = ask()
    await limits.endAfter(() => server.requests.jwks === 2)
    expect(await asking).toBe(outage)
    expect(Math.max(...limits.seconds)).toBeLessThanOrEqual(1)
  })

  test('a fetch that hangs ends after timeoutSeconds', async () => {
    const { server, ask } = await startPinnedScene({ timeoutSeconds: 0.1 })
    server.behave('hang', 'jwks')
    const asked = performance.now()
    expect(await ask()).toBe(outage)
    // Node's timers may end a millisecond early.
    expect(performance.now() - asked).toBeGreaterThan(95)
  })

  test('all tokens of an unknown key wait for the running fetch', async () => {
    const limits = holdTimeLimits()
    const { server, ask, askWith, client, clock } = await startPinnedScene({ cacheSeconds: 100 })
    expect(await ask()).toBe(accepted)
    server.behave('hang', 'jwks')
    clock.now = now + 100
    const unknown = (kid: string) =>
      askWith(server.mint({ now: clock.now, cnf: { jkt: client.jkt } }, { header: { kid } }))
    const known = ask()
    const strangers = ['x', 'y', 'z'].map(unknown)
    expect(await known).toBe(accepted)
    await limits.endAfter(() => server.requests.jwks === 2)
    expect(await Promise.all(strangers)).toEqual([outage, outage, outage])
    expect(server.requests.jwks).toBe(2)
  })

  test('keys are fetched again when the clock was set back to before they were fetched', async () => {
    const { server, ask, clock } = await startPinnedScene()
    expect(await ask()).toBe(accepted)
    clock.now = now - 10
    expect(await ask()).toBe(accepted)
    expect(server.requests.jwks).toBe(2)
  })

  test('a token without a key id is verified with each key of its type', async () => {
    const { server, askWith, mint, client } = await startScene()
    const withoutKid = { header: { kid: undefined } }
    const cnf = { jkt: client.jkt }
    const old = server.mint({ now, cnf }, withoutKid)
    server.rotate('k2', 'keep-old')
    expect(await askWith(old)).toBe(accepted)
    expect(await askWith(server.mint({ now, cnf }, withoutKid))).toBe(accepted)
    const { privateKey } = createProofClient()
    expect(await askWith(server.mint({ now, cnf }, { ...withoutKid, privateKey }))).toBe('401 token_signature')
    expect(await askWith(mint())).toBe(accepted)
    // One more fetch, because no known key made the signature, but a new key may have.
    expect(server.requests.jwks).toBe(2)
  })
})

describe('unknown key ids', () => {
  test('cause a fetch only if the key may be new, never for an invalid token', async () => {
    const { server, askWith, mint, client } = await startScene()
    const cnf = { jkt: client.jkt }
    const { privateKey } = createProofClient()
    const withoutKid = { header: { kid: undefined } }
    const rejected: [token: string, reason: string][] = [
      [server.mint({ now, cnf }, { privateKey }), '401 token_signature'],
      [mint({ exp: now - 6 }), '401 token_expired'],
      [mint({ aud: 'https://other.example.com' }), '401 token_audience'],
      [server.mint({ now, cnf, exp: now - 6 }, withoutKid), '401 token_expired'],
      [server.mint({ now, cnf }, { header: { alg: 'HS256' } }), '401 token_algorithm'],
    ]
    for (const [accessToken, reason] of rejected) expect(await askWith(accessToken)).toBe(reason)
    expect(server.requests).toEqual({ metadata: 1, jwks: 1 })
  })

  test('need no fetch if newer keys came while the token was checked with older ones', async () => {
    const server = await startServer()
    const tuning = { cacheSeconds: 600, cooldownSeconds: 30, timeoutSeconds: 5, maxStaleSeconds: 0 }
    const keys = new RemoteKeys({ issuer: server.issuer, transport: 'secure' }, tuning)
    const older = await keys.current(now)
    const newer = await keys.current(now + 600)
    expect(newer).not.toBe(older)
    expect(await keys.newerThan(older, now + 600)).toBe(newer)
    expect(server.requests.jwks).toBe(2)
  })

  const storm = (server: IssuerServer, label: string, jkt: string, time: number) =>
    Array.from({ length: 200 }, (_, index) =>
      server.mint({ now: time, cnf: { jkt } }, { header: { kid: `${label}-${index}` } }),
    )

  test('cause one refetch in each cooldown, also if many come at once', async () => {
    const { server, ask, askWith, client, clock } = await startPinnedScene({ cooldownSeconds: 30 })
    expect(await ask()).toBe(accepted)
    const stormAt = async (seconds: number) => {
      clock.now = now + seconds
      const tokens = storm(server, String(seconds), client.jkt, clock.now)
      expect(new Set(await Promise.all(tokens.map(askWith)))).toEqual(new Set([unknownKey]))
      return server.requests.jwks
    }
    expect(await stormAt(0)).toBe(2)
    expect(await stormAt(1)).toBe(2)
    expect(await stormAt(29)).toBe(2)
    expect(await stormAt(30)).toBe(3)
    expect(await stormAt(59)).toBe(3)
    expect(await stormAt(60)).toBe(4)
  })

  test('cause one refetch in each cooldown if they come one after the other', async () => {
    const { server, ask, askWith, client, clock } = await startPinnedScene({ cooldownSeconds: 30 })
    expect(await ask()).toBe(accepted)
    for (const token of storm(server, 'x', client.jkt, clock.now)) expect(await askWith(token)).toBe(unknownKey)
    expect(server.requests.jwks).toBe(2)
  })

  test('do not cause rejections of good tokens', async () => {
    const { server, ask, askWith, client, clock } = await startPinnedScene()
    const unknown = storm(server, 'x', client.jkt, clock.now)
    const outcomes = await Promise.all(unknown.flatMap((token) => [askWith(token), ask()]))
    expect(outcomes.filter((_, index) => index % 2 === 1).every((text) => text === accepted)).toBe(true)
  })

  test('cause no fetch with the option jwks', async () => {
    const server = await startServer()
    const inline = { issuer: server.issuer, jwks: server.jwks }
    const { askWith, client } = guardFor(server, { issuer: inline })
    const token = server.mint({ now, cnf: { jkt: client.jkt } }, { header: { kid: 'x' } })
    expect(await askWith(token)).toBe(unknownKey)
    expect(server.requests).toEqual({ metadata: 0, jwks: 0 })
  })

  test('are an outage while the issuer is down, because the key may be new', async () => {
    const { server, ask, askWith, client, clock } = await startPinnedScene({ cooldownSeconds: 30 })
    expect(await ask()).toBe(accepted)
    server.behave('down')
    const unknown = () => server.mint({ now: clock.now, cnf: { jkt: client.jkt } }, { header: { kid: 'x' } })
    expect(await askWith(unknown())).toBe(outage)
    expect(await askWith(unknown())).toBe(outage)
    expect(await ask()).toBe(accepted)
    expect(server.requests.jwks).toBe(2)
    clock.now = now + 30
    expect(await askWith(unknown())).toBe(outage)
    server.behave('normal')
    clock.now = now + 60
    expect(await askWith(unknown())).toBe(unknownKey)
  })
})

describe('an outage before any key was fetched', () => {
  test('is a 503 without challenge and body', async () => {
    const { server, guard, request } = await startScene()
    server.behave('down')
    expect(await guard.check(request())).toEqual({
      accepted: false,
      reason: 'keys_unavailable',
      status: 503,
      error: undefined,
      headers: {},
      body: '',
    })
  })

  const broken: IssuerBehaviour[] = ['down', 'hang', 'error-500', 'not-json', 'huge', 'redirect', 'empty-keys']
  test.each(broken)('is one fetch for all waiting requests (%s)', async (behaviour) => {
    const limits = holdTimeLimits()
    const { server, ask } = await startPinnedScene()
    server.behave(behaviour, 'jwks')
    const asking = Promise.all(Array.from({ length: 20 }, ask))
    if (behaviour === 'hang') await limits.endAfter(() => server.requests.jwks === 1)
    expect(new Set(await asking)).toEqual(new Set([outage]))
    expect(server.requests.jwks).toBe(1)
  })

  test('causes another fetch after 1, 2, 4 ... seconds, at most after the cooldown', async () => {
    const { server, ask, clock } = await startPinnedScene({ cooldownSeconds: 30 })
    server.behave('down')
    const fetchedAt: number[] = []
    for (let seconds = 0; seconds <= 95; seconds++) {
      const before = server.requests.jwks
      clock.now = now + seconds
      expect(await ask()).toBe(outage)
      if (server.requests.jwks > before) fetchedAt.push(seconds)
    }
    expect(fetchedAt).toEqual([0, 1, 3, 7, 15, 31, 61, 91])
    expect(server.requests.jwks).toBe(8)
  })

  test('is over as soon as a fetch succeeds', async () => {
    const { server, ask, clock } = await startPinnedScene()
    server.behave('down')
    expect(await ask()).toBe(outage)
    server.behave('normal')
    expect(await ask()).toBe(outage)
    clock.now = now + 1
    expect(await ask()).toBe(accepted)
    expect(await ask()).toBe(accepted)
    expect(server.requests.jwks).toBe(2)
  })

  test('starts again with short waits after a success', async () => {
    const { server, ask, clock } = await startPinnedScene({ cacheSeconds: 10, maxStaleSeconds: 0 })
    server.behave('down')
    for (const seconds of [0, 1, 3]) {
      clock.now = now + seconds
      expect(await ask()).toBe(outage)
    }
    server.behave('normal')
    clock.now = now + 7
    expect(await ask()).toBe(accepted)
    server.behave('down')
    clock.now = now + 17
    expect(await ask()).toBe(outage)
    server.behave('normal')
    clock.now = now + 18
    expect(await ask()).toBe(accepted)
  })
})

test('simultaneous requests before the first fetch share that fetch', async () => {
  const { server, ask } = await startScene()
  const outcomes = await Promise.all(Array.from({ length: 50 }, ask))
  expect(new Set(outcomes)).toEqual(new Set([accepted]))
  expect(server.requests).toEqual({ metadata: 1, jwks: 1 })
})

describe('an outage after keys were fetched', () => {
  const broken: IssuerBehaviour[] = ['down', 'hang', 'error-500', 'not-json', 'huge', 'redirect', 'empty-keys']
  test.each(broken)('does not end their use until maxStaleSeconds (%s)', async (behaviour) => {
    const limits = holdTimeLimits()
    const { server, ask, clock } = await startPinnedScene({ cacheSeconds: 600, maxStaleSeconds: 1000 })
    expect(await ask()).toBe(accepted)
    server.behave(behaviour, 'jwks')
    clock.now = now + 600
    expect(await ask()).toBe(accepted)
    await vi.waitFor(() => expect(server.requests.jwks).toBe(2), { timeout: 20_000 })
    clock.now = now + 1599
    expect(await ask()).toBe(accepted)
    clock.now = now + 1600
    const asking = ask()
    if (behaviour === 'hang') limits.end()
    expect(await asking).toBe(outage)
    server.behave('normal')
    clock.now = now + 1700
    expect(await ask()).toBe(accepted)
  })

  test('of the metadata is an outage of the keys', async () => {
    const { server, ask, clock } = await startScene({ jwks: { cacheSeconds: 10, maxStaleSeconds: 10 } })
    expect(await ask()).toBe(accepted)
    server.behave('wrong-issuer', 'metadata')
    clock.now = now + 19
    expect(await ask()).toBe(accepted)
    clock.now = now + 20
    expect(await ask()).toBe(outage)
  })

  test('rejects at once with maxStaleSeconds: 0', async () => {
    const { server, ask, clock } = await startPinnedScene({ cacheSeconds: 600, maxStaleSeconds: 0 })
    expect(await ask()).toBe(accepted)
    server.behave('down')
    clock.now = now + 599
    expect(await ask()).toBe(accepted)
    clock.now = now + 600
    expect(await ask()).toBe(outage)
  })

  test('caches no token, so that a withdrawn key stops working when the issuer is back', async () => {
    const { server, ask, askWith, mint, clock } = await startPinnedScene({ cacheSeconds: 100 })
    const token = mint({ exp: now + 10_000 })
    expect(await ask()).toBe(accepted)
    server.behave('down')
    clock.now = now + 100
    expect(await askWith(token)).toBe(accepted)
    server.rotate('k2', 'withdraw-old')
    server.behave('normal')
    clock.now = now + 102
    await vi.waitFor(async () => expect(await askWith(token)).toBe(unknownKey), { timeout: 20_000 })
  })
})

describe('operators see a failed fetch', () => {
  async function errorOf(behaviour: IssuerBehaviour): Promise<Error> {
    const limits = holdTimeLimits()
    const { server, ask } = await startPinnedScene()
    server.behave(behaviour, 'jwks')
    const events = listenTo('unavailable')
    const asking = ask()
    if (behaviour === 'hang') await limits.endAfter(() => server.requests.jwks === 1)
    expect(await asking).toBe(outage)
    expect(events).toEqual([expect.objectContaining({ error: expect.any(Error) })])
    return mistyped<[UnavailableEvent & { error: Error }]>(events)[0].error
  }

  test('that hangs: timeoutSeconds ended it', async () => {
    const { message, cause } = await errorOf('hang')
    expect(message).toMatch(/\/jwks did not answer in time$/)
    expect(cause).toMatchObject({ name: 'TimeoutError' })
  })

  test('that was cut off', async () => {
    expect((await errorOf('down')).message).toMatch(/\/jwks cannot be reached: UND_ERR_SOCKET$/)
  })

  test('with an endless body: its length ended it, not its time', async () => {
    const { message } = await errorOf('huge')
    expect(message).toMatch(/\/jwks is longer than 1048576 bytes$/)
  })

  test('without keys', async () => {
    expect((await errorOf('empty-keys')).message).toMatch(/\/jwks has no keys$/)
  })

  test('that was answered with an error', async () => {
    expect((await errorOf('error-500')).message).toMatch(/\/jwks answered 500$/)
  })
})

test('a key set without a usable key is an outage, and operators see why', async () => {
  const server = await startServer()
  const { ask } = guardFor(server, { resource })
  const [key] = server.jwks.keys
  const keys: unknown[] = server.jwks.keys
  keys.splice(0, 1, { ...key, use: 'enc' }, 'not a key')
  const events = listenTo('unavailable')
  expect(await ask()).toBe(outage)
  expect(events).toMatchObject([
    {
      error: {
        message: `${server.issuer}/jwks has no usable key: keys[0] is not for signatures, keys[1] is not an object`,
      },
    },
  ])
})

test('a private key in a fetched set is not used, and operators are warned once', async () => {
  const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  onTestFinished(() => emitWarning.mockRestore())
  const server = await startServer()
  const { ask, askWith, mint, clock } = guardFor(server, { jwksCache: { cacheSeconds: 10, maxStaleSeconds: 0 } })
  const leaked = generateSigningKey('ES256').privateKey
  server.jwks.keys.push({ ...leaked.export({ format: 'jwk' }), kid: 'leaked', alg: 'ES256' })
  for (const seconds of [0, 10, 20]) {
    clock.now = now + seconds
    expect(await ask()).toBe(accepted)
  }
  const { iss, aud, cnf } = decodeJwt(mint())
  const stolen = server.mint({ now: clock.now, iss, aud, cnf }, { kid: 'leaked', privateKey: leaked })
  expect(await askWith(stolen)).toBe(unknownKey)
  expect(emitWarning.mock.calls).toEqual([
    [
      `dpop-guard: ${server.issuer}/jwks publishes a private or symmetric key, which anyone can sign with: keys[1]`,
      { code: 'DPOP_GUARD_ISSUER' },
    ],
  ])
})
