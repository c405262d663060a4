import { type FailureRule, failures } from '@dpop-guard/core'
import { conditionalInvalidRequests, type InvalidRequest, invalidRequests } from '@dpop-guard/testing/invalid-requests'
import type { AuditRow } from './row.js'
import { severityOf } from './severity.js'
import { validRows } from './valid-requests.js'

/** Every request of the audit: the valid ones first, then the invalid ones in the order of the checks of a guard. */
export function auditRows(): readonly AuditRow[] {
  const order = Object.keys(failures)
  const named = Object.entries({ ...invalidRequests, ...conditionalInvalidRequests })
    .map(([name, request]) => invalidRow(name, request))
    .sort((one, other) => positionOf(one) - positionOf(other))
  return [...validRows, ...named.filter(isFirst), sameProofAtOnce, ...named.filter((row) => !isFirst(row))]

  function positionOf({ expected }: AuditRow): number {
    return order.indexOf(expected?.reason ?? '')
  }
}

/** It tells how the server answers without credentials, which the judgement of others builds on. */
const isFirst = ({ name }: AuditRow) => name === 'credentials-missing'

function invalidRow(name: string, request: InvalidRequest): AuditRow {
  const { description, expected, setting, answeredBy, onlyByFetch, mutate } = request
  const { step }: FailureRule = failures[expected.reason]
  const severity = severityOf(name, expected.reason)
  const answeredEarly = answeredBy !== undefined || onlyByFetch === true
  return { name, description, kind: 'invalid', step, severity, expected, setting, answeredEarly, mutate }
}

/** How many copies of one proof are sent at once. */
export const copiesAtOnce = 20

const { step } = failures.proof_replayed

const sameProofAtOnce: AuditRow = {
  name: 'same-proof-at-once',
  description: `the same proof in ${copiesAtOnce} requests at once`,
  kind: 'replays',
  step,
  severity: 'should answer so',
  expected: { ...failures.proof_replayed, reason: 'proof_replayed' },
  mutate: () => ({}),
}

/** Whether a name matches a pattern of `--only`: the name itself, or with `*` for any characters. */
export function matchesName(name: string, pattern: string): boolean {
  const [first = '', ...rest] = pattern.split('*')
  if (rest.length === 0) return name === pattern
  if (!name.startsWith(first)) return false
  let from = first.length
  for (const part of rest.slice(0, -1)) {
    const at = name.indexOf(part, from)
    if (at === -1) return false
    from = at + part.length
  }
  const last = rest.at(-1) ?? ''
  return name.length >= from + last.length && name.endsWith(last)
}
