/**
 * A programming error is never an outage. Any value of an option is either a TypeError before the first request, which names the
 * option, or every request gets a verdict. The tests try every option of every function with real checks.
 */

import { inspect } from 'node:util'
import {
  type Auth,
  createGuard,
  type Guard,
  type GuardOptions,
  type GuardRequest,
  memoryReplayStore,
  type VerifyProofOptions,
  verifyProof,
} from '@dpop-guard/core'
import { ClientSecretBasic, type IntrospectionOptions, introspection } from '@dpop-guard/core/introspection'
import { type TokenStatusListOptions, tokenStatusList } from '@dpop-guard/core/token-status-list'
import { type RedisReplayStoreOptions, redisReplayStore } from '@dpop-guard/redis'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mistyped, now, resource } from '../support/guard-scene.js'
import { startIntrospectionEndpoint } from '../support/introspection-endpoint.js'
import { createProofClient } from '../support/proof-client.js'
import { type IssuerServer, startIssuerServer } from '../support/test-issuer.js'

/** Runs for each kind of guard. `PROPERTY_RUNS` sets a higher number. */
const numRuns = Number(process.env.PROPERTY_RUNS ?? 400)

type Options = Record<string, unknown>
const client = createProofClient()
const clock = () => now

let issuer: IssuerServer
let endpoint: Awaited<ReturnType<typeof startIntrospectionEndpoint>>
beforeAll(async () => {
  issuer = await startIssuerServer()
  endpoint = await startIntrospectionEndpoint()
  endpoint.answer = () => claims()
})
afterAll(async () => {
  await Promise.all([issuer.close(), endpoint.close()])
})

const claims = () => ({
  ...{ active: true, iss: endpoint.issuer, aud: resource, sub: 'alice', client_id: 'client-1' },
  ...{ exp: now + 300, scope: 'orders:read', cnf: { jkt: client.jkt } },
})

const throwing = () => {
  throw new Error('the value runs code of its own')
}
const hostile = new Proxy({}, { get: throwing, ownKeys: throwing, has: throwing, getPrototypeOf: throwing })
const revoked = Proxy.revocable({}, {})
revoked.revoke()
const revokedList = Proxy.revocable([], {})
revokedList.revoke()

const holes = <Item>(...items: Item[]): Item[] => {
  const list = [...items, ...items]
  delete list[0]
  return list
}

