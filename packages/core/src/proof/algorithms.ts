import { constants } from 'node:crypto'

/** How one JWS algorithm is pinned to a key type, a curve and a signature form. One key, one algorithm (RFC 8725 section 3.1). */
interface Algorithm {
  readonly kty: 'EC' | 'RSA' | 'OKP'
  readonly crv?: string
  /** Length of each coordinate of the public key. */
  readonly coordinateBytes?: number
  /** Null where the scheme hashes by itself. */
  readonly digest: 'sha256' | 'sha384' | 'sha512' | null
  /** Undefined where it follows from the key (RSA). */
  readonly signatureBytes?: number
  readonly verifyOptions: {
    readonly dsaEncoding?: 'ieee-p1363'
    readonly padding?: number
    readonly saltLength?: number
  }
}

const ecdsa = { dsaEncoding: 'ieee-p1363' } as const
const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST } as const
const pkcs1 = { padding: constants.RSA_PKCS1_PADDING } as const
const ed25519 = {
  kty: 'OKP',
  crv: 'Ed25519',
  coordinateBytes: 32,
  digest: null,
  signatureBytes: 64,
  verifyOptions: {},
} as const

/** Every algorithm that can be allowed for proofs. `none` and MACs have no row, so no option can let them in. */
export const proofAlgorithms = {
  ES256: { kty: 'EC', crv: 'P-256', coordinateBytes: 32, digest: 'sha256', signatureBytes: 64, verifyOptions: ecdsa },
  ES384: { kty: 'EC', crv: 'P-384', coordinateBytes: 48, digest: 'sha384', signatureBytes: 96, verifyOptions: ecdsa },
  ES512: { kty: 'EC', crv: 'P-521', coordinateBytes: 66, digest: 'sha512', signatureBytes: 132, verifyOptions: ecdsa },
  PS256: { kty: 'RSA', digest: 'sha256', verifyOptions: pss },
  RS256: { kty: 'RSA', digest: 'sha256', verifyOptions: pkcs1 },
  Ed25519: ed25519,
  EdDSA: ed25519,
} as const satisfies Record<string, Algorithm>

/** A JWS algorithm a proof may be signed with. `EdDSA` means Ed25519 only. */
export type ProofAlgorithm = keyof typeof proofAlgorithms

export const defaultProofAlgorithms = [
  'ES256',
  'PS256',
  'Ed25519',
  'EdDSA',
] as const satisfies readonly ProofAlgorithm[]

export function proofAlgorithm(name: ProofAlgorithm): Algorithm {
  return proofAlgorithms[name]
}
