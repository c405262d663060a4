import { readObjectOption, readSecondsOption, readWholeNumberOption } from '../option-readers.js'
import { defaultProofAlgorithms, type ProofAlgorithm, proofAlgorithms, readAlgorithmsOption } from './algorithms.js'
import type { FreshnessPolicy } from './freshness.js'
import type { FreshnessSource } from './freshness-options.js'

/** Which DPoP proofs are accepted (RFC 9449 sections 4.3 and 11.1). */
export interface ProofOptions {
  /**
   * JWS algorithms that clients may sign proofs with. Challenges list them in this order. Default ES256, PS256, Ed25519, EdDSA.
   * ML-DSA-44, ML-DSA-65 and ML-DSA-87 (RFC 9964) need Node.js 24.7 or later, and throw a TypeError elsewhere. Their requests need
   * `--max-http-header-size`.
   */
  algorithms?: readonly ProofAlgorithm[] | undefined
  /** The largest age of a proof, by its `iat`. Seconds, 1 to 3600, default 60. */
  maxAgeSeconds?: number | undefined
  /** How far a client's clock may be ahead of the server's. Seconds, 0 to 3600, default 30. */
  futureToleranceSeconds?: number | undefined
  /**
   * The largest length of a proof. Longer proofs are rejected. Characters, 256 to 65536, default 8192. With ML-DSA-65 or ML-DSA-87,
   * the default is 16384.
   */
  maxLength?: number | undefined
}

/** The checked options. */
export interface ProofPolicy extends FreshnessPolicy {
  readonly algorithms: ReadonlySet<ProofAlgorithm>
  readonly maxLength: number
}

export const proofOptionNames = [
  'algorithms',
  'maxAgeSeconds',
  'futureToleranceSeconds',
  'maxLength',
] satisfies (keyof ProofOptions)[]

/** Reads the option `proof` of a guard. */
export function readProofOption(value: unknown): Omit<ProofPolicy, keyof FreshnessSource> {
  return readProofOptions(value === undefined ? {} : readObjectOption('proof', value, proofOptionNames), 'proof.')
}

/** A proof has its key and its signature, which take 7723 characters for ML-DSA-65 and 10778 for ML-DSA-87. */
function defaultMaxLength(algorithms: readonly ProofAlgorithm[]): number {
  return algorithms.includes('ML-DSA-65') || algorithms.includes('ML-DSA-87') ? 16_384 : 8192
}

/** Shared by `createGuard` and `verifyProof`. Errors put `prefix` before the name of each option. */
export function readProofOptions(
  options: Record<string, unknown>,
  prefix: '' | 'proof.',
): Omit<ProofPolicy, keyof FreshnessSource> {
  const { algorithms, maxAgeSeconds, futureToleranceSeconds, maxLength } = options
  const allAlgorithms = Object.keys(proofAlgorithms) as ProofAlgorithm[]
  const chosen = readAlgorithmsOption(`${prefix}algorithms`, algorithms, defaultProofAlgorithms, allAlgorithms)
  return {
    algorithms: new Set(chosen),
    maxAgeSeconds: readSecondsOption(`${prefix}maxAgeSeconds`, maxAgeSeconds, 60, { min: 1, max: 3600 }),
    futureToleranceSeconds: readSecondsOption(`${prefix}futureToleranceSeconds`, futureToleranceSeconds, 30, {
      min: 0,
      max: 3600,
    }),
    maxLength: readWholeNumberOption(`${prefix}maxLength`, maxLength, defaultMaxLength(chosen), {
      min: 256,
      max: 65_536,
    }),
  }
}
