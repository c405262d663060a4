import { type CompactJWSHeaderParameters, errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from 'jose'
import { CheckFailed, CheckUnavailable } from '../check-failed.js'
import { typeName } from '../encoding/json.js'
import { badClaim, checkTextOrAbsent, expired, notYetValid } from './claim-checks.js'
import type { IssuerKeys } from './issuer-keys.js'
import { findOrigin, type JwtIssuer, type Origin, readClaims } from './unverified-token.js'
import type { AccessTokenVerifier, VerifiedToken } from './verifier.js'

/** `rfc9068` also requires the claims that RFC 9068 section 2.2 tells issuers to send. */
export type TokenClaims = 'minimal' | 'rfc9068'

export interface JwtPolicy {
  readonly issuers: ReadonlyMap<string, JwtIssuer>
  readonly audience: readonly string[]
  readonly tokenClaims: TokenClaims
  readonly clockToleranceSeconds: number
}

/** Asymmetric algorithms only: a MAC key cannot come from a public key set. */
export const accessTokenAlgorithms = [
  ...['ES256', 'ES384', 'ES512'],
  ...['PS256', 'PS384', 'PS512'],
  ...['RS256', 'RS384', 'RS512'],
  ...['Ed25519', 'EdDSA'],
]

const requiredClaims = {
  minimal: ['exp'],
  rfc9068: ['exp', 'sub', 'client_id', 'iat', 'jti'],
} as const satisfies Record<TokenClaims, readonly string[]>

/**
 * Verifies access tokens as RFC 9068 section 4 says: `typ`, the issuer's own keys and algorithms, `iss`, `aud`, `exp`, `nbf`.
 * Does NOT check whether the token was revoked, nor how it is bound.
 */
export function createJwtVerifier(policy: JwtPolicy): AccessTokenVerifier {
  async function verify(token: string, origin: Origin, now: number): Promise<VerifiedToken> {
    const { name, issuer, header } = origin
    const options: JWTVerifyOptions = {
      issuer: name,
      audience: [...policy.audience],
      algorithms: [...issuer.algorithms],
      clockTolerance: policy.clockToleranceSeconds,
      currentDate: new Date(now * 1000),
      requiredClaims: [...requiredClaims[policy.tokenClaims]],
    }
    let keys = await issuer.keys.current(now)
    let claims: JWTPayload
    try {
      claims = await verifyWith(keys, origin, token, options)
    } catch (error) {
      const newer = isUnknownKey(error, header.kid !== undefined) ? await issuer.keys.newerThan(keys, now) : undefined
      if (newer === undefined) throw toFailure(error, origin, policy, now)
      keys = newer
      claims = await verifyWith(keys, origin, token, options).catch((retryError: unknown) => {
        throw toFailure(retryError, origin, policy, now)
      })
    }
    const { exp = 0 } = claims
    for (const claim of ['sub', 'client_id', 'jti']) checkTextOrAbsent(claim, claims[claim])
    const usableUntil = Math.min(exp + policy.clockToleranceSeconds, keys.freshUntil)
    return { claims, expiresAt: exp, usableUntil }
  }
  return (token, now) => verify(token, findOrigin(token, policy.issuers), now)
}

async function verifyWith(
  keys: IssuerKeys,
  origin: Origin,
  token: string,
  options: JWTVerifyOptions,
): Promise<JWTPayload> {
  try {
    // With this header, not by jwtVerify, which reads a stranger's header again before it finds that there is no key.
    const key = await keys.find(origin.header as unknown as CompactJWSHeaderParameters, unsigned)
    return await verifyWithKey(key, origin, token, options)
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error
    return await verifyWithAny(error, origin, token, options)
  }
}

/** WebCrypto takes an RSASSA-PSS signature whose first bytes are zero without these bytes too (RFC 8017 section 8.1.2, step 1). */
async function verifyWithKey(
  key: Awaited<ReturnType<IssuerKeys['find']>>,
  origin: Origin,
  token: string,
  options: JWTVerifyOptions,
): Promise<JWTPayload> {
  const { algorithm } = key as { algorithm: { modulusLength?: number } }
  const { modulusLength } = algorithm
  if (modulusLength !== undefined && origin.signatureBytes !== Math.ceil(modulusLength / 8)) {
    throw new errors.JWSSignatureVerificationFailed()
  }
  try {
    await jwtVerify(token, key, options)
  } catch (error) {
    // These come after the signature, and hold only of claims that are well-formed.
    if (isClaimError(error)) readClaims(origin)
    throw error
  }
  return readClaims(origin)
}

type ClaimError = errors.JWTExpired | errors.JWTClaimValidationFailed

function isClaimError(error: unknown): error is ClaimError {
  return error instanceof errors.JWTExpired || error instanceof errors.JWTClaimValidationFailed
}

/** Where a key is found by the header, it is not asked for anything else. */
const unsigned = { payload: '', signature: '' }

/** A token without a key id may be signed by any of several keys. */
async function verifyWithAny(
  candidates: errors.JWKSMultipleMatchingKeys,
  origin: Origin,
  token: string,
  options: JWTVerifyOptions,
): Promise<JWTPayload> {
  for await (const key of candidates) {
    try {
      return await verifyWithKey(key, origin, token, options)
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error
    }
  }
  throw new errors.JWSSignatureVerificationFailed()
}

/** A token that names no key may be signed with a new one just as well as be forged. */
function isUnknownKey(error: unknown, hasKeyId: boolean): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey || (!hasKeyId && error instanceof errors.JWSSignatureVerificationFailed)
  )
}

/** An error of jose's is about the token, as our own are; any other (a key that cannot be imported, say) is about the issuer. */
function toFailure(error: unknown, { header }: Origin, policy: JwtPolicy, now: number): CheckFailed | CheckUnavailable {
  if (CheckFailed.is(error)) return error
  if (isClaimError(error)) return toClaimFailure(error, policy, now)
  if (error instanceof errors.JWKSNoMatchingKey) {
    const expected = ["a key of the issuer's key set, for the alg of the token"]
    return new CheckFailed('token_key_unknown', { name: 'kid', expected, received: header.kid })
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) return new CheckFailed('token_signature')
  if (error instanceof errors.JOSEError) return new CheckFailed('token_malformed')
  return new CheckUnavailable('keys_unavailable', error)
}

function toClaimFailure(
  { claim, reason, payload }: ClaimError,
  { audience, clockToleranceSeconds }: JwtPolicy,
  now: number,
): CheckFailed {
  const received = payload[claim]
  if (reason === 'missing' && claim !== 'aud') return badClaim(claim, 'present', 'missing')
  if (reason !== 'invalid') {
    if (claim === 'aud') return new CheckFailed('token_audience', { name: claim, expected: audience, received })
    if (claim === 'exp') return expired(Number(received), now - clockToleranceSeconds)
    if (claim === 'nbf') return notYetValid(Number(received), now + clockToleranceSeconds)
  }
  return badClaim(claim, 'a number', typeName(received))
}
