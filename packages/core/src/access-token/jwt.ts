import { type CompactJWSHeaderParameters, errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from 'jose'
import { CheckFailed, CheckUnavailable } from '../check-failed.js'
import { decodeBase64url } from '../encoding/base64url.js'
import { type JsonBounds, parseJsonObject, peekMembers, typeName } from '../encoding/json.js'
import { badClaim, checkTextOrAbsent, expired, notYetValid } from './claim-checks.js'
import type { IssuerKeys, KeySource } from './issuer-keys.js'
import type { AccessTokenVerifier, VerifiedToken } from './verifier.js'

/** An issuer whose access tokens are JWTs (RFC 9068). */
export interface JwtIssuer {
  readonly keys: KeySource
  readonly algorithms: readonly string[]
  readonly typ: TokenTyp
}

/** `any` also takes a token whose header has `typ: JWT` or none. */
export type TokenTyp = 'at+jwt' | 'any'

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

const maxTokenLength = 65_536

/** Certificates in `x5c` make the longest ones. */
const maxHeaderLength = 8192

/** Rich authorization requests (RFC 9396) nest deeper than a proof ever does. */
const maxDepth = 32

/** Some fifty members, or values of a chain of certificates. */
const maxHeaderWeight = 1024

/** Some 400 members or 1400 groups: more than fit into the 8 KB of fields that most proxies take. */
const maxClaimsWeight = 8192

/** Where longer tokens are taken, longer ones than of 16 KB may have more. */
const claimsWeightPerByte = 2 / 3

const acceptedTypes = {
  'at+jwt': ['at+jwt'],
  any: ['at+jwt', 'JWT'],
} as const satisfies Record<TokenTyp, readonly string[]>

const requiredClaims = {
  minimal: ['exp'],
  rfc9068: ['exp', 'sub', 'client_id', 'iat', 'jti'],
} as const satisfies Record<TokenClaims, readonly string[]>

/** Claims of ID tokens (OpenID Connect Core sections 2 and 3.3.2.11). Some issuers put them into access tokens as well. */
const idTokenClaims = ['nonce', 'at_hash', 'c_hash', 's_hash']

const claimsToPeekAt = ['iss', ...idTokenClaims]

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
  return (token, now) => verify(token, findOrigin(token, policy), now)
}

/** Who a token says it is from. */
interface Origin {
  readonly name: string
  readonly issuer: JwtIssuer
  readonly header: Readonly<Record<string, unknown>>
  readonly payload: Buffer
  readonly signatureBytes: number
}

/** Which issuer's keys to ask, from what is not yet authentic; `iss` is compared again with the signature checked. */
function findOrigin(token: string, policy: JwtPolicy): Origin {
  if (token.length > maxTokenLength) throw new CheckFailed('token_malformed')
  const [headerText = '', payloadText = '', signature, ...more] = token.split('.', 4)
  if (signature === undefined || more.length > 0) throw new CheckFailed('token_malformed')
  if (headerText.length > maxHeaderLength) throw new CheckFailed('token_malformed')
  const header = parsePart(decodePart(headerText), { levels: maxDepth, weight: maxHeaderWeight })
  const payload = decodePart(payloadText)
  const claims = peekMembers(payload, claimsBounds(payload), claimsToPeekAt)
  if (claims === undefined) throw new CheckFailed('token_malformed')
  // One signature, one spelling: a hook that knows tokens by their text must not meet the same one in another.
  const signatureBytes = decodeBase64url(signature)?.length
  if (signatureBytes === undefined) throw new CheckFailed('token_malformed')
  const { iss } = claims
  const issuer = typeof iss === 'string' ? policy.issuers.get(iss) : undefined
  if (typeof iss !== 'string' || issuer === undefined) {
    const expected = [...policy.issuers.keys()]
    throw new CheckFailed('token_issuer', { name: 'iss', expected, received: iss })
  }
  checkType(header.typ, claims, issuer.typ)
  checkAlgorithm(header, issuer.algorithms)
  return { name: iss, issuer, header, payload, signatureBytes }
}

/**
 * What jose would say too, after it has read the header once more. Of `crit` (RFC 7515 section 4.1.11) it understands `b64` alone
 * (RFC 7797), which no other header needs.
 */
function checkAlgorithm({ alg, crit, b64 }: Record<string, unknown>, allowed: readonly string[]): void {
  const understood = Array.isArray(crit) && crit.length > 0 && crit.every((name) => name === 'b64')
  if (crit !== undefined && !(understood && typeof b64 === 'boolean')) throw new CheckFailed('token_malformed')
  if (typeof alg !== 'string' || alg === '') throw new CheckFailed('token_malformed')
  if (!allowed.includes(alg))
    throw new CheckFailed('token_algorithm', { name: 'alg', expected: allowed, received: alg })
}

/** RFC 9068 section 2.1. A token whose `typ` does not say what it is must not look like an ID token either. */
function checkType(typ: unknown, claims: Record<string, unknown>, accepted: TokenTyp): void {
  const type = mediaType(typ)
  if (type === 'at+jwt') return
  if (accepted !== 'any' || (type !== 'jwt' && type !== undefined)) {
    throw new CheckFailed('token_typ', { name: 'typ', expected: acceptedTypes[accepted], received: typ })
  }
  const name = idTokenClaims.find((claim) => Object.hasOwn(claims, claim))
  if (name !== undefined) {
    throw new CheckFailed('token_typ', { name, expected: ['missing'], received: 'present' })
  }
}

function decodePart(part: string): Buffer {
  const bytes = decodeBase64url(part)
  if (bytes === undefined) throw new CheckFailed('token_malformed')
  return bytes
}

function parsePart(bytes: Buffer, bounds: JsonBounds): Record<string, unknown> {
  const value = parseJsonObject(bytes, bounds)
  if (value === undefined) throw new CheckFailed('token_malformed')
  return value
}

function claimsBounds({ length }: Buffer): JsonBounds {
  return { levels: maxDepth, weight: Math.max(maxClaimsWeight, length * claimsWeightPerByte) }
}

/** RFC 7515 section 4.1.9: a media type, compared without case, whose `application/` may be left out. */
function mediaType(typ: unknown): unknown {
  return typeof typ === 'string' ? typ.toLowerCase().replace(/^application\//, '') : typ
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

/** For a signature that was verified: before, anyone could make this server parse hundreds of new names. */
function readClaims({ payload }: Origin): JWTPayload {
  return parsePart(payload, claimsBounds(payload))
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
