import type { GuardOptions } from './options.js'

/**
 * For the FAPI 2.0 Security Profile, clauses for resource servers: bound tokens only, and the profile's algorithms. The profile
 * also requires that you check revocation: set `isRevoked`, or `verifyAccessToken: introspection(...)`.
 *
 * @example
 * createGuard({ ...fapi2, issuer, resource, isRevoked })
 */
export const fapi2 = {
  mode: 'dpop-only',
  tokenTyp: 'at+jwt',
  // The profile allows issuers' clocks to be 10 seconds ahead.
  clockToleranceSeconds: 10,
  tokenAlgorithms: ['PS256', 'ES256', 'Ed25519', 'EdDSA'],
  proof: { algorithms: ['ES256', 'PS256', 'Ed25519', 'EdDSA'] },
} as const satisfies Partial<GuardOptions>

/**
 * For AT Protocol: nonces are required, and every response has the newest one. Needs `nonce: { secrets }`.
 *
 * @example
 * createGuard({ ...atproto, issuer, resource, nonce: { secrets } })
 */
export const atproto = {
  mode: 'dpop-only',
  freshness: 'nonce',
  sendNonce: 'always',
} as const satisfies Partial<GuardOptions>

/**
 * For the Model Context Protocol and its DPoP profile. Every challenge names the resource metadata document. A proof may be up
 * to five minutes old, or five minutes ahead.
 *
 * @example
 * createGuard({ ...mcp, issuer, resource: 'https://mcp.example.com/mcp' })
 */
export const mcp = {
  mode: 'dpop-only',
  resourceMetadata: {},
  proof: { maxAgeSeconds: 300, futureToleranceSeconds: 300 },
} as const satisfies Partial<GuardOptions>
