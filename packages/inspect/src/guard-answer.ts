import { failures, type ProofResult, type Reason } from '@dpop-guard/core'
import type { Check } from './check.js'

/** What comes before the signature in a guard, in its order, and keeps it from being looked at. */
export const beforeSignature: readonly Reason[] = [
  'authorization_repeated',
  'authorization_ambiguous',
  'proof_without_token',
  'credentials_missing',
  'scheme_unsupported',
  'authorization_malformed',
  'proof_missing',
  'proof_repeated',
  'proof_too_long',
  'token_unbound',
  'proof_malformed',
  'proof_typ',
  'proof_algorithm',
  'proof_header',
  'proof_key',
  'proof_claims',
  'token_key_mismatch',
]

/** The reason that a guard gives for all that failed; undefined where it is not known. */
export function reasonGiven(verdict: ProofResult, checks: readonly Check[]): Reason | undefined {
  const ofProof = verdict.verified ? undefined : verdict.reason
  // A token that fails by itself, perhaps within a guard's tolerance, is refused before its binding is looked at.
  const tokenFails = checks.some((check) => check.step === 'token' && check.outcome === 'fail' && !check.reason)
  const known = tokenFails ? checks.filter(({ step }) => step === 'token') : checks
  const reasons = [ofProof, ...known.map(({ reason }) => reason)]
  return beforeSignature.find((reason) => reasons.includes(reason)) ?? ofProof
}

/** What clients are told of a reason. */
export function describeReason(reason: Reason): string {
  const { status, error, description }: { status: number; error?: string; description?: string } = failures[reason]
  return [`${status}`, error, description && `"${description}"`].filter(Boolean).join(' ')
}

/** The check that a reason belongs to. */
export function stepOf(reason: Reason): string | undefined {
  return stepsByReason[reason]
}

const stepsByReason: Partial<Record<Reason, string>> = {
  proof_missing: '1',
  proof_repeated: '1',
  proof_too_long: '2',
  proof_malformed: '2',
  proof_header: '2',
  proof_claims: '3',
  proof_typ: '4',
  proof_algorithm: '5',
  proof_signature: '6',
  proof_key: '7',
  proof_htm: '8',
  target_not_uri: '9',
  proof_htu: '9',
  nonce_missing: '10',
  nonce_not_accepted: '10',
  proof_expired: '11',
  proof_from_future: '11',
  proof_ath: '12',
}
