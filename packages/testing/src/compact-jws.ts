/** Makes a compact JWS with node:crypto, well formed or malformed on purpose. It checks nothing. */
import { constants, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import type { KeyPair } from './jwk.js'

/** A string or bytes are the exact JSON; an object is serialised. */
export type JsonPart = string | object | Buffer

export interface RsaOptions {
  /** Bits. Default 2048. */
  modulusLength?: number | undefined
  /** Default 65537. */
  publicExponent?: number | undefined
}

type Signer = (input: Buffer, privateKey: KeyObject) => Buffer

const ecdsa =
  (digest: string): Signer =>
  (input, key) =>
    sign(digest, input, { key, dsaEncoding: 'ieee-p1363' })

const signers = {
  ES256: ecdsa('sha256'),
  ES384: ecdsa('sha384'),
  ES512: ecdsa('sha512'),
  PS256: (input, key) => {
    const padding = constants.RSA_PKCS1_PSS_PADDING
    return sign('sha256', input, { key, padding, saltLength: constants.RSA_PSS_SALTLEN_DIGEST })
  },
  RS256: (input, key) => sign('sha256', input, key),
  Ed25519: (input, key) => sign(null, input, key),
  EdDSA: (input, key) => sign(null, input, key),
  'ML-DSA-44': (input, key) => sign(null, input, key),
  'ML-DSA-65': (input, key) => sign(null, input, key),
  'ML-DSA-87': (input, key) => sign(null, input, key),
} satisfies Record<string, Signer>

/** ML-DSA (RFC 9964) needs Node.js 24.7 or later. */
export type SignatureAlgorithm = keyof typeof signers

/**
 * Signs exactly the bytes of `header` and `payload`. `alg` chooses how to sign, independent of the header, and the key only
 * needs the right type: an ES256 signature on P-384 is possible.
 */
export function signCompact(parts: {
  alg: SignatureAlgorithm
  privateKey: KeyObject
  header: JsonPart
  payload: JsonPart
}): string {
  return signInput(parts.alg, parts.privateKey, signingInput(parts.header, parts.payload))
}

/** The same for a complete signing input. */
export function signInput(alg: SignatureAlgorithm, privateKey: KeyObject, input: string): string {
  return `${input}.${signers[alg](Buffer.from(input), privateKey).toString('base64url')}`
}

/** The first two parts of a compact JWS, for signatures that `signCompact` does not make (none, HMAC). */
export function signingInput(header: JsonPart, payload: JsonPart): string {
  return `${encodePart(header)}.${encodePart(payload)}`
}

function encodePart(part: JsonPart): string {
  const bytes = typeof part === 'string' || Buffer.isBuffer(part) ? part : JSON.stringify(part)
  return Buffer.from(bytes).toString('base64url')
}

/** A new key pair for `alg`. Other key types ignore the RSA options. Throws a TypeError if the runtime does not have `alg`. */
export function generateSigningKey(alg: SignatureAlgorithm, options: RsaOptions = {}): KeyPair {
  return copyKeyPair(generateKeyPair(alg, options))
}

/**
 * Copies a key pair that was just made. Node 20 may wait for itself forever when such a key is exported as a JWK, if the garbage
 * collector lets go of the job that made it in that moment.
 */
export function copyKeyPair({ privateKey: generated }: KeyPair): KeyPair {
  // SEC 1 is read several times faster than PKCS #8, but has only keys for ECDSA.
  const type = generated.asymmetricKeyType === 'ec' ? 'sec1' : 'pkcs8'
  const privateKey = createPrivateKey({ key: generated.export({ type, format: 'der' }), type, format: 'der' })
  return { privateKey, publicKey: createPublicKey(privateKey) }
}

function generateKeyPair(alg: SignatureAlgorithm, options: RsaOptions): KeyPair {
  switch (alg) {
    case 'ES256':
      return generateKeyPairSync('ec', { namedCurve: 'P-256' })
    case 'ES384':
      return generateKeyPairSync('ec', { namedCurve: 'P-384' })
    case 'ES512':
      return generateKeyPairSync('ec', { namedCurve: 'P-521' })
    case 'PS256':
    case 'RS256': {
      const { modulusLength = 2048, publicExponent = 65537 } = options
      return generateKeyPairSync('rsa', { modulusLength, publicExponent })
    }
    case 'Ed25519':
    case 'EdDSA':
      return generateKeyPairSync('ed25519')
    case 'ML-DSA-44':
    case 'ML-DSA-65':
    case 'ML-DSA-87':
      return generateMlDsaKeyPair(alg)
  }
}

/** The types of Node 20 have no names for these keys. */
function generateMlDsaKeyPair(alg: 'ML-DSA-44' | 'ML-DSA-65' | 'ML-DSA-87'): KeyPair {
  const generate = generateKeyPairSync as unknown as (type: string) => KeyPair
  try {
    return generate(alg.toLowerCase())
  } catch (cause) {
    throw new TypeError(`dpop-guard: "alg" needs a runtime that has ${alg}, such as Node.js 24.7 and later`, { cause })
  }
}
