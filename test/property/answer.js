// @ts-check
import { defaultProofAlgorithms, failures } from '@dpop-guard/core'

/** @typedef {import('./answer.d.ts').AnswerPolicy} AnswerPolicy */
/** @typedef {import('@dpop-guard/core').Verdict<any>} Verdict */
/** @typedef {import('@dpop-guard/core').Rejection} Rejection */

/**
 * Finds anything in a verdict that is not exactly what the failure table and the guard's own options say. So no byte of a
 * request can be in a verdict. Returns undefined if the verdict is correct.
 *
 * @param {Verdict} verdict
 * @param {AnswerPolicy} policy
 * @returns {string | undefined}
 */
export function findDeviation(verdict, policy) {
  const { 'dpop-nonce': nonce, 'cache-control': caching, ...rest } = verdict.headers
  const {
    'access-control-expose-headers': exposed,
    'www-authenticate': challenges,
    'content-type': type,
    ...others
  } = rest
  if (Object.keys(others).length > 0) return `other headers: ${Object.keys(others)}`
  if (exposed !== undefined && exposed !== 'WWW-Authenticate, DPoP-Nonce') return 'access-control-expose-headers'
  if (nonce !== undefined && !(policy.nonces ?? []).some((known) => known === nonce)) return 'dpop-nonce'
  if (caching !== (nonce === undefined ? undefined : 'no-store')) return 'cache-control'
  if (verdict.accepted) return (challenges ?? type) ? 'an acceptance with a challenge or a body' : undefined
  if (policy.nonces !== undefined && nonce === undefined) return 'no nonce'
  return findRejectionDeviation(verdict, policy)
}

/**
 * @param {Rejection} rejection
 * @param {AnswerPolicy} policy
 */
function findRejectionDeviation({ reason, status, error, headers, body }, policy) {
  if (!Object.hasOwn(failures, reason)) return `no reason of the table: ${reason}`
  // An unexpected error. No request may cause it.
  if (reason === 'internal_error') return 'an internal error'
  /** @type {import('@dpop-guard/core').FailureRule} */
  const failure = failures[reason]
  if (status !== failure.status) return `status ${status}`
  if (error !== undefined && error !== failure.error) return `error ${error}`
  const { error: code, description } = failure
  const errorParams = error === undefined ? '' : `error="${code}", error_description="${description}", `
  const expectedBody = error === undefined ? '' : JSON.stringify({ error: code, error_description: description })
  if (body !== expectedBody) return `body ${body}`
  const expectedType = error === undefined ? undefined : 'application/json; charset=utf-8'
  if (headers['content-type'] !== expectedType) return `content-type ${headers['content-type']}`

  const challenges = [headers['www-authenticate'] ?? []].flat()
  if (status === 503) return challenges.length > 0 ? 'a challenge with 503' : undefined
  const algs = `algs="${defaultProofAlgorithms.join(' ')}"`
  const tails =
    policy.mode === 'bearer-and-dpop' ? { Bearer: `realm="${policy.resource}"`, DPoP: algs } : { DPoP: algs }
  const withError = Object.entries(tails).map(([scheme, tail]) => `${scheme} ${errorParams}${tail}`)
  const without = Object.entries(tails).map(([scheme, tail]) => `${scheme} ${tail}`)
  if (challenges.length !== without.length) return `${challenges.length} challenges`
  const indexes = challenges.map((text) => Math.max(withError.indexOf(text), without.indexOf(text)))
  if (indexes.includes(-1) || new Set(indexes).size < indexes.length) return `challenges ${challenges}`
  // If only one challenge has the error, it is the first one, for the scheme that was used.
  const isFirst = errorParams === '' ? indexes[0] === 0 : withError.includes(challenges[0] ?? '')
  return isFirst
    ? undefined
    : 'the error is not in the first challenge, or Bearer is not first in an answer without one'
}
