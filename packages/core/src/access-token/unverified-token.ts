import { CheckFailed } from '../check-failed.js'
import { decodeBase64url } from '../encoding/base64url.js'
import { parseCompactJws } from '../encoding/compact-jws.js'
import { type JsonBounds, parseJsonObject, peekMembers } from '../encoding/json.js'
import type { TokenAlgorithm } from '../proof/algorithms.js'
import type { KeySource } from './issuer-keys.js'

/** An issuer whose access tokens are JWTs (RFC 9068). */
export interface JwtIssuer {
  readonly keys: KeySource
  readonly algorithms: readonly TokenAlgorithm[]
  readonly typ: TokenTyp
}

/** `any` also takes a token whose header has `typ: JWT` or none. */
export type TokenTyp = 'at+jwt' | 'any'

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

/** Claims of ID tokens (OpenID Connect Core sections 2 and 3.3.2.11). Some issuers put them into access tokens as well. */
const idTokenClaims = ['nonce', 'at_hash', 'c_hash', 's_hash']

const claimsToPeekAt = ['iss', ...idTokenClaims]

/** A JWT access token before its signature is verified: who it says it is from, and its claims, not yet parsed. */
export interface Origin {
  readonly name: string
  readonly issuer: JwtIssuer
  readonly header: Readonly<Record<string, unknown>>
  readonly algorithm: TokenAlgorithm
  readonly payload: Buffer
  readonly signingInput: string
  readonly signature: Buffer
}

/** Which issuer's keys to ask, from what is not yet authentic; `iss` is compared again with the signature checked. */
export function findOrigin(token: string, issuers: ReadonlyMap<string, JwtIssuer>): Origin {
  if (token.length > maxTokenLength) throw new CheckFailed('token_malformed')
  const jws = parseCompactJws(token)
  if (jws === undefined || jws.header.length > maxHeaderLength) throw new CheckFailed('token_malformed')
  const header = parsePart(decodePart(jws.header), { levels: maxDepth, weight: maxHeaderWeight })
  const payload = decodePart(jws.payload)
  const claims = peekMembers(payload, claimsBounds(payload), claimsToPeekAt)
  if (claims === undefined) throw new CheckFailed('token_malformed')
  // One signature, one spelling: a hook that knows tokens by their text must not meet the same one in another.
  const signature = decodePart(jws.signature)
  const { iss } = claims
  const issuer = typeof iss === 'string' ? issuers.get(iss) : undefined
  if (typeof iss !== 'string' || issuer === undefined) {
    const expected = [...issuers.keys()]
    throw new CheckFailed('token_issuer', { name: 'iss', expected, received: iss })
  }
  checkType(header.typ, claims, issuer.typ)
  const algorithm = checkAlgorithm(header, issuer.algorithms)
  const { signingInput } = jws
  return { name: iss, issuer, header, algorithm, payload, signingInput, signature }
}

/**
 * Of `crit` (RFC 7515 section 4.1.11) the guard understands `b64` alone (RFC 7797), which must be true in a JWT (RFC 7797
 * section 7).
 */
function checkAlgorithm(
  { alg, crit, b64 }: Record<string, unknown>,
  allowed: readonly TokenAlgorithm[],
): TokenAlgorithm {
  const understood = Array.isArray(crit) && crit.length > 0 && crit.every((name) => name === 'b64')
  if (crit !== undefined && !(understood && b64 === true)) throw new CheckFailed('token_malformed')
  if (typeof alg !== 'string' || alg === '') throw new CheckFailed('token_malformed')
  const algorithm = allowed.find((name) => name === alg)
  if (algorithm === undefined)
    throw new CheckFailed('token_algorithm', { name: 'alg', expected: allowed, received: alg })
  return algorithm
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

/** For a signature that was verified: before, anyone could make this server parse hundreds of new names. */
export function readClaims({ payload }: Origin): Record<string, unknown> {
  return parsePart(payload, claimsBounds(payload))
}
