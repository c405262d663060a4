/** A report whose server answered with everything that could break a terminal or a page. */
import type { AuditReport, AuditResult } from '@dpop-guard/inspect'
import { escapes } from './inspect-scene.js'

export const hostile = `</pre></style><script>document.title='taken'</script><img src=//evil.example/x onerror=alert(1)>&"'${escapes}]]>\x00\ud800`

const exchange = {
  request: { method: 'GET', target: `/orders${hostile}`, fields: [['DPoP', hostile]], body: hostile },
  answer: { status: 401, statusText: hostile, fields: [[hostile, hostile]], body: hostile, bodyBytes: hostile.length },
  milliseconds: 3,
  curl: `curl ${hostile}`,
} as const

const step = { rfc: 9449, section: '4.3', check: 8 } as const

const result = (name: string, outcome: AuditResult['outcome'], more: Partial<AuditResult> = {}): AuditResult => ({
  name,
  description: `a request that is ${outcome}`,
  kind: 'invalid',
  step,
  severity: 'must reject',
  outcome,
  findings: [],
  exchanges: [exchange],
  ...more,
})

export const hostileReport: AuditReport = {
  url: `http://127.0.0.1:3000/orders?${hostile}`,
  htu: 'http://127.0.0.1:3000/orders',
  method: 'GET',
  startedAt: '2026-11-28T12:00:00.000Z',
  seconds: 1.5,
  tokens: 'given',
  offered: { schemes: [hostile], algs: [hostile] },
  usesNonces: false,
  results: [
    result('proof-htm-other-method', 'must reject', {
      findings: [{ severity: 'must reject', code: 'accepted', text: 'accepted', step }],
    }),
    result('proof-htm-lower-case', 'should answer so', {
      findings: [{ severity: 'should answer so', code: 'other-error', text: `no complete answer: ${hostile}`, step }],
    }),
    result('proof-htm-space', 'information', {
      findings: [{ severity: 'information', code: 'other-status', text: `404 ${hostile}`, step }],
    }),
    result('proof-htm-head', 'passed'),
    result('nonce-missing', 'not run', { needs: 'an API that asks for nonces', exchanges: [] }),
  ],
  counts: { 'must reject': 1, 'should answer so': 1, information: 1, passed: 1, 'not decided': 0, 'not run': 1 },
}

const needs = 'a valid request that the server accepts'

/** The server answered 404 to the first request. */
export const stoppedReport: AuditReport = {
  ...hostileReport,
  stopped: needs,
  hint: 'the path may be wrong',
  results: [
    result('valid-request', 'not run', { needs, kind: 'valid' }),
    result('credentials-missing', 'not run', { needs, exchanges: [] }),
  ],
  counts: { 'must reject': 0, 'should answer so': 0, information: 0, passed: 0, 'not decided': 0, 'not run': 2 },
}
