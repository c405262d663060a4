/** The guards that rows can name. Each guard runs on one server of each framework. */
import {
  type Claims,
  type GuardOptions,
  type IssuerOptions,
  memoryReplayStore,
  type NonceService,
  type ReplayStore,
} from '@dpop-guard/core'
import type { CallerRequirements } from '@dpop-guard/core/plugin'
import { type Setting, type SettingName, settings } from '@dpop-guard/testing/invalid-requests'
import { runtimeHas } from '../../packages/core/src/proof/algorithms.js'
import { listenOnLoopback } from '../support/listen.js'
import { createTestIssuer, type TestIssuer } from '../support/test-issuer.js'
import { createStatusLists } from './status-lists.js'
import {
  confirmCertificate,
  createRevocationCheck,
  createTokenDirectory,
  scopesOf,
  startIntrospection,
} from './token-services.js'

/** The time of every guard's clock. Seconds. */
export const now = 1_800_000_000

let time = now

/** Sets the clocks of all guards and stores. */
export function setClock(seconds: number): void {
  time = seconds
}

/** A new function for each runtime, because guards with the same clock share one memory of used proofs. */
const createClock = () => () => time

export const resource = 'https://api.example.com'

export const mainIssuer = createTestIssuer({ kid: 'main-key-1' })

/** Signs with RS256 and sends `typ: JWT`; trusted by the profile `issuers` alone. */
export const legacyIssuer = createTestIssuer({
  issuer: 'https://legacy.example.com',
  alg: 'RS256',
  kid: 'legacy-key-1',
})
/** Same key id as the main one, other keys. */
export const twinIssuer = createTestIssuer({ issuer: 'https://twin.example.com', kid: 'main-key-1' })

export const mlDsaAlgorithms = ['ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87'] as const
export type MlDsa = (typeof mlDsaAlgorithms)[number]

/** Without it, the profiles and the rows of ML-DSA are left out. */
export const hasMlDsa = mlDsaAlgorithms.every(runtimeHas)

const mlDsaIssuers = new Map<MlDsa, TestIssuer>()

/** The main issuer, with another key. */
export function mlDsaIssuer(alg: MlDsa): TestIssuer {
  const issuer = mlDsaIssuers.get(alg) ?? createTestIssuer({ issuer: mainIssuer.issuer, alg, kid: `key-of-${alg}` })
  mlDsaIssuers.set(alg, issuer)
  return issuer
}

/** The keys of the main issuer, some of them of no use. */
function mlDsaKeys() {
  const keys = mlDsaAlgorithms.flatMap((alg) => mlDsaIssuer(alg).jwks.keys)
  const changed = (kid: string, members: object) => ({ ...keys[0], kid, ...members })
  const useless = [
    changed('key-without-alg', { alg: undefined }),
    changed('key-for-encryption', { use: 'enc' }),
    changed('key-of-another-size', { alg: 'ML-DSA-65' }),
    changed('key-that-is-cut', { pub: keys[0]?.pub?.toString().slice(4) }),
  ]
  return { keys: [...mainIssuer.jwks.keys, ...keys, ...useless] }
}

/** Options, and how to stop the servers behind them. */
export interface Prepared<Options = GuardOptions> {
  options: Options
  close(): Promise<unknown>
}

/** One guard and what is around it. */
export interface Profile {
  options?: Partial<GuardOptions>
  /** Called for each runtime, because a store has a memory. */
  replay?: () => ReplayStore | 'off'
  /** More options, which have a memory or start a server. Called for each runtime. */
  start?: () => Promise<Prepared<Partial<GuardOptions>>>
  /** What the route behind the guard requires. */
  route?: CallerRequirements
  /** Options that only adapters have. */
  adapterOptions?: { reportOnly?: boolean }
  /** A parser for forms runs before the guard. */
  parsesForms?: true
  /** The base of URLs that proofs are minted for. Default: `resource`. */
  publicUrl?: string
}

const tenants = new Map<string | undefined, string | readonly string[]>([
  ['one.internal', 'https://one.example.com'],
  ['two.internal', ['https://two.example.com', 'https://deux.example.com/v2']],
  ['broken.internal', 'not a URL'],
])

