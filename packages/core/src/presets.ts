import type { GuardOptions } from './options.js'

/**
 * FAPI 2.0 Security Profile, resource server clauses: bound tokens only, and the profile's algorithms. The profile also wants
 * revocation to be checked: set `isRevoked`, or `verifyAccessToken: introspection(...)`.
 *
 * @example
 * createGuard({ ...fapi2, issuer, resource, isRevoked })
 */
export const fapi2 = {
  mode: 'dpop-only',
  tokenTyp: 'at+jwt',
  // Issuers' clocks may be 10 seconds ahead.
  clockToleranceSeconds: 10,
  tokenAlgorithms: ['PS256', 'ES256', 'Ed25519', 'EdDSA'],
  proof: { algorithms: ['ES256', 'PS256', 'Ed25519', 'EdDSA'] },
} as const satisfies Partial<GuardOptions>

/**
 * AT Protocol: nonces are required, and every response has the newest. Needs `nonce: { secrets }`.
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
 * Model Context Protocol, authorization and its DPoP profile: a metadata document that every challenge names, and proofs up
 * to five minutes old or ahead.
 *
 * @example
 * createGuard({ ...mcp, issuer, resource: 'https://mcp.example.com/mcp' })
 */
export const mcp = {
  mode: 'dpop-only',
  resourceMetadata: {},
  proof: { maxAgeSeconds: 300, futureToleranceSeconds: 300 },
} as const satisfies Partial<GuardOptions>
