/** Whether a server answered a request as the RFCs want it. */
import type { ErrorCode, Reason, RfcStep } from '@dpop-guard/core'
import type { WireAnswer } from '@dpop-guard/testing/internal'
import { checkChallenge, checkEcho, checkErrorScheme, checkNonceFields, errorOf } from './answer-checks.js'
import { type Exchange, isAccepted, valuesOf } from './exchange.js'
import type { Finding, FindingCode } from './finding.js'
import type { AuditRow } from './row.js'
import type { Severity } from './severity.js'

/** What is known of the server when an answer is judged. */
export interface JudgeContext {
  /** The access token of the request. */
  readonly token: string
  /** Whether the same target answers 2xx without any credentials. */
  readonly isPublic: boolean
  /** Whether the server judges the age of a proof by its nonce (RFC 9449 section 4.3, check 11). */
  readonly usesNonces: boolean
}

/** Judges the exchanges of one request. Of several, the last one decides. */
export function judge(row: AuditRow, exchanges: readonly Exchange[], context: JudgeContext): Finding[] {
  if (row.kind === 'replays') return judgeReplays(row, exchanges)
  const last = exchanges.at(-1)
  if (last === undefined) return []
  if (row.kind === 'valid') return judgeValid(row, last)
  const earlier = exchanges.slice(0, -1).find(({ answer }) => answer === undefined || !isAccepted(answer))
  if (earlier !== undefined && row.expected?.reason === 'proof_replayed') {
    return [info('first-rejected', 'the first of these requests was not accepted, so the last one tells nothing')]
  }
  return judgeInvalid(row, last, context)
}

const finding = (severity: Severity, code: FindingCode, text: string, step?: RfcStep): Finding => ({
  severity,
  code,
  text,
  ...(step !== undefined && { step }),
})

const info = (code: FindingCode, text: string) => finding('information', code, text)
const should = (code: FindingCode, text: string, step?: RfcStep) => finding('should answer so', code, text, step)

/** A router can answer these before anything looks at credentials. */
const ofRouters = [301, 302, 303, 304, 307, 308, 404, 405, 406, 410, 414, 421, 426, 431, 501, 505]

function judgeValid({ severity, step, answeredEarly }: AuditRow, { answer, problem }: Exchange): Finding[] {
  if (answer === undefined) return [should('no-answer', `no complete answer: ${problem}`, step)]
  const checks = [...checkNonceFields(answer), ...checkChallenge(answer)]
  if (isAccepted(answer)) return checks
  if (answeredEarly === true && ofRouters.includes(answer.status)) {
    return [info('other-status', `${answer.status}: the API has no such route`), ...checks]
  }
  return [finding(severity, 'valid-rejected', `a valid request was rejected: ${describe(answer)}`, step), ...checks]
}

function judgeReplays({ step, severity }: AuditRow, exchanges: readonly Exchange[]): Finding[] {
  const accepted = exchanges.filter(({ answer }) => answer !== undefined && isAccepted(answer)).length
  const failed = exchanges.filter(({ answer }) => answer === undefined || answer.status >= 500).length
  if (accepted > 1) {
    return [finding(severity, 'accepted', `one proof was accepted ${accepted} times of ${exchanges.length}`, step)]
  }
  if (failed > 0) return [should('server-error', `${failed} of ${exchanges.length} requests failed`, step)]
  return accepted === 0 ? [info('first-rejected', 'none of these requests was accepted')] : []
}

function judgeInvalid(row: AuditRow, { answer, problem }: Exchange, context: JudgeContext): Finding[] {
  const { step, expected, answeredEarly } = row
  if (answer === undefined) {
    return answeredEarly === true ? [] : [should('no-answer', `no complete answer: ${problem}`, step)]
  }
  if (isAccepted(answer)) return judgeAccepted(row, context)
  if (expected === undefined) return []
  const general = [...checkNonceFields(answer), ...checkChallenge(answer), ...checkEcho(answer, context.token)]
  const allowed = allowedAnswer(row)
  if (answer.status >= 500 && answer.status !== 501) {
    const text = `${describe(answer)}: the server failed on an invalid request`
    return [should('server-error', text, step), ...general]
  }
  if (!allowed.statuses.includes(answer.status)) {
    if (answeredEarly === true && answer.status === 400) return general
    if (answeredEarly === true && ofRouters.includes(answer.status)) {
      return [info('other-status', `${answer.status}: something else answered, so this tells nothing`), ...general]
    }
    const text = `rejected with ${answer.status}, not ${allowed.statuses.join(' or ')}`
    return [should('other-status', text, step), ...general]
  }
  return [...checkError(answer, allowed, step), ...schemeChecks(row, answer), ...general]
}