const hostOf = (headers: readonly string[]) => headers[headers.findIndex((name) => name.toLowerCase() === 'host') + 1]

/** Knows three tenants. For other issuers it does what their name says. */
function findTenantIssuer(iss: string): IssuerOptions | undefined | Promise<IssuerOptions | undefined> {
  const known = [mainIssuer, twinIssuer].find(({ issuer }) => issuer === iss)
  if (known !== undefined) return Promise.resolve({ issuer: iss, jwks: known.jwks })
  if (iss === legacyIssuer.issuer) return { issuer: iss, jwks: legacyIssuer.jwks, algorithms: ['RS256'], typ: 'any' }
  const [name = ''] = iss.replace('https://', '').split('.')
  if (name === 'throws') throw new Error('the tenant directory is down')
  if (name === 'rejects') return Promise.reject(new Error('the tenant directory is down'))
  const { jwks } = mainIssuer
  const wrong: Readonly<Record<string, unknown>> = {
    null: null,
    true: true,
    'a-string': iss,
    other: { issuer: `${iss}/`, jwks },
    empty: {},
    misspelt: { issuer: iss, jwk: jwks },
    private: { issuer: iss, jwks: { keys: [{ ...jwks.keys[0], d: 'AAAA' }] } },
    invalid: { issuer: iss, jwksUri: 'http://10.0.0.1/jwks' },
  }
  return wrong[name] as IssuerOptions | undefined
}

export const nonceSecrets = {
  /** The setting `nonce` has it too. */
  current: 'a secret for tests, which has more than 32 bytes',
  next: new Uint8Array(32).fill(7),
  removed: 'a secret that is not in use any more, of more than 32 bytes',
}

/** Nonces that a custom nonce service has sent. */
export const serviceNonces = { newest: 'service.nonce~2', older: 'service.nonce~1' }

const nonceService: NonceService = {
  issue: async () => serviceNonces.newest,
  check(nonce) {
    if (nonce === 'throws') throw new Error('connection lost')
    if (nonce === 'rejects') return Promise.reject(new Error('connection lost'))
    if (nonce === 'says-OK') return 'OK' as unknown as boolean
    if (nonce === 'says-nothing') return undefined as unknown as boolean
    return Object.values(serviceNonces).includes(nonce)
  },
  lifetimeSeconds: 300,
}

const startDirectory = async () => ({ options: { verifyAccessToken: createTokenDirectory() }, close: async () => {} })
const startRevocation = async () => ({ options: { isRevoked: createRevocationCheck() }, close: async () => {} })

const startStatusLists = async () => ({
  options: { isRevoked: createStatusLists(mainIssuer, twinIssuer, now) },
  close: async () => {},
})

/** A function of a route that breaks for some claims. */
function breakingClaims({ roles }: Claims): boolean {
  if (roles === 'throw') throw new Error('a bug')
  if (roles === 'promise') return Promise.resolve(true) as unknown as boolean
  if (roles === 'rejection') return Promise.reject(new Error('a bug')) as unknown as boolean
  if (roles === 'number') return 1 as unknown as boolean
  if (roles === 'nothing') return undefined as unknown as boolean
  return roles === 'auditor'
}

const brokenKey = { kty: 'EC', crv: 'P-256', kid: 'broken-key', x: 'AAAA', y: 'AAAA' }

async function startUselessKeySet() {
  const { server, origin, close } = await listenOnLoopback()
  server.on('request', (_request, response) => response.end(JSON.stringify({ keys: [brokenKey] })))
  return { options: { issuer: { issuer: mainIssuer.issuer, jwksUri: `${origin}/jwks` } }, close }
}

const ofSetting = ({ guard, route, parsesForms }: Setting): Profile => {
  const [publicUrl] = [guard?.publicUrl].flat()
  return {
    ...(guard && { options: guard }),
    ...(route && { route }),
    ...(parsesForms && { parsesForms }),
    ...(typeof publicUrl === 'string' && { publicUrl: publicUrl.replace(/\/$/, '') }),
  }
}

