/**
 * Valid requests between the others. A token that expires, or a server that locks the client out, would make every invalid request
 * look well rejected.
 */
import type { WireAnswer } from '@dpop-guard/testing/internal'
import { errorOf } from './answer-checks.js'
import type { AuditResult, FindingCode } from './finding.js'
import { hintFor } from './hint.js'

/** A valid request follows so many checks, and the last one. */
export const checksBetweenControls = 50

const ofAcceptance: readonly FindingCode[] = ['accepted', 'public-path']

/** Whether the result stands without a control: the server accepted the request, or did not answer at all. */
export function isDecided({ kind, outcome, findings }: AuditResult): boolean {
  if (outcome === 'not run' || findings.some(({ code }) => ofAcceptance.includes(code) || code === 'no-answer'))
    return true
  return kind === 'valid' && !findings.some(({ code }) => code === 'valid-rejected')
}

/** The result, if a later control failed. */
export function withoutControl(result: AuditResult, undecided: string): AuditResult {
  return isDecided(result) ? result : { ...result, outcome: 'not decided', findings: [], undecided }
}

/** Why answers before a control tell nothing. A sentence without any part of the answer. */
export function describeFailedControl(answer: WireAnswer | undefined): string {
  const after = 'a valid request after them was'
  return answer === undefined ? `${after} not answered` : `${after} rejected with ${answer.status}`
}

/** What the user may change, if the server accepted valid requests at first, and rejects them now. */
export function hintForControl(answer: WireAnswer | undefined): string | undefined {
  if (answer === undefined) return 'look whether the server still runs'
  if (errorOf(answer) === 'invalid_token') {
    return 'the access token may have expired: use one that lives longer, or --token-endpoint, or --signing-key'
  }
  if (answer.status === 401 || answer.status === 403) {
    return 'the server may lock out a client after many invalid requests: switch that off for this audit, or use --only'
  }
  return hintFor(answer)
}
