import { createPublicKey, hash, type JsonWebKey, type KeyObject } from 'node:crypto'
import { CheckFailed } from '../check-failed.js'
import { decodeBase64url } from '../encoding/base64url.js'
import { isJsonObject, typeName } from '../encoding/json.js'
import { isSameAlgorithm, type ProofAlgorithm, proofAlgorithm } from './algorithms.js'
import { findPrivateMember } from './private-members.js'

/** The required members of a JWK, in the order of RFC 7638 section 3.2. Their values are ASCII. */
type RequiredMembers = Readonly<Record<string, string | undefined>>

/** A well-formed public key from a proof's header. It is imported once, when it is first needed. */
export class EmbeddedKey {
  /** Its RFC 7638 SHA-256 thumbprint, base64url. */
  readonly jkt: string
  readonly members: RequiredMembers
  /** The length of a signature, if it follows from the key (RFC 8017 sections 8.1.2 and 8.2.2). */
  readonly modulusBytes: number | undefined
  #imported: KeyObject | undefined

  constructor(members: RequiredMembers) {
    this.jkt = hash('sha256', JSON.stringify(members), 'base64url')
    this.members = members
    this.modulusBytes = members.n === undefined ? undefined : Buffer.byteLength(members.n, 'base64url')
  }

  /** Throws a {@link CheckFailed} for a key that OpenSSL rejects, such as a point that is not on the curve. */
  get keyObject(): KeyObject {
    this.#imported ??= importKey(this.members)
    return this.#imported
  }
}

function importKey(members: RequiredMembers): KeyObject {
  try {
    return createPublicKey({ key: members as JsonWebKey, format: 'jwk' })
  } catch {
    throw badMember('jwk', 'a point on its curve', 'another point')
  }
}

const rsaModulusBits = { min: 2048, max: 4096 }

/** Exponents of more than 32 bits only make verification slow; 1, 2 and 3 are unsafe. */
const rsaExponentBytes = 4

/**
 * RFC 9449 section 4.3, checks 5 and 7, for the `jwk` header parameter. It must be a public key in canonical spelling, with the
 * type and the curve of `alg`. Does NOT check that an EC point is on its curve: the import does.
 */
export function checkEmbeddedKey(jwk: unknown, alg: ProofAlgorithm): EmbeddedKey {
  const { kty, crv, coordinateBytes } = proofAlgorithm(alg)
  if (!isJsonObject(jwk)) throw badMember('jwk', 'a JWK', typeName(jwk))
  if (jwk.kty !== kty) throw badMember('jwk.kty', kty, jwk.kty)
  if (jwk.crv !== crv) throw badMember('jwk.crv', crv ?? 'missing', jwk.crv)
  const secret = findPrivateMember(jwk)
  if (secret !== undefined) throw badMember(`jwk.${secret}`, 'missing', 'present')
  checkIntendedUse(jwk, alg)
  if (kty === 'RSA') {
    return new EmbeddedKey({ e: requireExponent(jwk.e), kty, n: requireModulus(jwk.n) })
  }
  if (kty === 'AKP') {
    // RFC 9964 section 3: an AKP key states its algorithm, and its thumbprint includes it.
    if (jwk.alg === undefined) throw badMember('jwk.alg', alg, undefined)
    return new EmbeddedKey({ alg, kty, pub: requireCoordinate('pub', jwk.pub, coordinateBytes) })
  }
  const x = requireCoordinate('x', jwk.x, coordinateBytes)
  if (kty === 'OKP') {
    if (isWeakPoint(x)) throw badMember('jwk.x', 'a point of large order, in its one spelling', 'another point')
    return new EmbeddedKey({ crv, kty, x })
  }
  return new EmbeddedKey({ crv, kty, x, y: requireCoordinate('y', jwk.y, coordinateBytes) })
}

/** RFC 7517 sections 4.2 to 4.4: if a key states its use, it must be for verification with this algorithm. */
function checkIntendedUse(jwk: Record<string, unknown>, alg: ProofAlgorithm): void {
  const { use, key_ops: operations, alg: intended } = jwk
  if (use !== undefined && use !== 'sig') throw badMember('jwk.use', 'sig', use)
  if (intended !== undefined && !isSameAlgorithm(alg, intended)) throw badMember('jwk.alg', alg, intended)
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) {
    throw badMember('jwk.key_ops', 'verify', operations)
  }
}

function requireCoordinate(member: 'x' | 'y' | 'pub', value: unknown, length: number | undefined): string {
  if (typeof value === 'string' && decodeBase64url(value)?.length === length) return value
  throw badMember(`jwk.${member}`, `${length} bytes, base64url`, unshown(value))
}

/** The y-coordinates of the points of order 8 or less. Anyone can make signatures that verify with such a key. */
const smallOrderPoints = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
]

/** The field's prime, 2^255 - 19, least significant byte first. A y-coordinate is smaller (RFC 8032 section 5.1.3). */
const notReduced = /^(?:e[d-f]|f.)(?:ff){30}7f$/

/** Whether these 32 bytes in base64url are an Ed25519 key that anyone can sign for, or are not in the spelling of RFC 8032. */
export function isWeakPoint(x: string): boolean {
  const bytes = Buffer.from(x, 'base64url')
  // The highest bit is the sign of the other coordinate.
  bytes.writeUInt8(bytes.readUInt8(31) & 0x7f, 31)
  const y = bytes.toString('hex')
  return smallOrderPoints.includes(y) || notReduced.test(y)
}

function requireModulus(value: unknown): string {
  const bytes = requireInteger('n', value)
  const bits = bytes.length * 8 - Math.clz32(bytes[0] ?? 0) + 24
  const { min, max } = rsaModulusBits
  if (bits < min || bits > max) throw badMember('jwk.n', `${min} to ${max} bits`, `${bits} bits`)
  return bytes.toString('base64url')
}

function requireExponent(value: unknown): string {
  const bytes = requireInteger('e', value)
  const exponent = bytes.length <= rsaExponentBytes ? bytes.readUIntBE(0, bytes.length) : 0
  if (exponent <= 3 || exponent % 2 === 0) {
    throw badMember('jwk.e', `an odd number from 5 to ${2 ** (8 * rsaExponentBytes) - 1}`, 'another number')
  }
  return bytes.toString('base64url')
}

/** Base64urlUInt (RFC 7518 section 2): not empty and no leading zero. */
function requireInteger(member: 'n' | 'e', value: unknown): Buffer {
  const bytes = typeof value === 'string' ? decodeBase64url(value) : undefined
  if (bytes === undefined || bytes.length === 0 || bytes[0] === 0) {
    throw badMember(`jwk.${member}`, 'a Base64urlUInt', unshown(value))
  }
  return bytes
}

/** Describes a part of a key by its type, and never shows it. */
function unshown(value: unknown): string {
  return typeof value === 'string' ? 'another string' : typeName(value)
}

/** RFC 9449 section 4.3, second half of check 12: the proof's key is the key that the access token is bound to. */
export function checkProofKey({ jkt }: EmbeddedKey, bound: string): void {
  if (jkt === bound) return
  throw new CheckFailed('token_key_mismatch', { name: 'jkt', expected: [bound], received: jkt })
}

function badMember(name: string, expected: string, received: unknown): CheckFailed {
  return new CheckFailed('proof_key', { name, expected: [expected], received })
}