const oddNumbers = [
  ...[-0, 0, 1, 2, 0.1, 0.5, 1.1, 16.1, 4.35, 59.999999999999, 1e-9, 5e-324, 255.5, 300, 3600, 86_400, 65_536, 2 ** 24],
  ...[2 ** 31, 2 ** 32, 1e21, Number.MAX_SAFE_INTEGER, Number.MAX_VALUE],
  ...[-1, -0.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
]
const oddValues: readonly unknown[] = [
  ...oddNumbers,
  ...[null, true, false, 1n, Symbol('a'), '', ' ', 'a', '5', 'off', 'any', 'optional', '\u0000', '\ud800', 'é', '%zz'],
  ...['https://a', 'https://a/?b', 'urn:a', 'HTTPS://API.example.com:443', `${resource}/`, `${resource}/%2e`],
  ...[new Number(5), new String('optional'), new Date(), /x/, new Map(), new Set(['a']), Promise.resolve(5)],
  ...[[], [undefined], [null], new Array(1), holes('a'), holes('ES256'), holes(resource), holes('orders:read'), [[]]],
  ...[
    ['a'],
    ['ES256'],
    ['Ed25519', 'Ed25519'],
    ['Basic'],
    ['x'.repeat(32)],
    holes('x'.repeat(32)),
    [new Uint8Array(32)],
  ],
  ...[{}, Object.create(null), Object.freeze({}), { a: 1 }, { keys: [] }, { secrets: ['x'.repeat(40)] }],
  ...[() => {}, async () => {}, class {}, hostile, revoked.proxy, revokedList.proxy, [hostile], [revoked.proxy]],
  { [Symbol.toPrimitive]: throwing, toString: throwing, toJSON: throwing },
  { [Symbol.for('nodejs.util.inspect.custom')]: throwing },
  Object.defineProperty({}, 'keys', { get: throwing, enumerable: true }),
  Object.defineProperty({}, 'claim', { get: throwing, enumerable: true }),
  Object.defineProperty({}, 'issue', { get: throwing, enumerable: true }),
]

/** Wrapped in a function, because fast-check inspects values, and some of these throw. */
interface Held {
  readonly take: () => unknown
  readonly [fc.toStringMethod]: () => string
}

const hold = (value: unknown): Held => ({
  take: () => value,
  [fc.toStringMethod]: () => inspect(value, { customInspect: false }),
})

/** The same object in another form that a caller can pass. */
const disguises: readonly ((value: object) => unknown)[] = [
  (value) => Object.freeze(Array.isArray(value) ? [...value] : { ...value }),
  (value) => new Proxy(value, {}),
  (value) => (Array.isArray(value) ? [...value] : Object.assign(Object.create(null), value)),
  (value) => (Array.isArray(value) ? holes(...value) : Object.create(value)),
  (value) => {
    if (Array.isArray(value)) return value
    const copy = {}
    for (const [key, member] of Object.entries(value))
      Object.defineProperty(copy, key, { get: () => member, enumerable: true })
    return copy
  },
]
const isPlain = (value: unknown): value is object => {
  if (typeof value !== 'object' || value === null) return false
  try {
    return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype
  } catch {
    return false
  }
}

const seconds = (min: number, max: number) =>
  fc.oneof(fc.double({ min, max, noNaN: true }), fc.integer({ min: Math.ceil(min), max }), fc.constantFrom(min, max))
const whole = (min: number, max: number) => fc.oneof(fc.integer({ min, max }), fc.constantFrom(min, max))
const odd = fc.constantFrom(...oddValues.map(hold))
const anything = fc
  .anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withSparseArray: true,
  })
  .map(hold)
const list = (...items: readonly string[]) => fc.subarray([...items], { minLength: 1 })

/** Good values by the name of their option. They do not change what requests must send. Each is also replaced with an odd value. */
type Values = Record<string, fc.Arbitrary<unknown>>

