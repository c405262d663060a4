import type { RfcStep } from '@dpop-guard/core'
import { describeStep } from '../finding.js'

/** In a few words, what each step of an RFC is about. The key is the step as reports write it. */
const titles: Readonly<Record<string, string>> = {
  'RFC 9449 section 4.3 (1)': 'one DPoP field',
  'RFC 9449 section 4.3 (2)': 'one well-formed JWT',
  'RFC 9449 section 4.3 (3)': 'the required claims',
  'RFC 9449 section 4.3 (4)': 'typ',
  'RFC 9449 section 4.3 (5)': 'alg',
  'RFC 9449 section 4.3 (6)': 'the signature',
  'RFC 9449 section 4.3 (7)': 'jwk',
  'RFC 9449 section 4.3 (8)': 'htm',
  'RFC 9449 section 4.3 (9)': 'htu',
  'RFC 9449 section 4.3 (10)': 'nonce',
  'RFC 9449 section 4.3 (11)': 'the age of a proof',
  'RFC 9449 section 4.3 (12)': 'ath, and the key of the token',
  'RFC 9449 section 4.1': 'the DPoP field',
  'RFC 9449 section 4.2': 'members of a proof',
  'RFC 9449 section 6': 'the binding of the token',
  'RFC 9449 section 7.1': 'the Authorization field, and the challenge',
  'RFC 9449 section 7.2': 'DPoP beside Bearer',
  'RFC 9449 section 11.1': 'proofs that were used',
  'RFC 9449 section 11.7': 'what no proof covers',
  'RFC 6750 section 2': 'one token in one place',
  'RFC 6750 section 2.2': 'a token in a form',
  'RFC 6750 section 2.3': 'a token in the query',
  'RFC 6750 section 3.1': 'scopes and revocation',
  'RFC 7519 section 4.1.5': 'nbf of the token',
  'RFC 9068 section 4': 'the access token',
  'RFC 9110 section 5.3': 'a repeated field',
  'RFC 9110 section 11.1': 'the name of the scheme',
  'RFC 9112 section 3.2': 'the request target, and Host',
  'RFC 9112 section 3.2.2': 'a target at another origin',
  'RFC 9470 section 3': 'step-up authentication',
}

export function titleOf(step: RfcStep | undefined): string {
  return titles[describeStep(step)] ?? ''
}

/** RFC 9449 first, then by number, section and check. */
export function compareSteps(one: RfcStep | undefined, other: RfcStep | undefined): number {
  const [first, second] = [one, other].map(numbersOf)
  for (const [index, number] of (first ?? []).entries()) {
    const difference = number - (second?.[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

function numbersOf(step: RfcStep | undefined): number[] {
  if (step === undefined) return [Number.POSITIVE_INFINITY, 0, 0, 0, 0]
  const [major = 0, minor = 0, third = 0] = step.section.split('.').map(Number)
  return [step.rfc === 9449 ? 0 : step.rfc, major, minor, third, step.check ?? 0]
}
