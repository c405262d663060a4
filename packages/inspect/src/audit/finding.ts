import type { RfcStep } from '@dpop-guard/core'
import type { RecordedExchange } from './exchange.js'
import type { AuditRow } from './row.js'
import type { Severity } from './severity.js'

/** One thing that a server does differently from an RFC, or from a guard of this repository. */
export interface Finding {
  readonly severity: Severity
  /** The same for every request with this finding, so that reports can group them. */
  readonly code: FindingCode
  /** A sentence, without any part of an answer. */
  readonly text: string
  readonly step?: RfcStep | undefined
}

export type FindingCode =
  | 'accepted'
  | 'valid-rejected'
  | 'no-answer'
  | 'server-error'
  | 'other-status'
  | 'other-error'
  | 'first-rejected'
  | 'public-path'
  | 'challenge-missing'
  | 'challenge-malformed'
  | 'challenge-without-dpop'
  | 'challenge-without-algs'
  | 'challenge-algs'
  | 'challenge-bearer-empty'
  | 'error-without-credentials'
  | 'error-in-other-scheme'
  | 'nonce-count'
  | 'nonce-syntax'
  | 'nonce-cacheable'
  | 'proxy-authenticate'
  | 'token-echoed'

/**
 * The worst finding of a request; `passed` if there is no finding. `not decided`: rejected, but a valid request that was sent later
 * was rejected too, so that the rejection tells nothing.
 */
export type Outcome = Severity | 'passed' | 'not decided' | 'not run'

/** What the audit found out with one request. */
export interface AuditResult extends Pick<AuditRow, 'name' | 'description' | 'kind' | 'step' | 'severity'> {
  readonly outcome: Outcome
  readonly findings: readonly Finding[]
  /** Why the request was not sent, or what it would take. */
  readonly needs?: string
  /** Why its answer tells nothing. */
  readonly undecided?: string
  /** The last one decides. */
  readonly exchanges: readonly RecordedExchange[]
}

export const wasRun = ({ outcome }: AuditResult) => outcome !== 'not run'

const worst: readonly Severity[] = ['must reject', 'should answer so', 'information']

export function outcomeOf(findings: readonly Finding[]): Outcome {
  return worst.find((severity) => findings.some((finding) => finding.severity === severity)) ?? 'passed'
}

/** Why answers tell nothing, and whose. */
export function groupUndecided(results: readonly AuditResult[]): Map<string, AuditResult[]> {
  const groups = new Map<string, AuditResult[]>()
  for (const result of results) {
    if (result.undecided === undefined) continue
    groups.set(result.undecided, [...(groups.get(result.undecided) ?? []), result])
  }
  return groups
}

/** What requests that were not run would take, and how many requests each of it would run. Settings are one entry. */
export function groupNeeds(results: readonly AuditResult[], stopped: string | undefined): Map<string, AuditResult[]> {
  const needs = new Map<string, AuditResult[]>()
  const settings = new Map<string, number>()
  const ofSettings: AuditResult[] = []
  for (const result of results) {
    if (result.needs === undefined || result.needs === stopped) continue
    const [, setting] = /--setting "(.+)"$/.exec(result.needs) ?? []
    if (setting === undefined) needs.set(result.needs, [...(needs.get(result.needs) ?? []), result])
    else {
      settings.set(setting, (settings.get(setting) ?? 0) + 1)
      ofSettings.push(result)
    }
  }
  if (ofSettings.length > 0) {
    const names = [...settings].map(([name, count]) => `${name} (${count})`)
    needs.set(`an API with another configuration, named by --setting: ${names.join(', ')}`, ofSettings)
  }
  return needs
}

/** `RFC 9449 section 4.3 (12)`. */
export function describeStep(step: RfcStep | undefined): string {
  if (step === undefined) return ''
  const { rfc, section, check } = step
  return `RFC ${rfc} section ${section}${check === undefined ? '' : ` (${check})`}`
}