// A shorter timeout could really pass on a busy machine.
const jwksValues: Values = {
  'jwksCache.cacheSeconds': seconds(1, 86_400),
  'jwksCache.cooldownSeconds': seconds(1, 3600),
  'jwksCache.timeoutSeconds': seconds(10, 60),
  'jwksCache.maxStaleSeconds': seconds(0, 86_400),
}
const proofValues: Values = {
  'proof.algorithms': list('ES256', 'ES384', 'PS256', 'Ed25519'),
  'proof.maxAgeSeconds': seconds(1, 3600),
  'proof.futureToleranceSeconds': seconds(0, 3600),
  'proof.maxLength': whole(256, 65_536),
}
const commonValues: Values = {
  ...proofValues,
  resource: fc.constantFrom(resource, `${resource}/`, `${resource}/v1?a=b`),
  audience: fc.constantFrom(resource, [resource], ['other', resource]),
  publicUrl: fc.constantFrom(
    resource,
    [resource],
    [`${resource}/svc1`, resource],
    () => resource,
    async () => [resource],
  ),
  mode: fc.constantFrom('dpop-only', 'bearer-and-dpop'),
  fetch: fc.constant((url: string, init: RequestInit) => fetch(url, init)),
  clockToleranceSeconds: seconds(0, 300),
  isRevoked: fc.constantFrom(
    () => false,
    async () => false,
  ),
  confirmCertificate: fc.constant(() => true),
  replayStore: fc.constantFrom('off', memoryReplayStore({ clock })),
  scopesOf: fc.constantFrom(
    () => ['orders:read'],
    () => [],
  ),
  requiredScopes: fc.constantFrom([], ['orders:read'], ['orders:read', 'orders:read']),
  credentials: fc.constantFrom('required', 'optional'),
  otherSchemes: fc.constantFrom(['Basic'], ['Basic', 'Digest']),
  cache: fc.constant({}),
  'cache.keys': fc.constantFrom(1, 2, 1000),
  'cache.tokens': fc.constantFrom(1, 2, 1000),
  'cache.issuers': fc.constantFrom(1, 2, 1000),
  isIssuerAllowed: fc.constantFrom(
    () => true,
    async () => true,
  ),
  realm: fc.constantFrom('orders', '"\\'),
  resourceMetadata: fc.constantFrom({}, { scopesSupported: ['a'], authorizationServers: [], additional: { a: 1 } }),
  'resourceMetadata.scopesSupported': fc.constantFrom([], ['a']),
  'resourceMetadata.authorizationServers': fc.constantFrom([], ['https://as.example.com']),
  'resourceMetadata.additional': fc.constantFrom({}, { resource_name: 'Orders' }),
  clock: fc.constantFrom(clock, () => now + 0.999),
}
const jwtValues: Values = {
  ...commonValues,
  ...jwksValues,
  'issuer.algorithms': list('ES256', 'RS256'),
  'issuer.typ': fc.constantFrom('at+jwt', 'any'),
  'issuer.insecureHttp': fc.boolean(),
  tokenTyp: fc.constantFrom('at+jwt', 'any'),
  tokenAlgorithms: list('ES256', 'PS256'),
  tokenClaims: fc.constantFrom('minimal', 'rfc9068'),
}
const nonceValues: Values = {
  ...commonValues,
  freshness: fc.constantFrom('nonce', 'both'),
  sendNonce: fc.constantFrom('when-new', 'always'),
  'nonce.secrets': fc.constantFrom(['x'.repeat(32)], [new Uint8Array(32), Buffer.alloc(64)]),
  'nonce.rotationSeconds': whole(1, 3600),
}
const serviceValues: Values = { ...nonceValues, 'nonce.lifetimeSeconds': seconds(1, 86_400) }
delete serviceValues['nonce.secrets']
delete serviceValues['nonce.rotationSeconds']
const introspectionValues: Values = {
  cacheSeconds: seconds(0, 300),
  timeoutSeconds: seconds(10, 60),
  missingAudience: fc.constantFrom('reject', 'accept'),
  clientId: fc.constantFrom('api', 'https://api.example.com', 'a b%:', ' '),
  clientAuthentication: fc.constant(ClientSecretBasic('secret')),
  endpoint: fc.constant(undefined),
  fetch: fc.constant((url: string, init: RequestInit) => fetch(url, init)),
}
const statusListValues: Values = {
  cacheSeconds: seconds(1, 86_400),
  timeoutSeconds: seconds(10, 60),
  missingStatus: fc.constant('accept'),
  'jwksCache.cacheSeconds': seconds(1, 86_400),
  'jwksCache.timeoutSeconds': seconds(10, 60),
  uris: fc.constantFrom('https://as.example.com/lists/', [
    'https://as.example.com/lists/1',
    'https://as.example.com/2/',
  ]),
  fetch: fc.constant((url: string, init: RequestInit) => fetch(url, init)),
}
const redisValues: Values = { timeoutSeconds: seconds(10, 60), prefix: fc.constantFrom('a:', 'dpop-guard:') }
const memoryValues: Values = { maxEntries: whole(1, 2 ** 24), clock: fc.constantFrom(clock, () => now + 0.5) }
const verifyProofValues: Values = {
  ...Object.fromEntries(Object.entries(proofValues).map(([name, value]) => [name.slice('proof.'.length), value])),
  replayStore: fc.constantFrom('off', memoryReplayStore({ clock })),
  clock: fc.constantFrom(clock, () => now + 0.999),
}

interface Change {
  readonly name: string
  readonly value: Held
}

/**
 * Changes some options at once: to another good value, to that value in another form, or to an odd one. There are no odd
 * functions, because the result of a hook is not known before it is called.
 */
