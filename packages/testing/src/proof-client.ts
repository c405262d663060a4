import { createHash, createPublicKey, type KeyObject, randomUUID } from 'node:crypto'
import { systemClock } from './clock.js'
import { generateSigningKey, type RsaOptions, type SignatureAlgorithm, signCompact } from './compact-jws.js'
import type { Jwk, KeyPair } from './jwk.js'

/** The parts of a proof. */
export interface ProofParts {
  /** Becomes `htm`. */
  method: string
  /** Becomes `htu`, unchanged. */
  url: string
  /** Seconds; becomes `iat`. Default: the client's clock. `claims: { iat: undefined }` leaves `iat` out. */
  now?: number | undefined
  /** Adds its `ath`. */
  accessToken?: string | undefined
  nonce?: string | undefined
  /** Default random. */
  jti?: string | undefined
  /** Merged over the header; `undefined` removes a member. */
  header?: Record<string, unknown> | undefined
  /** Merged over the claims; `undefined` removes a member. */
  claims?: Record<string, unknown> | undefined
}

/** A client's key, and the proofs it signs: valid, or invalid on purpose. It checks nothing. */
export interface ProofClient {
  alg: SignatureAlgorithm
  privateKey: KeyObject
  publicKey: KeyObject
  /** Public members only. */
  jwk: Jwk
  /** RFC 7638 SHA-256 thumbprint of `jwk`. */
  jkt: string
  /** A DPoP proof (RFC 9449 section 4.2), always signed with `alg` and `privateKey`. */
  proof(parts: ProofParts): string
}

export interface ProofClientOptions extends RsaOptions {
  /** Seconds since the epoch. Default: the system clock. */
  clock?: (() => number) | undefined
}

/** A client with a new key. RSA clients with the same options share a key, because it is slow to make. */
export function createProofClient(alg: SignatureAlgorithm = 'ES256', options: ProofClientOptions = {}): ProofClient {
  const { privateKey } = alg === 'PS256' || alg === 'RS256' ? sharedRsaKey(options) : generateSigningKey(alg)
  return proofClientOf(privateKey, alg, options.clock)
}

/** A client with this key, which must have the type that `alg` needs. */
export function proofClientOf(privateKey: KeyObject, alg: SignatureAlgorithm, clock = systemClock): ProofClient {
  const publicKey = createPublicKey(privateKey)
  const jwk = publicKey.export({ format: 'jwk' })
  return {
    alg,
    privateKey,
    publicKey,
    jwk,
    jkt: jwkThumbprint(jwk),
    proof(parts) {
      // JSON has no undefined: such an override removes its member.
      const header = { typ: 'dpop+jwt', alg, jwk, ...parts.header }
      const payload = {
        jti: parts.jti ?? randomUUID(),
        htm: parts.method,
        htu: parts.url,
        iat: parts.now ?? Math.floor(clock()),
        ath: parts.accessToken === undefined ? undefined : accessTokenHash(parts.accessToken),
        nonce: parts.nonce,
        ...parts.claims,
      }
      return signCompact({ alg, privateKey, header, payload })
    },
  }
}

const rsaKeys = new Map<string, KeyPair>()

function sharedRsaKey({ modulusLength = 2048, publicExponent = 65537 }: RsaOptions): KeyPair {
  const name = `${modulusLength} ${publicExponent}`
  const key = rsaKeys.get(name) ?? generateSigningKey('RS256', { modulusLength, publicExponent })
  rsaKeys.set(name, key)
  return key
}

/** The value of `ath`: base64url of SHA-256 (RFC 9449 section 4.2). */
export function accessTokenHash(token: string): string {
  return createHash('sha256').update(token, 'latin1').digest('base64url')
}

// RFC 7638 section 3.2 and RFC 8037 section 2, in lexicographic order.
const requiredMembers: Partial<Record<string, string[]>> = {
  AKP: ['alg', 'kty', 'pub'],
  EC: ['crv', 'kty', 'x', 'y'],
  OKP: ['crv', 'kty', 'x'],
  RSA: ['e', 'kty', 'n'],
}

/** RFC 7638 SHA-256 thumbprint. */
export function jwkThumbprint(jwk: Jwk): string {
  const members = requiredMembers[jwk.kty ?? '']
  if (members === undefined) throw new TypeError(`no thumbprint for a key of type ${jwk.kty}`)
  const canonical = JSON.stringify(Object.fromEntries(members.map((name) => [name, jwk[name]])))
  return createHash('sha256').update(canonical).digest('base64url')
}
