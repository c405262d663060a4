import { readChoiceOption } from '../option-readers.js'
import type { FreshnessPolicy } from './freshness.js'
import { readNonceOption, rejectNonceOption } from './nonce-options.js'

/** How the freshness of proofs is checked. */
export type FreshnessSource = Pick<FreshnessPolicy, 'freshness' | 'nonces'>

/** Shared by `createGuard` and `verifyProof`. `audience` separates servers with the same secrets. */
export function readFreshnessOptions(freshness: unknown, nonce: unknown, audience: string): FreshnessSource {
  const chosen = readChoiceOption('freshness', freshness, 'iat', ['iat', 'nonce', 'both', 'adaptive'])
  if (chosen !== 'iat') return { freshness: chosen, nonces: readNonceOption(nonce, audience) }
  rejectNonceOption(nonce)
  return { freshness: chosen, nonces: undefined }
}