function changesOf(values: Values): fc.Arbitrary<readonly Change[]> {
  const change = fc.constantFrom(...Object.entries(values)).chain(([name, good]) => {
    const disguised = fc
      .tuple(good, fc.constantFrom(...disguises))
      .map(([value, disguise]) => hold(isPlain(value) ? disguise(value) : value))
    const wrong = fc.oneof(odd, odd, anything).filter(({ take }) => {
      // This would send requests to another endpoint.
      const elsewhere = name === 'endpoint' && /^https?:/i.test(inspect(take(), { customInspect: false }).slice(1))
      return typeof take() !== 'function' && !elsewhere
    })
    return fc.oneof(good.map(hold), disguised, wrong).map((value) => ({ name, value }))
  })
  return fc.array(change, { minLength: 1, maxLength: 3 })
}

/** `a.b` sets the member `b` of the option `a`. */
function apply(options: Options, changes: readonly Change[]): Options {
  const changed = { ...options }
  for (const { name, value: held } of changes) {
    const value = held.take()
    const [option = '', member] = name.split('.')
    const parent = changed[option]
    if (member === undefined) changed[option] = value
    else if (parent === undefined || isPlain(parent)) changed[option] = { ...parent, [member]: value }
  }
  return changed
}

/** The three forms of an option error, and the one for an unknown option. */
const optionError = new RegExp(
  `^dpop-guard: (?:${[
    'option "[^"]+" is required: .+',
    '"[^"]+" needs .+',
    '"[^"]+" must be .+, got .+',
    'unknown option ".+", (?:did you mean ".+"\\?|known are .+|because .+)',
  ].join('|')})$`,
  's',
)

/** The guard or store with these options; undefined where they are a TypeError that names one of the changed options. */
async function construct<Made>(
  changes: readonly Change[],
  make: () => Made | Promise<Made>,
): Promise<Made | undefined> {
  try {
    return await make()
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError)
    const { message } = error as TypeError
    expect(message).toMatch(optionError)
    const named = changes.flatMap(({ name }) => [name, name.split('.')[0] ?? '', name.split('.')[1] ?? name])
    expect(
      named.filter((name) => new RegExp(`[" ](?:\\w+\\.)?${name}(?:[".[(:]|$)`).test(message)),
      message,
    ).not.toEqual([])
    return undefined
  }
}

interface Tried {
  readonly accessToken: string
  /** True if the token is a JWT, so that another signature makes it a bad one. */
  readonly isJwt?: boolean
}

/** Sends a good request, a retry with the guard's nonce, and bad ones. Returns whether the good one was accepted. */
async function expectDecisions(
  guard: Guard<Auth | undefined>,
  { accessToken, isJwt = false }: Tried,
): Promise<boolean> {
  const first = await guard.check(request(accessToken))
  const nonce = first.headers['dpop-nonce']
  const again = first.accepted || typeof nonce !== 'string' ? first : await guard.check(request(accessToken, nonce))
  const bad = [await guard.check({ ...request(accessToken), headers: ['Authorization', `DPoP ${accessToken}`] })]
  if (isJwt) bad.push(await guard.check(request(`${accessToken.slice(0, -8)}AAAAAAAA`)))
  for (const verdict of [first, again, ...bad]) {
    if (!verdict.accepted) expect(verdict.status, verdict.reason).toBeLessThan(500)
  }
  expect(bad.filter(({ accepted }) => accepted)).toEqual([])
  return again.accepted
}

function request(accessToken: string, nonce?: string): GuardRequest {
  const proof = client.proof({ method: 'GET', url: `${resource}/orders`, now, accessToken, nonce })
  return { method: 'GET', target: '/orders', headers: ['Authorization', `DPoP ${accessToken}`, 'DPoP', proof] }
}

const mint = () => issuer.mint({ now, aud: resource, scope: 'orders:read', cnf: { jkt: client.jkt } })
const guardOf = (options: Options) => createGuard(mistyped<GuardOptions>({ resource, clock, ...options }))
const fetched = () => ({ issuer: issuer.issuer })
const findClaims = () => ({ claims: claims() })

