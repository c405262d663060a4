import { readObjectOption, readSecondsOption, readSubsetOption, readWholeNumberOption } from '../option-readers.js'
import { defaultProofAlgorithms, type ProofAlgorithm, proofAlgorithms } from './algorithms.js'
import type { FreshnessPolicy } from './freshness.js'
import type { FreshnessSource } from './freshness-options.js'

/** Which DPoP proofs are accepted (RFC 9449 sections 4.3 and 11.1). */
export interface ProofOptions {
  /**
   * JWS algorithms that clients may sign proofs with. Challenges list them in this order. Default ES256, PS256, Ed25519, EdDSA.
   */
  algorithms?: readonly ProofAlgorithm[] | undefined
  /** The largest age of a proof, by its `iat`. Seconds, 1 to 3600, default 60. */
  maxAgeSeconds?: number | undefined
  /** How far a client's clock may be ahead of the server's. Seconds, 0 to 3600, default 30. */
  futureToleranceSeconds?: number | undefined
  /** The largest length of a proof. Longer proofs are rejected. Characters, 256 to 65536, default 8192. */
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

/** Shared by `createGuard` and `verifyProof`. Errors put `prefix` before the name of each option. */
export function readProofOptions(
  options: Record<string, unknown>,
  prefix: '' | 'proof.',
): Omit<ProofPolicy, keyof FreshnessSource> {
  const { algorithms, maxAgeSeconds, futureToleranceSeconds, maxLength } = options
  const allAlgorithms = Object.keys(proofAlgorithms) as ProofAlgorithm[]
  return {
    algorithms: new Set(readSubsetOption(`${prefix}algorithms`, algorithms, defaultProofAlgorithms, allAlgorithms)),
    maxAgeSeconds: readSecondsOption(`${prefix}maxAgeSeconds`, maxAgeSeconds, 60, { min: 1, max: 3600 }),
    futureToleranceSeconds: readSecondsOption(`${prefix}futureToleranceSeconds`, futureToleranceSeconds, 30, {
      min: 0,
      max: 3600,
    }),
    maxLength: readWholeNumberOption(`${prefix}maxLength`, maxLength, 8192, { min: 256, max: 65_536 }),
  }
}
