import { constants, createPublicKey, type JsonWebKey } from 'node:crypto'
import { conflictingOptions, readSubsetOption } from '../option-readers.js'

/** The key type, the curve and the signature form of one JWS algorithm. One key has one algorithm (RFC 8725 section 3.1). */
export interface Algorithm {
  readonly kty: 'EC' | 'RSA' | 'OKP' | 'AKP'
  readonly crv?: string
  /** Length of each coordinate of the public key, or of a whole AKP key. */
  readonly coordinateBytes?: number
  /** Null if the algorithm itself hashes. */
  readonly digest: 'sha256' | 'sha384' | 'sha512' | null
  /** Undefined if it follows from the key (RSA). */
  readonly signatureBytes?: number
  /** Time to verify on one core: less than 50 us, about 100 us, or 150 us and more. Decides which thread verifies. */
  readonly verification: 'quick' | 'moderate' | 'slow'
  readonly verifyOptions: {
    readonly dsaEncoding?: 'ieee-p1363'
    readonly padding?: number
    readonly saltLength?: number
  }
}

const ecdsa = { kty: 'EC', verifyOptions: { dsaEncoding: 'ieee-p1363' } } as const
const rsa = { kty: 'RSA', digest: 'sha256', verification: 'quick' } as const
const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST } as const
const pkcs1 = { padding: constants.RSA_PKCS1_PADDING } as const
const ed25519 = {
  kty: 'OKP',
  crv: 'Ed25519',
  coordinateBytes: 32,
  digest: null,
  signatureBytes: 64,
  verification: 'moderate',
  verifyOptions: {},
} as const

/** FIPS 204, table 2. A signature is verified without a context (RFC 9964 section 4). */
const mlDsa = (coordinateBytes: number, signatureBytes: number, verification: 'moderate' | 'slow') =>
  ({ kty: 'AKP', coordinateBytes, digest: null, signatureBytes, verification, verifyOptions: {} }) as const

/** ML-DSA (RFC 9964). Not every runtime has it. */
const postQuantumAlgorithms = {
  'ML-DSA-44': mlDsa(1312, 2420, 'moderate'),
  'ML-DSA-65': mlDsa(1952, 3309, 'slow'),
  'ML-DSA-87': mlDsa(2592, 4627, 'slow'),
} as const satisfies Record<string, Algorithm>

/** Every algorithm that options can allow for proofs. `none` and MACs have no row, so no option can allow them. */
export const proofAlgorithms = {
  ES256: {
    ...ecdsa,
    crv: 'P-256',
    coordinateBytes: 32,
    digest: 'sha256',
    signatureBytes: 64,
    verification: 'moderate',
  },
  ES384: { ...ecdsa, crv: 'P-384', coordinateBytes: 48, digest: 'sha384', signatureBytes: 96, verification: 'slow' },
  ES512: { ...ecdsa, crv: 'P-521', coordinateBytes: 66, digest: 'sha512', signatureBytes: 132, verification: 'slow' },
  PS256: { ...rsa, verifyOptions: pss },
  RS256: { ...rsa, verifyOptions: pkcs1 },
  Ed25519: ed25519,
  EdDSA: ed25519,
  ...postQuantumAlgorithms,
} as const satisfies Record<string, Algorithm>

/** Every algorithm that access tokens may be signed with. */
export const tokenAlgorithms = {
  ES256: proofAlgorithms.ES256,
  ES384: proofAlgorithms.ES384,
  ES512: proofAlgorithms.ES512,
  PS256: proofAlgorithms.PS256,
  PS384: { ...rsa, digest: 'sha384', verifyOptions: pss },
  PS512: { ...rsa, digest: 'sha512', verifyOptions: pss },
  RS256: proofAlgorithms.RS256,
  RS384: { ...rsa, digest: 'sha384', verifyOptions: pkcs1 },
  RS512: { ...rsa, digest: 'sha512', verifyOptions: pkcs1 },
  Ed25519: ed25519,
  EdDSA: ed25519,
  ...postQuantumAlgorithms,
} as const satisfies Record<string, Algorithm>

/** A JWS algorithm an access token may be signed with. Asymmetric only: a MAC key cannot come from a public key set. */
export type TokenAlgorithm = keyof typeof tokenAlgorithms

/** A JWS algorithm a proof may be signed with. `EdDSA` means Ed25519 only. */
export type ProofAlgorithm = keyof typeof proofAlgorithms

export const defaultProofAlgorithms = [
  'ES256',
  'PS256',
  'Ed25519',
  'EdDSA',
] as const satisfies readonly ProofAlgorithm[]

/** Access tokens may be signed with these, unless an option says otherwise. */
export const defaultTokenAlgorithms = (Object.keys(tokenAlgorithms) as TokenAlgorithm[]).filter(
  (name) => !isPostQuantum(name),
)

export function isPostQuantum(name: string): boolean {
  return Object.hasOwn(postQuantumAlgorithms, name)
}

/** Whether this runtime verifies ML-DSA. Node.js does from 24.7 on. */
export function runtimeHas(name: keyof typeof postQuantumAlgorithms): boolean {
  const pub = Buffer.alloc(postQuantumAlgorithms[name].coordinateBytes).toString('base64url')
  try {
    createPublicKey({ key: { kty: 'AKP', alg: name, pub } as JsonWebKey, format: 'jwk' })
    return true
  } catch {
    return false
  }
}

/** Reads a list of algorithms. One that this runtime cannot verify throws a TypeError at once, not at the first request. */
export function readAlgorithmsOption<Name extends string>(
  name: string,
  value: unknown,
  fallback: readonly Name[],
  choices: readonly Name[],
): readonly Name[] {
  const chosen = readSubsetOption(name, value, fallback, choices)
  for (const algorithm of Object.keys(postQuantumAlgorithms) as (keyof typeof postQuantumAlgorithms)[]) {
    if (chosen.some((one) => one === algorithm) && !runtimeHas(algorithm)) {
      throw conflictingOptions(name, `a runtime that has ${algorithm}, such as Node.js 24.7 and later`)
    }
  }
  return chosen
}

export function proofAlgorithm(name: ProofAlgorithm): Algorithm {
  return proofAlgorithms[name]
}

/** Whether two names mean one algorithm: Ed25519 has two (RFC 9864). `other` is untrusted. */
export function isSameAlgorithm(name: ProofAlgorithm, other: unknown): boolean {
  if (typeof other !== 'string' || !Object.hasOwn(proofAlgorithms, other)) return false
  return proofAlgorithms[other as ProofAlgorithm] === proofAlgorithms[name]
}
