import { type FailureRule, failures, type ProofResult, type Reason } from '@dpop-guard/core'
import type { Check } from './check.js'

/** The failure table has the order in which a guard makes its checks. */
const order = Object.keys(failures) as readonly Reason[]

/** Whether a guard rejects for this reason before it looks at the signature. */
export function isBeforeSignature(reason: Reason): boolean {
  return order.indexOf(reason) < order.indexOf('proof_signature')
}

/** The reason of a guard's rejection, for everything that failed. Undefined if that is unknown. */
export function reasonGiven(verdict: ProofResult, checks: readonly Check[]): Reason | undefined {
  const ofProof = verdict.verified ? undefined : verdict.reason
  // A guard rejects a token that fails by itself before it looks at the binding. Its tolerance may accept the token.
  const tokenFails = checks.some((check) => check.step === 'token' && check.outcome === 'fail' && !check.reason)
  const known = tokenFails ? checks.filter(({ step }) => step === 'token') : checks
  const reasons = [ofProof, ...known.map(({ reason }) => reason)]
  return order.find((reason) => reasons.includes(reason))
}

/** What a client receives for a reason. */
export function describeReason(reason: Reason): string {
  const { status, error, description }: FailureRule = failures[reason]
  return [`${status}`, error, description && `"${description}"`].filter(Boolean).join(' ')
}

/** The check of RFC 9449 section 4.3 that a reason belongs to. */
export function stepOf(reason: Reason): string | undefined {
  const { step }: FailureRule = failures[reason]
  return step?.check?.toString()
}

/** `RFC 9449 section 4.3, check 9`. */
export function stepDescriptionOf(reason: Reason): string | undefined {
  const { step }: FailureRule = failures[reason]
  if (step === undefined) return undefined
  return `RFC ${step.rfc} section ${step.section}${step.check === undefined ? '' : `, check ${step.check}`}`
}