/** Tries many changes. Fails unless some options are accepted and some are rejected. */
async function tryAll(
  values: Values,
  ask: (changes: readonly Change[]) => Promise<boolean | undefined>,
): Promise<void> {
  const seen = { valid: 0, rejected: 0, accepted: 0 }
  await fc.assert(
    fc.asyncProperty(changesOf(values), async (changes) => {
      const accepted = await ask(changes)
      if (accepted === undefined) seen.rejected++
      else seen.valid++
      if (accepted) seen.accepted++
    }),
    { numRuns },
  )
  // With fewer, the property would prove little.
  for (const count of Object.values(seen)) expect(count, JSON.stringify(seen)).toBeGreaterThan(numRuns / 20)
}

const guards: Record<string, { values: Values; options: () => Options; isJwt?: boolean }> = {
  'that fetches its keys': { values: jwtValues, options: () => ({ issuer: fetched() }), isJwt: true },
  'with stateless nonces': {
    values: nonceValues,
    options: () => ({ issuer: fetched(), freshness: 'nonce', nonce: { secrets: ['x'.repeat(32)] } }),
    isJwt: true,
  },
  'with a nonce service': {
    values: serviceValues,
    options: () => ({ issuer: fetched(), freshness: 'both', nonce: { issue: () => 'a', check: () => true } }),
    isJwt: true,
  },
  'with an access token function': { values: commonValues, options: () => ({ verifyAccessToken: findClaims }) },
}

describe('either a TypeError that names the option, or a verdict for each request:', () => {
  test.each(Object.entries(guards))('options of a guard %s', async (_, { values, options, isJwt = false }) => {
    await tryAll(values, async (changes) => {
      const guard = await construct(changes, () => guardOf(apply(options(), changes)))
      return guard && expectDecisions(guard, { accessToken: mint(), isJwt })
    })
  })

  test('options of introspection()', async () => {
    await tryAll(introspectionValues, async (changes) => {
      const options = { issuer: endpoint.issuer, clientId: 'api', clientAuthentication: ClientSecretBasic('secret') }
      const ask = await construct(changes, () => introspection(mistyped<IntrospectionOptions>(apply(options, changes))))
      return ask && expectDecisions(guardOf({ verifyAccessToken: ask }), { accessToken: 'opaque' })
    })
  })

  test('options of tokenStatusList()', async () => {
    await tryAll(statusListValues, async (changes) => {
      const options = { issuer: fetched().issuer, uris: 'https://as.example.com/lists/', missingStatus: 'accept' }
      const isRevoked = await construct(changes, () =>
        tokenStatusList(mistyped<TokenStatusListOptions>(apply(options, changes))),
      )
      return (
        isRevoked && expectDecisions(guardOf({ issuer: fetched(), isRevoked }), { accessToken: mint(), isJwt: true })
      )
    })
  })

  test('options of redisReplayStore()', async () => {
    await tryAll(redisValues, async (changes) => {
      // Like the server, which accepts whole milliseconds only.
      const sendCommand = async (...args: string[]) => (/^[1-9]\d*$/.test(args.at(-1) ?? '') ? 'OK' : Promise.reject())
      const options = apply({ sendCommand }, changes)
      const replay = await construct(changes, () => redisReplayStore(mistyped<RedisReplayStoreOptions>(options)))
      return (
        replay &&
        expectDecisions(guardOf({ issuer: fetched(), replayStore: replay }), { accessToken: mint(), isJwt: true })
      )
    })
  })

  test('options of memoryReplayStore()', async () => {
    await tryAll(memoryValues, async (changes) => {
      const replay = await construct(changes, () => memoryReplayStore(apply({}, changes)))
      return (
        replay &&
        expectDecisions(guardOf({ issuer: fetched(), replayStore: replay }), { accessToken: mint(), isJwt: true })
      )
    })
  })

  test('options of verifyProof()', async () => {
    await tryAll(verifyProofValues, async (changes) => {
      const options = mistyped<VerifyProofOptions>(apply({ replayStore: memoryReplayStore({ clock }), clock }, changes))
      const { headers } = request('token')
      const asked = { method: 'GET', url: `${resource}/orders`, headers, accessToken: 'token' }
      const good = await construct(changes, () => verifyProof(asked, options))
      if (good === undefined) return undefined
      const bad = await verifyProof({ ...asked, headers: ['DPoP', 'nonsense'] }, options)
      expect(bad).toMatchObject({ verified: false, error: 'invalid_dpop_proof' })
      if (!good.verified) expect(good.error, good.reason).toBe('invalid_dpop_proof')
      return good.verified
    })
  })
})

