/** Header names as they are written on the wire (RFC 9449 section 12, RFC 9110, RFC 6750). */
export const headerNames = {
  authorization: 'Authorization',
  dpop: 'DPoP',
  dpopNonce: 'DPoP-Nonce',
  wwwAuthenticate: 'WWW-Authenticate',
} as const

/** Authentication schemes (RFC 9449 section 7.1, RFC 6750 section 2.1), written like this and compared without case. */
export const schemeNames = { dpop: 'DPoP', bearer: 'Bearer' } as const

/** The `typ` of a DPoP proof (RFC 9449 section 4.2). */
export const proofType = 'dpop+jwt'

/** Claims of a DPoP proof (RFC 9449 section 4.2). */
export const proofClaimNames = {
  jwtId: 'jti',
  httpMethod: 'htm',
  httpUri: 'htu',
  issuedAt: 'iat',
  accessTokenHash: 'ath',
  nonce: 'nonce',
} as const

/** Error codes of RFC 6750 section 3.1, RFC 9449 section 12.2 and RFC 9470 section 3. */
export const errorCodes = {
  invalidRequest: 'invalid_request',
  invalidToken: 'invalid_token',
  insufficientScope: 'insufficient_scope',
  insufficientUserAuthentication: 'insufficient_user_authentication',
  invalidDpopProof: 'invalid_dpop_proof',
  useDpopNonce: 'use_dpop_nonce',
} as const