function judgeAccepted({ severity, step, expected }: AuditRow, context: JudgeContext): Finding[] {
  if (context.isPublic) {
    return [info('public-path', 'the same target is open to everyone, so that this answer tells nothing')]
  }
  if (context.usesNonces && (expected?.reason === 'proof_expired' || expected?.reason === 'proof_from_future')) {
    return [finding('information', 'accepted', 'accepted: the nonce limits the age of the proof, not iat', step)]
  }
  return [finding(severity, 'accepted', 'accepted', step)]
}

function schemeChecks({ name, expected }: AuditRow, answer: WireAnswer): Finding[] {
  if (expected === undefined || ambiguous.includes(expected.reason) || name.startsWith('faults-')) return []
  return checkErrorScheme(answer, name.startsWith('bearer-') ? 'Bearer' : 'DPoP')
}

/** Both schemes, or none, are in these requests. A bound token as Bearer may be answered with the scheme that it needs. */
const ambiguous: readonly Reason[] = [
  'authorization_ambiguous',
  'authorization_repeated',
  'scheme_unsupported',
  'proof_without_token',
  'token_in_form',
  'token_in_query',
  'token_repeated',
  'token_bound_as_bearer',
]

interface Allowed {
  readonly statuses: readonly number[]
  /** Undefined: any. */
  readonly errors?: readonly (ErrorCode | undefined)[]
}

/** More than a guard of this repository answers, where the RFCs leave a choice. */
function allowedAnswer({ name, expected, answeredEarly }: AuditRow): Allowed {
  const { status = 401, error, reason } = expected ?? {}
  // The first fault that a server sees decides, and the order is its own.
  if (name.startsWith('faults-')) return { statuses: [400, 401, 403] }
  if (answeredEarly === true && error === undefined) return { statuses: [400, 401] }
  if (reason === 'credentials_missing') return { statuses: [401], errors: [undefined] }
  if (error === undefined) return { statuses: [400, 401] }
  if (status === 400) return { statuses: [400, 401] }
  if (reason === 'proof_too_long') return { statuses: [400, 401, 413, 431] }
  if (reason === 'proof_repeated') return { statuses: [400, 401] }
  // RFC 6750 section 3.1: something that is required is missing.
  if (reason === 'proof_missing' || withoutProof.includes(name)) {
    return { statuses: [400, 401], errors: ['invalid_dpop_proof', 'invalid_request'] }
  }
  if (reason === 'token_bound_as_bearer') return { statuses: [400, 401] }
  // RFC 9449 section 4.3 has no check for it, so that it names no error.
  if (reason === 'proof_replayed') return { statuses: [401], errors: ['invalid_dpop_proof', 'invalid_token'] }
  if (error === 'invalid_dpop_proof') {
    const binding = reason === 'proof_key' || reason === 'proof_ath'
    return { statuses: [401], errors: binding ? [error, 'invalid_token'] : [error] }
  }
  if (error === 'use_dpop_nonce') return { statuses: [401], errors: [error, ...nonceErrors(reason)] }
  if (reason === 'token_key_mismatch') return { statuses: [401], errors: [error, 'invalid_dpop_proof'] }
  return { statuses: [status], errors: [error] }
}

/** The field has no proof in it. */
const withoutProof = ['proof-empty', 'proof-white-space']

/** A nonce that is no nonce at all may also count as a bad proof. */
const nonceErrors = (reason: Reason | undefined): ErrorCode[] =>
  reason === 'nonce_not_accepted' ? ['invalid_dpop_proof'] : []

function checkError(answer: WireAnswer, { errors }: Allowed, step: RfcStep | undefined): Finding[] {
  if (errors === undefined) return []
  const error = errorOf(answer)
  if (errors.some((allowed) => allowed === error)) return []
  // The challenge has a finding of its own.
  if (answer.status === 401 && valuesOf(answer, 'WWW-Authenticate').length === 0) return []
  if (errors.includes(undefined)) {
    const text = 'without credentials, a challenge has no error'
    return [should('error-without-credentials', text, { rfc: 9449, section: '7.2' })]
  }
  const known = error === undefined ? 'no error' : isErrorCode(error) ? error : 'another error'
  return [should('other-error', `the challenge has ${known}, not ${errors.join(' or ')}`, step)]
}

const errorCodes: Record<ErrorCode, true> = {
  invalid_request: true,
  invalid_token: true,
  insufficient_scope: true,
  insufficient_user_authentication: true,
  invalid_dpop_proof: true,
  use_dpop_nonce: true,
}

function isErrorCode(error: string): error is ErrorCode {
  return Object.hasOwn(errorCodes, error)
}

function describe(answer: WireAnswer): string {
  const error = errorOf(answer)
  return [`${answer.status}`, error !== undefined && isErrorCode(error) ? error : ''].filter(Boolean).join(' ')
}
