import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import { createLocalJWKSet, type JWK, type JWTVerifyGetKey } from 'jose'
import { decodeBase64url } from '../encoding/base64url.js'
import { isJsonObject } from '../encoding/json.js'
import { runtimeHas } from '../proof/algorithms.js'
import { isWeakPoint } from '../proof/embedded-key.js'
import { findPrivateMember } from '../proof/private-members.js'

/** A JWK Set (RFC 7517 section 5), reduced to the keys that can verify signatures of access tokens. */
export interface KeySet {
  /** Finds the key for a token's header. */
  readonly find: JWTVerifyGetKey
  /** The skipped keys, one entry for each. */
  readonly skipped: readonly SkippedKey[]
  readonly usableKeys: number
}

/** Why a member of `keys` is not used. Has the position of the member, and none of its content. */
export interface SkippedKey {
  readonly index: number
  readonly why: WhySkipped
}

export type WhySkipped =
  | 'not an object'
  | 'not public'
  | 'not for signatures'
  | 'of an unknown type'
  | 'weak'
  | 'malformed'

/** The values that `alg` may have, by `kty` and `crv`. */
const keyTypes = {
  'EC P-256': ['ES256'],
  'EC P-384': ['ES384'],
  'EC P-521': ['ES512'],
  'OKP Ed25519': ['Ed25519', 'EdDSA'],
  AKP: ['ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87'],
  RSA: ['PS256', 'PS384', 'PS512', 'RS256', 'RS384', 'RS512'],
} as const satisfies Record<string, readonly string[]>

const minRsaBits = 2048

/** OpenSSL does not verify with larger keys. */
const maxRsaBits = 16_384

/**
 * Reads a key set, and skips the keys that cannot be used (RFC 7517 section 5). One broken key must not make the others useless.
 * An untrusted client that names the broken key must not cause an outage. Does NOT check certificates (`x5c`). `keys` is the
 * member of that name in a document. Undefined if it is not a list.
 */
export function parseKeySet(keys: unknown): KeySet | undefined {
  if (!Array.isArray(keys)) return undefined
  const usable: JWK[] = []
  const skipped: SkippedKey[] = []
  for (const [index, key] of [...(keys as unknown[])].entries()) {
    const read = parseKey(key)
    if (typeof read === 'string') skipped.push({ index, why: read })
    else usable.push(read)
  }
  return { find: createLocalJWKSet({ keys: usable }), skipped, usableKeys: usable.length }
}

/** Rebuilds a key from the members that matter, so that no other member can make jose or WebCrypto reject it. */
function parseKey(jwk: unknown): JWK | WhySkipped {
  if (!isJsonObject(jwk)) return 'not an object'
  if (findPrivateMember(jwk) !== undefined) return 'not public'
  const { kty, crv, use, key_ops: operations, alg, kid } = jwk
  const algorithms = algorithmsOf(kty, crv)
  if (algorithms === undefined || algorithms.length === 0) return 'of an unknown type'
  if (use !== undefined && use !== 'sig') return 'not for signatures'
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) {
    return 'not for signatures'
  }
  // An AKP key states its algorithm (RFC 9964 section 3).
  if ((alg !== undefined || kty === 'AKP') && !algorithms.includes(alg)) return 'not for signatures'
  // Not even imported: on Node 24 and 26 it leaves an error, which the next private key that the process reads throws.
  if (kty === 'RSA' && modulusBytes(jwk.n) > maxRsaBits / 8) return 'weak'
  const key = importKey(jwk)
  if (key === undefined) return 'malformed'
  const clean = key.export({ format: 'jwk' })
  if (isWeak(key, clean)) return 'weak'
  return {
    ...(clean as JWK),
    ...(typeof kid === 'string' ? { kid } : {}),
    // Only an RSA key can have one of several algorithms. Ed25519 has two names for one (RFC 9864).
    ...(kty === 'RSA' && typeof alg === 'string' ? { alg } : {}),
  }
}

function algorithmsOf(kty: unknown, crv: unknown): readonly unknown[] | undefined {
  if (kty === 'RSA') return keyTypes.RSA
  if (kty === 'AKP') return keyTypes.AKP.filter(runtimeHas)
  const type = typeof kty === 'string' && typeof crv === 'string' ? `${kty} ${crv}` : ''
  return Object.hasOwn(keyTypes, type) ? keyTypes[type as keyof typeof keyTypes] : undefined
}

/** The members whose values are base64url (RFC 7518 section 6). Node ignores other characters in them. */
const encodedMembers = { AKP: ['pub'], EC: ['x', 'y'], OKP: ['x'], RSA: ['n', 'e'] } as const satisfies Record<
  string,
  readonly string[]
>

function importKey(jwk: Record<string, unknown>): KeyObject | undefined {
  const { kty, crv, x, y, n, e, alg, pub } = jwk
  const encoded = encodedMembers[kty as keyof typeof encodedMembers]
  if (!encoded.every((name) => isBase64url(jwk[name]))) return undefined
  try {
    const members = kty === 'AKP' ? { kty, alg, pub } : { kty, crv, x, y, n, e }
    return createPublicKey({ key: members as JsonWebKey, format: 'jwk' })
  } catch {
    return undefined
  }
}

function isBase64url(value: unknown): boolean {
  return typeof value === 'string' && decodeBase64url(value) !== undefined
}

/** Without leading zeros. */
function modulusBytes(n: unknown): number {
  const bytes = (typeof n === 'string' && decodeBase64url(n)) || Buffer.alloc(0)
  const first = bytes.findIndex((byte) => byte !== 0)
  return first === -1 ? 0 : bytes.length - first
}

function isWeak({ asymmetricKeyDetails: details }: KeyObject, { kty, x = '', n = '' }: JsonWebKey): boolean {
  if (kty === 'OKP') return isWeakPoint(x)
  const { modulusLength: bits, publicExponent: exponent } = details ?? {}
  if (bits === undefined || exponent === undefined) return false
  const isOdd = (Buffer.from(n, 'base64url').at(-1) ?? 0) % 2 === 1
  return !isOdd || bits < minRsaBits || exponent < 3n || exponent % 2n === 0n || exponent >= 2n ** 32n
}

/** For operators: the skipped keys, and none of their content. */
export function describeSkipped(skipped: readonly SkippedKey[]): string {
  const shown = skipped.slice(0, 8).map(({ index, why }) => `keys[${index}] is ${why}`)
  return [...shown, ...(skipped.length > shown.length ? ['...'] : [])].join(', ')
}
