import { readChoiceOption } from '../option-readers.js'
import type { FreshnessPolicy } from './freshness.js'
import { readNonceOption, rejectNonceOption } from './nonce-options.js'

/** Where a proof's freshness comes from. */
export type FreshnessSource = Pick<FreshnessPolicy, 'freshness' | 'nonces'>

/** Shared by `createGuard` and `verifyProof`. `audience` keeps apart servers that have the same secrets. */
export function readFreshnessOptions(freshness: unknown, nonce: unknown, audience: string): FreshnessSource {
  const chosen = readChoiceOption('freshness', freshness, 'iat', ['iat', 'nonce', 'both'])
  if (chosen !== 'iat') return { freshness: chosen, nonces: readNonceOption(nonce, audience) }
  rejectNonceOption(nonce)
  return { freshness: chosen, nonces: undefined }
}
