import { type Awaitable, isPending } from '../awaitable.js'
import { CheckFailed } from '../check-failed.js'
import { decodeBase64url } from '../encoding/base64url.js'
import { splitCompactJws } from '../encoding/compact-jws.js'
import { type JsonBounds, parseJsonObject, peekMembers } from '../encoding/json.js'
import type { TokenAlgorithm } from '../proof/algorithms.js'
import type { KeySource } from './issuer-keys.js'

/** An issuer whose access tokens are JWTs (RFC 9068). */
export interface JwtIssuer {
  readonly keys: KeySource
  readonly algorithms: readonly TokenAlgorithm[]
  readonly typ: TokenTyp
  /** The time until which this issuer is known to be trusted, in seconds since the epoch. Undefined if it is configured. */
  readonly knownUntil?: number
}

/** The trusted issuers by their identifiers. A Map, or an object that asks a function. */
export interface JwtIssuers {
  get(iss: string, now: number): Awaitable<JwtIssuer | undefined>
  keys(): Iterable<string>
}

/** `any` also takes a token whose header has `typ: JWT` or none. */
export type TokenTyp = 'at+jwt' | 'any'

const maxTokenLength = 65_536

/** Certificates in `x5c` make the longest ones. */
const maxHeaderLength = 8192

/** Rich authorization requests (RFC 9396) nest deeper than a proof does. */
const maxDepth = 32

/** About fifty members, or the values of a chain of certificates. */
const maxHeaderWeight = 1024

/** About 400 members or 1400 groups: more than the 8 KB of header fields that most proxies accept can hold. */
const maxClaimsWeight = 8192

/** Tokens of more than 16 KB may have more. */
const claimsWeightPerByte = 2 / 3

const acceptedTypes = {
  'at+jwt': ['at+jwt'],
  any: ['at+jwt', 'JWT'],
} as const satisfies Record<TokenTyp, readonly string[]>

/** Claims of ID tokens (OpenID Connect Core sections 2 and 3.3.2.11). Some issuers put them into access tokens as well. */
const idTokenClaims = ['nonce', 'at_hash', 'c_hash', 's_hash']

const claimsToPeekAt = ['iss', ...idTokenClaims]

/** A JWT access token before its signature is verified: the issuer that it names, and its claims, not yet parsed. */
export interface Origin {
  readonly name: string
  readonly issuer: JwtIssuer
  readonly header: Readonly<Record<string, unknown>>
  readonly algorithm: TokenAlgorithm
  readonly payload: Buffer
  readonly signingInput: string
  readonly signature: Buffer
}

/** A token whose parts are decoded. */
interface OpenedToken {
  readonly header: Readonly<Record<string, unknown>>
  /** Some of its claims. */
  readonly claims: Readonly<Record<string, unknown>>
  readonly payload: Buffer
  readonly signingInput: string
  readonly signature: Buffer
}

/** Finds the issuer whose keys must verify the token. The claims that it reads are not authentic before that. */
export function findOrigin(token: string, issuers: JwtIssuers, now: number): Awaitable<Origin> {
  const opened = openToken(token)
  const { iss } = opened.claims
  const finding = typeof iss === 'string' ? issuers.get(iss, now) : undefined
  return isPending(finding)
    ? finding.then((issuer) => originOf(opened, issuer, issuers))
    : originOf(opened, finding, issuers)
}

function openToken(token: string): OpenedToken {
  if (token.length > maxTokenLength) throw new CheckFailed('token_malformed')
  const jws = splitCompactJws(token)
  if (jws === undefined || jws.header.length > maxHeaderLength) throw new CheckFailed('token_malformed')
  const header = parsePart(decodePart(jws.header), { levels: maxDepth, weight: maxHeaderWeight })
  const payload = decodePart(jws.payload)
  const claims = peekMembers(payload, claimsBounds(payload), claimsToPeekAt)
  if (claims === undefined) throw new CheckFailed('token_malformed')
  // One signature has one spelling. A hook that compares tokens as strings must not see one token as two.
  const signature = decodePart(jws.signature)
  return { header, claims, payload, signingInput: jws.signingInput, signature }
}

function originOf(opened: OpenedToken, issuer: JwtIssuer | undefined, issuers: JwtIssuers): Origin {
  const { header, claims, payload, signingInput, signature } = opened
  const { iss } = claims
  if (typeof iss !== 'string' || issuer === undefined) {
    throw new CheckFailed('token_issuer', { name: 'iss', expected: [...issuers.keys()], received: iss })
  }
  checkType(header.typ, claims, issuer.typ)
  const algorithm = checkAlgorithm(header, issuer.algorithms)
  return { name: iss, issuer, header, algorithm, payload, signingInput, signature }
}

/**
 * In `crit` (RFC 7515 section 4.1.11), the guard understands only `b64` (RFC 7797). It must be true in a JWT (RFC 7797 section
 * 7).
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

/** RFC 9068 section 2.1. A token whose `typ` does not say that it is an access token must not look like an ID token. */
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

/** RFC 7515 section 4.1.9: a media type is compared without case, and may omit `application/`. */
function mediaType(typ: unknown): unknown {
  return typeof typ === 'string' ? typ.toLowerCase().replace(/^application\//, '') : typ
}

/** Call it after the signature was verified. Otherwise anyone could make this server parse hundreds of new names. */
export function openClaims({ payload }: Origin): Record<string, unknown> {
  return parsePart(payload, claimsBounds(payload))
}