/** The profiles that users can have too. */
const settingProfiles = Object.fromEntries(
  Object.entries(settings).map(([name, setting]) => [name, ofSetting(setting)]),
) as Record<SettingName, Profile>

const ownProfiles = {
  'dpop-only': {},
  realm: { options: { mode: 'bearer-and-dpop', realm: 'the "orders" API \\ v1' } },
  optional: { options: { credentials: 'optional' } },
  'optional bearer': { options: { credentials: 'optional', mode: 'bearer-and-dpop' } },
  'optional, other schemes': {
    options: { credentials: 'optional', mode: 'bearer-and-dpop', otherSchemes: ['Basic', 'digest'] },
  },
  'optional, other schemes, route scopes': {
    options: { credentials: 'optional', otherSchemes: ['Basic'] },
    route: { scopes: ['orders:write'] },
  },
  'optional, route scopes': { options: { credentials: 'optional' }, route: { scopes: ['orders:write'] } },
  issuers: {
    options: {
      issuer: [
        { issuer: mainIssuer.issuer, jwks: mainIssuer.jwks, algorithms: ['ES256'] },
        { issuer: legacyIssuer.issuer, jwks: legacyIssuer.jwks, algorithms: ['RS256'], typ: 'any' },
        { issuer: twinIssuer.issuer, jwks: twinIssuer.jwks },
      ],
    },
  },
  tenants: {
    options: {
      publicUrl({ headers }) {
        const host = hostOf(headers)
        if (host === 'down.internal') throw new Error('the tenant directory is down')
        return tenants.get(host)
      },
    },
  },
  'tenant issuers': {
    options: {
      mode: 'bearer-and-dpop',
      issuer: findTenantIssuer,
      publicUrl: ({ headers }) =>
        hostOf(headers) === 'two.internal' ? 'https://two.example.com' : 'https://one.example.com',
      isIssuerAllowed(issuer, { headers }) {
        const host = hostOf(headers)
        if (host === 'broken.internal') throw new Error('the tenant directory is down')
        if (host === 'rejecting.internal') return Promise.reject(new Error('the tenant directory is down'))
        if (host === 'talking.internal') return 'true' as unknown as boolean
        if (host === 'silent.internal') return undefined as unknown as boolean
        return Promise.resolve(issuer === (host === 'two.internal' ? twinIssuer : mainIssuer).issuer)
      },
    },
  },
  'replay off': { replay: () => 'off' },
  'store rejects': { replay: () => ({ addIfAbsent: () => Promise.reject(new Error('connection lost')) }) },
  'store throws': {
    replay: () => ({
      addIfAbsent() {
        throw new Error('connection lost')
      },
    }),
  },
  'store is silent': { replay: () => ({ addIfAbsent: () => undefined as unknown as boolean }) },
  'store says OK': { replay: () => ({ addIfAbsent: () => 'OK' as unknown as boolean }) },
  'store is full': { replay: () => memoryReplayStore({ maxEntries: 1, clock: createClock() }) },
  'bearer, store rejects': {
    options: { mode: 'bearer-and-dpop' },
    replay: () => ({ addIfAbsent: () => Promise.reject(new Error('connection lost')) }),
  },
  'issuer down': { options: { issuer: { issuer: mainIssuer.issuer, jwksUri: 'http://127.0.0.1:9/jwks' } } },
  'bearer, issuer down': {
    options: {
      mode: 'bearer-and-dpop',
      issuer: { issuer: mainIssuer.issuer, jwksUri: 'http://127.0.0.1:9/jwks' },
    },
  },
  'issuer without usable keys': { start: startUselessKeySet },
  'issuer with bad keys': {
    options: {
      issuer: {
        issuer: mainIssuer.issuer,
        jwks: {
          keys: [
            brokenKey,
            { ...mainIssuer.jwks.keys[0], kid: 'encryption-key', use: 'enc' },
            { kty: 'AKP', alg: 'ML-DSA-44', kid: 'other-key', pub: 'AAAA' },
            ...mainIssuer.jwks.keys.map((key) => ({ ...key, key_ops: ['verify', 'encrypt', 'wrapKey'] })),
          ],
        },
      },
    },
  },
  'no clock': { options: { clock: () => Number.NaN } },

  'nonce and iat': { options: { freshness: 'both', nonce: { secrets: [nonceSecrets.current] } } },
  'adaptive nonces': { options: { freshness: 'adaptive', nonce: { secrets: [nonceSecrets.current] } } },
  'adaptive, route scopes': {
    options: { freshness: 'adaptive', nonce: { secrets: [nonceSecrets.current] } },
    route: { scopes: ['orders:write'] },
  },
  'adaptive, service down': {
    options: {
      freshness: 'adaptive',
      nonce: { ...nonceService, issue: () => Promise.reject(new Error('connection lost')) },
    },
  },
  'nonce, two secrets': {
    options: { freshness: 'nonce', nonce: { secrets: [nonceSecrets.next, nonceSecrets.current] } },
  },
  'nonce always': {
    options: {
      mode: 'bearer-and-dpop',
      credentials: 'optional',
      freshness: 'nonce',
      nonce: { secrets: [nonceSecrets.current] },
      sendNonce: 'always',
    },
  },
  'nonce, bearer': {
    options: {
      mode: 'bearer-and-dpop',
      credentials: 'optional',
      freshness: 'nonce',
      nonce: { secrets: [nonceSecrets.current] },
    },
  },
  'nonce, scopes': {
    options: {
      requiredScopes: ['orders:read'],
      freshness: 'nonce',
      nonce: { secrets: [nonceSecrets.current] },
    },
    route: { scopes: ['orders:write'], stepUp: { acrValues: ['urn:example:mfa'] } },
  },
  'nonce, optional, route scopes': {
    options: {
      mode: 'bearer-and-dpop',
      credentials: 'optional',
      freshness: 'nonce',
      nonce: { secrets: [nonceSecrets.current] },
    },
    route: { scopes: ['orders:write'] },
  },
  'nonce, store rejects': {
    options: { freshness: 'nonce', nonce: { secrets: [nonceSecrets.current] } },
    replay: () => ({ addIfAbsent: () => Promise.reject(new Error('connection lost')) }),
  },
  'nonce, issuer down': {
    options: {
      issuer: { issuer: mainIssuer.issuer, jwksUri: 'http://127.0.0.1:9/jwks' },
      freshness: 'nonce',
      nonce: { secrets: [nonceSecrets.current] },
    },
  },
  'nonce service': { options: { freshness: 'nonce', nonce: nonceService } },
  'nonce service and iat': { options: { freshness: 'both', nonce: nonceService } },
  'nonce service rejects': {
    options: {
      freshness: 'nonce',
      nonce: { ...nonceService, issue: () => Promise.reject(new Error('connection lost')) },
    },
  },
  'nonce service throws': {
    options: {
      freshness: 'both',
      nonce: {
        ...nonceService,
        issue() {
          throw new Error('connection lost')
        },
      },
    },
  },
  'nonce service returns no nonce': {
    options: { freshness: 'nonce', nonce: { ...nonceService, issue: () => 'a "nonce"' } },
  },

  directory: { options: { issuer: mainIssuer.issuer }, start: startDirectory },
  'directory, any issuer': { options: { issuer: undefined }, start: startDirectory },
  'directory, bearer': { options: { issuer: undefined, mode: 'bearer-and-dpop' }, start: startDirectory },
  'directory, strict': { options: { issuer: undefined, clockToleranceSeconds: 0 }, start: startDirectory },
  introspection: { options: { issuer: undefined }, start: () => startIntrospection() },
  'introspection, any audience': {
    options: { issuer: undefined },
    start: () => startIntrospection({ missingAudience: 'accept' }),
  },
  'introspection down': {
    options: { issuer: undefined },
    start: () => startIntrospection({ endpoint: 'http://127.0.0.1:9/introspect' }),
  },
  revocation: { options: { mode: 'bearer-and-dpop' }, start: startRevocation },
  'status lists': { options: { mode: 'bearer-and-dpop' }, start: startStatusLists },
  'scopes elsewhere': {
    options: { mode: 'bearer-and-dpop', scopesOf, requiredScopes: ['orders:read'] },
    route: { scopes: ['orders:write'] },
  },
  certificates: { options: { mode: 'bearer-and-dpop', confirmCertificate } },
  'certificates, dpop-only': { options: { confirmCertificate } },
  'claims throw': { route: { claims: breakingClaims } },
  'claims, optional': {
    options: { mode: 'bearer-and-dpop', credentials: 'optional' },
    route: { claims: breakingClaims },
  },
  'DPoP on this route, optional': {
    options: { mode: 'bearer-and-dpop', credentials: 'optional', otherSchemes: ['Basic'] },
    route: { mode: 'dpop-only' },
  },
  'every requirement': {
    options: { mode: 'bearer-and-dpop', requiredScopes: ['orders:read'] },
    route: {
      mode: 'dpop-only',
      scopes: ['orders:read'],
      anyScope: ['orders:write', 'orders:admin'],
      claims: ({ roles }) => Array.isArray(roles) && roles.includes('auditor'),
      stepUp: { maxAgeSeconds: 300 },
    },
  },
  'step-up, acr': {
    options: { requiredScopes: ['orders:read'] },
    route: { stepUp: { acrValues: ['urn:example:mfa'] } },
  },
  'step-up, age': { options: { realm: 'orders' }, route: { stepUp: { maxAgeSeconds: 0 } } },
  'step-up, optional': { options: { credentials: 'optional' }, route: { stepUp: { maxAgeSeconds: 300 } } },
  metadata: {
    options: { mode: 'bearer-and-dpop', credentials: 'optional', resourceMetadata: {} },
    route: { scopes: ['orders:write'], stepUp: { maxAgeSeconds: 300 } },
  },
  'metadata, resource with path': {
    options: {
      resource: 'https://api.example.com/v1/',
      audience: resource,
      requiredScopes: ['orders:read'],
      resourceMetadata: {},
    },
  },
  'token algorithms': {
    options: {
      tokenAlgorithms: ['RS256'],
      issuer: [
        { issuer: mainIssuer.issuer, jwks: mainIssuer.jwks },
        { issuer: legacyIssuer.issuer, jwks: legacyIssuer.jwks, typ: 'any' },
        { issuer: twinIssuer.issuer, jwks: twinIssuer.jwks, algorithms: ['ES256'] },
      ],
    },
  },
} satisfies Record<string, Profile>

