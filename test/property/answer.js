// @ts-check
import { defaultProofAlgorithms, failures } from '@dpop-guard/core'

/** @typedef {import('./answer.d.ts').AnswerPolicy} AnswerPolicy */
/** @typedef {import('@dpop-guard/core').Verdict<any>} Verdict */
/** @typedef {import('@dpop-guard/core').Rejection} Rejection */

/**
 * What is wrong with a verdict: anything in it that the failure table and the guard's own options do not account for, to the
 * letter. So no byte of a request can be in it. Undefined if nothing is.
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
  // Where something broke inside; no request may lead there.
  if (reason === 'internal_error') return 'an internal error'
  /** @type {import('@dpop-guard/core').Failure} */
  const failure = failures[reason]
  if (status !== failure.status) return `status ${status}`
  if (error !== undefined && error !== failure.error) return `error ${error}`
  const { error: code, description } = failure
  const told = error === undefined ? '' : `error="${code}", error_description="${description}", `
  const expectedBody = error === undefined ? '' : JSON.stringify({ error: code, error_description: description })
  if (body !== expectedBody) return `body ${body}`
  const expectedType = error === undefined ? undefined : 'application/json; charset=utf-8'
  if (headers['content-type'] !== expectedType) return `content-type ${headers['content-type']}`

  const challenges = [headers['www-authenticate'] ?? []].flat()
  if (status === 503) return challenges.length > 0 ? 'a challenge with 503' : undefined
  const parameters = [`algs="${defaultProofAlgorithms.join(' ')}"`]
  const tails = policy.mode === 'bearer-and-dpop' ? [`realm="${policy.resource}"`, ...parameters] : parameters
  const schemes = ['Bearer', 'DPoP'].slice(-tails.length)
  if (challenges.length !== schemes.length) return `${challenges.length} challenges`
  const withError = schemes.map((scheme, index) => `${scheme} ${told}${tails[index]}`)
  const without = schemes.map((scheme, index) => `${scheme} ${tails[index]}`)
  const foreign = challenges.find((text, index) => text !== withError[index] && text !== without[index])
  if (foreign !== undefined) return `challenge ${foreign}`
  const tells = challenges.some((text, index) => text === withError[index])
  return tells ? undefined : 'no challenge with the error'
}
