import type { GuardOptions } from '@dpop-guard/core'
import type { CallerRequirements } from '@dpop-guard/core/plugin'

/** What an API requires of its callers, in addition to what every guard requires. */
export interface Setting {
  /** Options of the guard, in addition to `issuer` and `resource`. */
  readonly guard?: Partial<GuardOptions>
  /** What the route behind the guard requires: `requireScopes`, `requireStepUp` and so on, or Fastify's `config.dpop`. */
  readonly route?: CallerRequirements
  /** A form parser runs before the guard. Fastify never has one there. */
  readonly parsesForms?: true
}

/** Seconds since the epoch. */
const stopped = () => 1_800_000_000

const table = {
  bearer: { guard: { mode: 'bearer-and-dpop' } },
  forms: { parsesForms: true },

  scopes: { guard: { requiredScopes: ['orders:read', 'orders:write'] } },
  'bearer scopes': { guard: { mode: 'bearer-and-dpop', requiredScopes: ['orders:read', 'orders:write'] } },
  'route scopes': {
    guard: { requiredScopes: ['orders:read'] },
    route: { scopes: ['orders:write', 'orders:read'] },
  },
  'any scope': {
    guard: { requiredScopes: ['orders:read'] },
    route: { anyScope: ['orders:write', 'orders:admin'] },
  },
  claims: { route: { claims: ({ roles }) => Array.isArray(roles) && roles.includes('auditor') } },
  'claims, bearer': {
    guard: { mode: 'bearer-and-dpop' },
    route: { claims: ({ roles }) => Array.isArray(roles) && roles.includes('auditor') },
  },
  'DPoP on this route': { guard: { mode: 'bearer-and-dpop' }, route: { mode: 'dpop-only', scopes: ['orders:write'] } },
  'step-up': { route: { stepUp: { acrValues: ['urn:example:hwk', 'urn:example:mfa'], maxAgeSeconds: 300 } } },
  'step-up, bearer': {
    guard: { mode: 'bearer-and-dpop', credentials: 'optional' },
    route: { scopes: ['orders:write'], stepUp: { acrValues: ['urn:example:mfa'], maxAgeSeconds: 300 } },
  },

  nonce: {
    guard: { freshness: 'nonce', nonce: { secrets: ['a secret for tests, which has more than 32 bytes'] } },
  },
  adaptive: {
    guard: {
      clock: stopped,
      freshness: 'adaptive',
      nonce: { secrets: ['a secret for tests, which has more than 32 bytes'] },
    },
  },
  'fixed clock': { guard: { clock: stopped } },
  'no tolerance': { guard: { clock: stopped, clockToleranceSeconds: 0 } },

  algorithms: { guard: { proof: { algorithms: ['ES384', 'ES512', 'RS256'] } } },
  'small proofs': {
    guard: {
      clock: stopped,
      proof: { maxAgeSeconds: 300, futureToleranceSeconds: 0, maxLength: 1024 },
    },
  },
  'any typ': { guard: { tokenTyp: 'any' } },
  rfc9068: { guard: { tokenClaims: 'rfc9068' } },
  audiences: { guard: { audience: ['urn:orders', 'https://orders.example.com'] } },

  'resource with path': { guard: { resource: 'https://api.example.com/v1' } },
  prefix: { guard: { publicUrl: 'https://api.example.com/svc1/' } },
  aliases: { guard: { publicUrl: ['https://api.example.com', 'https://orders.example.org:8443'] } },
  ipv6: { guard: { publicUrl: 'https://[2001:db8::1]:8443' } },
  loopback: { guard: { publicUrl: 'http://127.0.0.1:8080' } },
  idn: { guard: { publicUrl: 'https://xn--bcher-kva.example' } },
} as const satisfies Record<string, Setting>

/** Names one of {@link settings}. */
export type SettingName = keyof typeof table

/**
 * The settings under which {@link conditionalInvalidRequests} get their expected rejection. Where the guard's clock stands still,
 * give `createTestIssuer` the same clock.
 *
 * @example
 * const issuer = await createTestIssuer()
 * app.use(dpopGuard({ ...issuer.guardOptions, ...settings.bearer.guard }))
 */
export const settings: Readonly<Record<SettingName, Setting>> = table