const startMlDsa = async () => ({
  options: { issuer: { issuer: mainIssuer.issuer, jwks: mlDsaKeys() } },
  close: async () => {},
})

const mlDsaProfiles = {
  'ML-DSA': {
    options: {
      mode: 'bearer-and-dpop',
      proof: { algorithms: ['ES256', ...mlDsaAlgorithms] },
      tokenAlgorithms: ['ES256', ...mlDsaAlgorithms],
    },
    start: startMlDsa,
  },
  'ML-DSA-44, proofs only': { options: { proof: { algorithms: ['ML-DSA-44', 'ES256'] } }, start: startMlDsa },
  'ML-DSA-44, tokens only': { options: { tokenAlgorithms: ['ES256', 'ML-DSA-44'] }, start: startMlDsa },
} satisfies Record<string, Profile>

export type ProfileName = SettingName | keyof typeof ownProfiles | keyof typeof mlDsaProfiles

export const profiles = {
  ...settingProfiles,
  ...ownProfiles,
  ...(hasMlDsa && mlDsaProfiles),
} as Readonly<Record<ProfileName, Profile>>

/** The complete options of one more guard. */
export async function prepare({ options, replay, start }: Profile): Promise<Prepared> {
  const started = await start?.()
  const clock = createClock()
  return {
    options: {
      issuer: { issuer: mainIssuer.issuer, jwks: mainIssuer.jwks },
      resource,
      clock,
      replayStore: replay?.() ?? memoryReplayStore({ clock }),
      ...options,
      ...started?.options,
    },
    close: async () => started?.close(),
  }
}
