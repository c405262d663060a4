/** What every answer of a resource server has to look like. */
import type { RfcStep } from '@dpop-guard/core'
import type { WireAnswer } from '@dpop-guard/testing/internal'
import { assertRfc6750Params, type Challenge, parseChallenges } from './challenge-parser.js'
import { valuesOf } from './exchange.js'
import type { Finding, FindingCode } from './finding.js'

const rfc = (rfc: number, section: string): RfcStep => ({ rfc, section })

const should = (code: FindingCode, text: string, step: RfcStep): Finding => ({
  severity: 'should answer so',
  code,
  text,
  step,
})

/** Undefined if the fields are not well formed. */
export function challengesOf(answer: WireAnswer): readonly Challenge[] | undefined {
  try {
    const challenges = valuesOf(answer, 'WWW-Authenticate').flatMap(parseChallenges)
    for (const challenge of challenges) {
      // Judged by a finding of its own.
      if (challenge.params.size > 0) assertRfc6750Params(challenge)
    }
    return challenges
  } catch {
    return undefined
  }
}

const isScheme = (name: string) => (challenge: Challenge) => challenge.scheme.toLowerCase() === name

export const dpopOf = (challenges: readonly Challenge[]) => challenges.find(isScheme('dpop'))

/** The error of the first challenge that has one. */
export function errorOf(answer: WireAnswer): string | undefined {
  return challengesOf(answer)
    ?.find(({ params }) => params.has('error'))
    ?.params.get('error')
}

/** Checks of the challenge of a 401. */
export function checkChallenge(answer: WireAnswer): Finding[] {
  const findings: Finding[] = []
  if (valuesOf(answer, 'Proxy-Authenticate').length > 0) {
    findings.push(should('proxy-authenticate', 'Proxy-Authenticate belongs to proxies', rfc(9449, '7.1')))
  }
  if (answer.status !== 401) return findings
  if (valuesOf(answer, 'WWW-Authenticate').length === 0) {
    return [...findings, should('challenge-missing', '401 without WWW-Authenticate', rfc(9110, '11.6.1'))]
  }
  const challenges = challengesOf(answer)
  if (challenges === undefined) {
    const text = 'WWW-Authenticate does not follow the grammar of challenges'
    return [...findings, should('challenge-malformed', text, rfc(9110, '11.6.1'))]
  }
  const dpop = dpopOf(challenges)
  if (dpop === undefined) {
    findings.push(should('challenge-without-dpop', 'no challenge of scheme DPoP', rfc(9449, '7.1')))
  } else if (!dpop.params.has('algs')) {
    findings.push(should('challenge-without-algs', 'the DPoP challenge has no algs', rfc(9449, '7.1')))
  } else if (/(?:^| )(?:none|HS\d+)(?: |$)/i.test(dpop.params.get('algs') ?? '')) {
    findings.push(should('challenge-algs', 'algs has an algorithm that is not asymmetric', rfc(9449, '4.3')))
  }
  if (challenges.some((one) => isScheme('bearer')(one) && one.params.size === 0)) {
    findings.push(should('challenge-bearer-empty', 'a Bearer challenge without a parameter', rfc(6750, '3')))
  }
  return findings
}

/** RFC 9449 section 7.2: an error is in the challenge of the scheme that the client used, if it used one. */
export function checkErrorScheme(answer: WireAnswer, scheme: 'DPoP' | 'Bearer'): Finding[] {
  const withError = (challengesOf(answer) ?? []).filter(({ params }) => params.has('error'))
  const others = withError.filter((challenge) => !isScheme(scheme.toLowerCase())(challenge))
  if (others.length === 0) return []
  const text = `the error is in a challenge of another scheme than ${scheme}, which the client used`
  return [should('error-in-other-scheme', text, rfc(9449, '7.2'))]
}

/** RFC 9449 section 8.1. */
const nonceSyntax = /^[\x21\x23-\x5b\x5d-\x7e]+$/

/** RFC 9449 sections 8 and 9. */
export function checkNonceFields(answer: WireAnswer): Finding[] {
  const nonces = valuesOf(answer, 'DPoP-Nonce')
  if (nonces.length === 0) {
    if (errorOf(answer) !== 'use_dpop_nonce') return []
    return [should('nonce-count', 'use_dpop_nonce without a DPoP-Nonce field', rfc(9449, '9'))]
  }
  const findings: Finding[] = []
  if (nonces.length > 1) findings.push(should('nonce-count', 'more than one DPoP-Nonce field', rfc(9449, '8')))
  if (nonces.some((nonce) => !nonceSyntax.test(nonce))) {
    findings.push(should('nonce-syntax', 'DPoP-Nonce has a character that no nonce may have', rfc(9449, '8.1')))
  }
  const cache = valuesOf(answer, 'Cache-Control').join(',')
  if (!/\bno-store\b/i.test(cache)) {
    findings.push(should('nonce-cacheable', 'DPoP-Nonce without Cache-Control: no-store', rfc(9449, '8.2')))
  }
  return findings
}

/** A rejection that repeats the access token puts it into logs and error pages. */
export function checkEcho(answer: WireAnswer, token: string): Finding[] {
  if (token.length < 16) return []
  const text = [...answer.fields, answer.body.toString('latin1')].join('\n')
  return text.includes(token) ? [should('token-echoed', 'the answer repeats the access token', rfc(9449, '11.7'))] : []
}
