import { CheckFailed } from '../check-failed.js'
import { decodeBase64urlPart } from '../encoding/base64url.js'
import { type CompactJws, parseCompactJws } from '../encoding/compact-jws.js'
import { parseJsonObject, typeName } from '../encoding/json.js'
import type { ProofAlgorithm } from './algorithms.js'
import { checkEmbeddedKey, type EmbeddedKey } from './embedded-key.js'

/** The claims of a proof (RFC 9449 section 4.2), of the right types. All other claims are kept as they were sent. */
export interface ProofClaims {
  /** Unique for each proof. */
  readonly jti: string
  /** The HTTP method. */
  readonly htm: string
  /** The URL of the request, without query and fragment. */
  readonly htu: string
  /** When the client made the proof: seconds since the epoch. */
  readonly iat: number
  /** The hash of the access token. */
  readonly ath?: string
  /** The server's nonce. Checked only if nonces are on. */
  readonly nonce?: unknown
  readonly exp?: number
  readonly nbf?: number
  readonly [claim: string]: unknown
}

/** The header of a proof that passed checks 4, 5 and 7. Most clients send the same header in all their proofs. */
export interface ProofHeader {
  /** As it was received, base64url. */
  readonly text: string
  readonly algorithm: ProofAlgorithm
  readonly key: EmbeddedKey
}

/** A parsed proof. Nothing in it is authentic until its signature is verified. */
export interface Proof {
  readonly header: ProofHeader
  readonly claims: ProofClaims
  readonly signingInput: string
  readonly signature: Buffer
}

/** RFC 9449 section 4.2. */
export const proofType = 'dpop+jwt'

const maxJtiLength = 256

/** About fifty members: each new name costs a parser time. */
const bounds = { levels: 8, weight: 1024 }

/**
 * RFC 9449 section 4.3, check 1, and the part of check 2 that needs no decoding: exactly one field, not longer than `maxLength`
 * characters, in the form of a compact JWS.
 */
export function requireProofField(values: readonly string[], maxLength: number): CompactJws {
  const [value] = values
  if (value === undefined) throw new CheckFailed('proof_missing')
  if (values.length > 1) throw new CheckFailed('proof_repeated')
  if (value.length > maxLength) {
    const [expected, received] = [`at most ${maxLength} characters`, `${value.length} characters`]
    throw new CheckFailed('proof_too_long', { name: 'DPoP', expected: [expected], received })
  }
  const jws = parseCompactJws(value)
  if (jws === undefined || jws.signature === '') throw new CheckFailed('proof_malformed')
  return jws
}

/**
 * RFC 9449 section 4.3, checks 2 to 5 and 7: everything that the proof alone decides, except its signature. `known` is a header
 * with the expected key that was accepted before. An equal header is not checked again.
 */
export function openProof(jws: CompactJws, allowed: ReadonlySet<string>, known?: ProofHeader): Proof {
  const header = known?.text === jws.header ? known : checkHeader(jws.header, allowed, known)
  const payload = parseJsonPart(jws.payload)
  const signature = decodeBase64urlPart(jws.signature)
  if (payload === undefined || signature === undefined) throw new CheckFailed('proof_malformed')
  return {
    header,
    claims: checkClaims(payload),
    signingInput: jws.signingInput,
    signature,
  }
}

function checkHeader(text: string, allowed: ReadonlySet<string>, known: ProofHeader | undefined): ProofHeader {
  const header = parseJsonPart(text)
  if (header === undefined) throw new CheckFailed('proof_malformed')
  if (header.typ !== proofType)
    throw new CheckFailed('proof_typ', { name: 'typ', expected: [proofType], received: header.typ })
  if (!isAllowed(header.alg, allowed)) {
    throw new CheckFailed('proof_algorithm', { name: 'alg', expected: allowed, received: header.alg })
  }
  // RFC 7515 section 4.1.11: the guard understands no extension. RFC 7797's b64 changes what is signed.
  checkAbsent(header, 'crit')
  checkAbsent(header, 'b64')
  const key = checkEmbeddedKey(header.jwk, header.alg)
  // The same key is not imported again if only the rest of the header changed.
  return { text, algorithm: header.alg, key: known?.key.jkt === key.jkt ? known.key : key }
}

function checkAbsent(header: Record<string, unknown>, name: string): void {
  if (!Object.hasOwn(header, name)) return
  throw new CheckFailed('proof_header', { name, expected: ['missing'], received: 'present' })
}

function parseJsonPart(part: string): Record<string, unknown> | undefined {
  const bytes = decodeBase64urlPart(part)
  return bytes && parseJsonObject(bytes, bounds)
}

function isAllowed(alg: unknown, allowed: ReadonlySet<string>): alg is ProofAlgorithm {
  return typeof alg === 'string' && allowed.has(alg)
}

/** Check 3, except `nonce`, and except whether `ath` is required. */
function checkClaims(payload: Record<string, unknown>): ProofClaims {
  const { jti, htm, htu, iat, ath, exp, nbf } = payload
  checkString('jti', jti)
  if (jti.length > maxJtiLength) {
    throw badClaim('jti', `at most ${maxJtiLength} characters`, `${jti.length} characters`)
  }
  checkString('htm', htm)
  checkString('htu', htu)
  checkTime('iat', iat)
  if (ath !== undefined) checkString('ath', ath)
  if (exp !== undefined) checkTime('exp', exp)
  if (nbf !== undefined) checkTime('nbf', nbf)
  return payload as unknown as ProofClaims
}

function checkString(name: string, value: unknown): asserts value is string {
  if (typeof value === 'string' && value !== '') return
  throw badClaim(name, 'a string', value === '' ? 'an empty string' : typeName(value))
}

function checkTime(name: string, value: unknown): asserts value is number {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return
  throw badClaim(name, 'a number, 0 or more', typeof value === 'number' ? String(value) : typeName(value))
}

function badClaim(name: string, expected: string, received: string): CheckFailed {
  return new CheckFailed('proof_claims', { name, expected: [expected], received })
}