describe('a list with a hole in it is a TypeError that names the option:', () => {
  const other = 'https://other.example.com'
  const lists: [name: string, list: readonly unknown[], also?: Options][] = [
    ['issuer', [issuerName(), other]],
    ['audience', [resource, 'a']],
    ['publicUrl', [resource, other]],
    ['requiredScopes', ['a', 'b']],
    ['otherSchemes', ['Basic', 'Digest'], { credentials: 'optional' }],
    ['tokenAlgorithms', ['ES256', 'PS256']],
    ['proof.algorithms', ['ES256', 'PS256']],
    ['nonce.secrets', ['x'.repeat(32), 'y'.repeat(32)], { freshness: 'nonce' }],
    ['resourceMetadata.scopesSupported', ['a', 'b']],
    ['resourceMetadata.authorizationServers', [other, `${other}/b`]],
  ]

  test.each(lists)('%s', async (name, items, also = {}) => {
    for (const [index] of items.entries()) {
      const list = [...items]
      delete list[index]
      const change = { name, value: hold(list) }
      const options = apply({ issuer: issuerName(), ...also }, [change])
      expect({ index, made: await construct([change], () => guardOf(options)) }).toEqual({ index, made: undefined })
    }
    const good = apply({ issuer: issuerName(), ...also }, [{ name, value: hold(items) }])
    expect(guardOf(good)).toBeDefined()
  })

  function issuerName(): string {
    return 'https://as.example.com'
  }
})

