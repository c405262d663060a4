import { CheckFailed } from '../check-failed.js'
import { proofType } from '../constants.js'
import { decodeBase64url } from '../encoding/base64url.js'
import { parseJsonObject, typeName } from '../encoding/json.js'
import type { ProofAlgorithm } from './algorithms.js'
import { checkEmbeddedKey, type EmbeddedKey } from './embedded-key.js'

/** The claims of a proof (RFC 9449 section 4.2), of the right types; others than these are kept as they came. */
export interface ProofClaims {
  readonly jti: string
  readonly htm: string
  readonly htu: string
  readonly iat: number
  readonly ath?: string
  /** Looked at only where nonces are on. */
  readonly nonce?: unknown
  readonly exp?: number
  readonly nbf?: number
  readonly [claim: string]: unknown
}

/** The header of a proof, which passed checks 4, 5 and 7 and is the same in all proofs of most clients. */
export interface ProofHeader {
  /** As it came, base64url. */
  readonly text: string
  readonly algorithm: ProofAlgorithm
  readonly key: EmbeddedKey
}

/** A proof that was opened. Nothing of it is authentic before its signature is verified. */
export interface Proof {
  readonly header: ProofHeader
  readonly claims: ProofClaims
  readonly signingInput: Buffer
  readonly signature: Buffer
}

const compactJws = /^[\w-]+\.[\w-]+\.[\w-]+$/

const maxJtiLength = 256

/** Some hundred members. */
const bounds = { levels: 8, weight: 2048 }

/**
 * RFC 9449 section 4.3, checks 1 and 2, as far as they need no parsing: exactly one field, not longer than `maxLength`
 * characters, in the form of a compact JWS.
 */
export function requireProofField(values: readonly string[], maxLength: number): string {
  const [value] = values
  if (value === undefined) throw new CheckFailed('proof_missing')
  if (values.length > 1) throw new CheckFailed('proof_repeated')
  if (value.length > maxLength) {
    const [expected, received] = [`at most ${maxLength} characters`, `${value.length} characters`]
    throw new CheckFailed('proof_too_long', { name: 'DPoP', expected: [expected], received })
  }
  if (!compactJws.test(value)) throw new CheckFailed('proof_malformed')
  return value
}

/**
 * RFC 9449 section 4.3, checks 2 to 5 and 7: everything that the proof alone can tell, but for its signature. `known` is a
 * header that passed before, of the key that is expected: what is equal to it needs no second look.
 */
export function openProof(text: string, allowed: ReadonlySet<string>, known?: ProofHeader): Proof {
  const headerEnd = text.indexOf('.')
  const payloadEnd = text.indexOf('.', headerEnd + 1)
  const headerText = text.slice(0, headerEnd)
  const header = known?.text === headerText ? known : readHeader(headerText, allowed, known)
  const payload = readJsonPart(text.slice(headerEnd + 1, payloadEnd))
  const signature = decodeBase64url(text.slice(payloadEnd + 1))
  if (payload === undefined || signature === undefined) throw new CheckFailed('proof_malformed')
  return {
    header,
    claims: readClaims(payload),
    signingInput: Buffer.from(text.slice(0, payloadEnd), 'latin1'),
    signature,
  }
}

function readHeader(text: string, allowed: ReadonlySet<string>, known: ProofHeader | undefined): ProofHeader {
  const header = readJsonPart(text)
  if (header === undefined) throw new CheckFailed('proof_malformed')
  if (header.typ !== proofType)
    throw new CheckFailed('proof_typ', { name: 'typ', expected: [proofType], received: header.typ })
  if (!isAllowed(header.alg, allowed)) {
    throw new CheckFailed('proof_algorithm', { name: 'alg', expected: allowed, received: header.alg })
  }
  // RFC 7515 section 4.1.11: no extension is understood here, and RFC 7797's b64 changes what is signed.
  refuseParameter(header, 'crit')
  refuseParameter(header, 'b64')
  const key = checkEmbeddedKey(header.jwk, header.alg)
  // The same key is not imported again, whatever else changed beside it.
  return { text, algorithm: header.alg, key: known?.key.jkt === key.jkt ? known.key : key }
}

function refuseParameter(header: Record<string, unknown>, name: string): void {
  if (!Object.hasOwn(header, name)) return
  throw new CheckFailed('proof_header', { name, expected: ['missing'], received: 'present' })
}

function readJsonPart(part: string): Record<string, unknown> | undefined {
  const bytes = decodeBase64url(part)
  return bytes && parseJsonObject(bytes, bounds)
}

function isAllowed(alg: unknown, allowed: ReadonlySet<string>): alg is ProofAlgorithm {
  return typeof alg === 'string' && allowed.has(alg)
}

/** Check 3, except for `nonce`, and whether `ath` is required: that is for the caller to know. */
function readClaims(payload: Record<string, unknown>): ProofClaims {
  const { jti, htm, htu, iat, ath, exp, nbf } = payload
  checkText('jti', jti)
  if (jti.length > maxJtiLength) {
    throw badClaim('jti', `at most ${maxJtiLength} characters`, `${jti.length} characters`)
  }
  checkText('htm', htm)
  checkText('htu', htu)
  checkTime('iat', iat)
  if (ath !== undefined) checkText('ath', ath)
  if (exp !== undefined) checkTime('exp', exp)
  if (nbf !== undefined) checkTime('nbf', nbf)
  return payload as unknown as ProofClaims
}

function checkText(name: string, value: unknown): asserts value is string {
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
