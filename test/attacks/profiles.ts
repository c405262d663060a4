/** The guards that rows can ask for. One server of each framework is started for each of them. */
import { type GuardOptions, memoryReplayStore, type ReplayStore } from '@dpop-guard/core'
import { createProofClient } from '../support/proof-client.js'
import { createTestIssuer } from '../support/test-issuer.js'

/** What every guard takes for the time. Seconds. */
export const now = 1_800_000_000

export const resource = 'https://api.example.com'

export const mainIssuer = createTestIssuer({ kid: 'main-key-1' })
/** A second key of the main issuer, for tokens that it signs byte for byte. */
export const mainIssuerKey = { kid: 'main-key-2', ...createProofClient() }
mainIssuer.jwks.keys.push({ ...mainIssuerKey.jwk, kid: mainIssuerKey.kid, alg: 'ES256', use: 'sig' })

/** Signs with RS256 and sends `typ: JWT`; trusted by the profile `issuers` alone. */
export const legacyIssuer = createTestIssuer({
  issuer: 'https://legacy.example.com',
  alg: 'RS256',
  kid: 'legacy-key-1',
})
/** Same key id as the main one, other keys. */
export const twinIssuer = createTestIssuer({ issuer: 'https://twin.example.com', kid: 'main-key-1' })

/** One guard, and what stands around it. */
export interface Profile {
  options?: Partial<GuardOptions>
  /** Made anew for each runtime, for a store has a memory. */
  replay?: () => ReplayStore | 'off'
  /** What the route behind the guard requires. */
  routeScopes?: readonly string[]
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

export const profiles = {
  'dpop-only': {},
  bearer: { options: { mode: 'bearer-and-dpop' } },
  realm: { options: { mode: 'bearer-and-dpop', realm: 'the "orders" API \\ v1' } },
  scopes: { options: { requiredScopes: ['orders:read', 'orders:write'] } },
  'bearer scopes': { options: { mode: 'bearer-and-dpop', requiredScopes: ['orders:read', 'orders:write'] } },
  'route scopes': { options: { requiredScopes: ['orders:read'] }, routeScopes: ['orders:write', 'orders:read'] },
  optional: { options: { credentials: 'optional' } },
  'optional bearer': { options: { credentials: 'optional', mode: 'bearer-and-dpop' } },
  'optional, route scopes': { options: { credentials: 'optional' }, routeScopes: ['orders:write'] },
  forms: { parsesForms: true },
  algorithms: { options: { proof: { algorithms: ['ES384', 'ES512', 'RS256'] } } },
  'small proofs': { options: { proof: { maxAgeSeconds: 300, futureToleranceSeconds: 0, maxLength: 1024 } } },
  'any typ': { options: { tokenTyp: 'any' } },
  issuers: {
    options: {
      issuer: [
        { issuer: mainIssuer.issuer, jwks: mainIssuer.jwks, algorithms: ['ES256'] },
        { issuer: legacyIssuer.issuer, jwks: legacyIssuer.jwks, algorithms: ['RS256'], typ: 'any' },
        { issuer: twinIssuer.issuer, jwks: twinIssuer.jwks },
      ],
    },
  },
  audiences: { options: { audience: ['urn:orders', 'https://orders.example.com'] } },
  'no tolerance': { options: { clockToleranceSeconds: 0 } },
  'resource with path': { options: { resource: 'https://api.example.com/v1' } },
  prefix: { options: { publicUrl: 'https://api.example.com/svc1/' }, publicUrl: 'https://api.example.com/svc1' },
  aliases: { options: { publicUrl: ['https://api.example.com', 'https://orders.example.org:8443'] } },
  tenants: {
    options: {
      publicUrl({ headers }) {
        const host = hostOf(headers)
        if (host === 'down.internal') throw new Error('the tenant directory is down')
        return tenants.get(host)
      },
    },
  },
  ipv6: { options: { publicUrl: 'https://[2001:db8::1]:8443' }, publicUrl: 'https://[2001:db8::1]:8443' },
  loopback: { options: { publicUrl: 'http://127.0.0.1:8080' }, publicUrl: 'http://127.0.0.1:8080' },
  idn: { options: { publicUrl: 'https://xn--bcher-kva.example' }, publicUrl: 'https://xn--bcher-kva.example' },
  'replay off': { replay: () => 'off' },
  'store rejects': { replay: () => ({ claim: () => Promise.reject(new Error('connection lost')) }) },
  'store throws': {
    replay: () => ({
      claim() {
        throw new Error('connection lost')
      },
    }),
  },
  'store is silent': { replay: () => ({ claim: () => undefined as unknown as boolean }) },
  'store says OK': { replay: () => ({ claim: () => 'OK' as unknown as boolean }) },
  'store is full': { replay: () => memoryReplayStore({ maxEntries: 1, clock: () => now }) },
  'bearer, store rejects': {
    options: { mode: 'bearer-and-dpop' },
    replay: () => ({ claim: () => Promise.reject(new Error('connection lost')) }),
  },
  'issuer down': { options: { issuer: { issuer: mainIssuer.issuer, jwksUri: 'http://127.0.0.1:9/jwks' } } },
  'bearer, issuer down': {
    options: {
      mode: 'bearer-and-dpop',
      issuer: { issuer: mainIssuer.issuer, jwksUri: 'http://127.0.0.1:9/jwks' },
    },
  },
  'issuer key broken': {
    options: {
      issuer: {
        issuer: mainIssuer.issuer,
        jwks: { keys: [{ kty: 'EC', crv: 'P-256', kid: 'main-key-1', x: 'AAAA', y: 'AAAA' }] },
      },
    },
  },
  'no clock': { options: { clock: () => Number.NaN } },
} satisfies Record<string, Profile>

export type ProfileName = keyof typeof profiles

/** The complete options of one more guard. */
export function guardOptions({ options, replay }: Profile): GuardOptions {
  return {
    issuer: { issuer: mainIssuer.issuer, jwks: mainIssuer.jwks },
    resource,
    clock: () => now,
    replay: replay?.() ?? memoryReplayStore({ clock: () => now }),
    ...options,
  }
}