describe('any result of a hook ends in a verdict, and only an allowed result is accepted:', () => {
  const returned = fc.oneof(odd, odd, anything)
  const kinds = fc.constantFrom('returns' as const, 'resolves' as const, 'throws' as const, 'rejects' as const)

  /** Each guard has one hook. It may accept the request only if `may` is true for the result of the hook. */
  const hooks: Record<
    string,
    {
      options: (hook: () => never) => Options
      may: (value: unknown) => boolean
      nonce?: string
      /** Default: an opaque token. */
      accessToken?: () => string
    }
  > = {
    verifyAccessToken: { options: (verifyAccessToken) => ({ verifyAccessToken }), may: () => false },
    'claims of verifyAccessToken': {
      options: (hook) => ({ verifyAccessToken: async () => ({ claims: await hook() }) }),
      may: () => false,
    },
    'cacheSeconds of verifyAccessToken': {
      options: (hook) => ({ verifyAccessToken: async () => ({ claims: claims(), cacheSeconds: await hook() }) }),
      may: (value) => value === undefined || (typeof value === 'number' && value >= 0),
    },
    'cnf of verifyAccessToken': {
      options: (hook) => ({ verifyAccessToken: async () => ({ claims: { ...claims(), cnf: await hook() } }) }),
      may: () => false,
    },
    'exp of verifyAccessToken': {
      options: (hook) => ({ verifyAccessToken: async () => ({ claims: { ...claims(), exp: await hook() } }) }),
      may: (value) => value === undefined || JSON.parse(JSON.stringify(value) ?? '0') > now - 5 || isUnsaid(value),
    },
    publicUrl: {
      options: (publicUrl) => ({ verifyAccessToken: findClaims, publicUrl }),
      may: (value) => [value].flat().some((url) => typeof url === 'string' && url.toLowerCase().startsWith(resource)),
    },
    fetch: {
      options: (fetch) => ({
        issuer: { issuer: 'https://as.example.com', jwksUri: 'https://as.example.com/jwks' },
        fetch,
      }),
      may: () => false,
    },
    issuer: {
      options: (issuer) => ({ issuer }),
      may: () => false,
      accessToken: mint,
    },
    'jwks of issuer': {
      options: (hook) => ({ issuer: async (iss: string) => ({ issuer: iss, jwks: await hook() }) }),
      may: () => false,
      accessToken: mint,
    },
    isIssuerAllowed: {
      options: (isIssuerAllowed) => ({ verifyAccessToken: findClaims, isIssuerAllowed }),
      may: (value) => value === true,
    },
    isRevoked: {
      options: (isRevoked) => ({ verifyAccessToken: findClaims, isRevoked }),
      may: (value) => value === false,
    },
    scopesOf: {
      options: (scopesOf) => ({ verifyAccessToken: findClaims, scopesOf }),
      may: (value) => isScopes(value),
    },
    confirmCertificate: {
      options: (confirmCertificate) => ({
        confirmCertificate,
        verifyAccessToken: () => ({ claims: { ...claims(), cnf: { jkt: client.jkt, 'x5t#S256': client.jkt } } }),
      }),
      may: (value) => value === true,
    },
    'addIfAbsent() of the replay store': {
      options: (claim) => ({ verifyAccessToken: findClaims, replayStore: { addIfAbsent: claim } }),
      may: (value) => value === true,
    },
    'sendCommand of redisReplayStore()': {
      options: (sendCommand) => ({ verifyAccessToken: findClaims, replayStore: redisReplayStore({ sendCommand }) }),
      may: (value) => value === 'OK',
    },
    'issue() of nonces': {
      options: (issue) => ({ verifyAccessToken: findClaims, freshness: 'nonce', nonce: { issue, check: () => true } }),
      may: (value) => typeof value === 'string' && /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(value),
      nonce: 'a',
    },
    'check() of nonces': {
      options: (check) => ({ verifyAccessToken: findClaims, freshness: 'nonce', nonce: { issue: () => 'a', check } }),
      may: (value) => value === true,
      nonce: 'a',
    },
  }

  const isScopes = (value: unknown) =>
    Array.isArray(value) &&
    [...value].every((item) => typeof item === 'string' && /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(item))

  /** JSON cannot express it. */
  const isUnsaid = (value: unknown) => JSON.stringify(value) === undefined

  test.each(Object.entries(hooks))('%s', async (_, { options, may, nonce, accessToken = () => 'opaque' }) => {
    await fc.assert(
      fc.asyncProperty(kinds, returned, async (kind, { take }) => {
        const value = take()
        const hook = (): never => {
          if (kind === 'throws') throw value
          return mistyped(
            kind === 'returns' ? value : kind === 'resolves' ? Promise.resolve(value) : Promise.reject(value),
          )
        }
        const verdict = await guardOf(options(hook)).check(request(accessToken(), nonce))
        if (!verdict.accepted) expect([400, 401, 403, 503]).toContain(verdict.status)
        else
          expect({ kind, may: may(await value) }).toEqual({
            kind: expect.stringMatching(/^re(turns|solves)$/),
            may: true,
          })
      }),
      { numRuns },
    )
  })

  test('clock', async () => {
    await fc.assert(
      fc.asyncProperty(fc.boolean(), returned, async (fails, { take }) => {
        let started = false
        const time = () => {
          if (!started) return now
          if (fails) throw take()
          return mistyped<number>(take())
        }
        const guard = guardOf({ verifyAccessToken: findClaims, clock: time })
        started = true
        const verdict = await guard.check(request('opaque'))
        expect(verdict).toMatchObject({ accepted: false, status: expect.toBeOneOf([401, 503]) })
      }),
      { numRuns },
    )
  })
})
