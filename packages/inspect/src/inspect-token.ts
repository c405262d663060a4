import { compactVerify, createLocalJWKSet, errors } from 'jose'
import { type Check, fail, notChecked, pass, show } from './check.js'
import { decodeJwt, explainUnreadable } from './decoded-jwt.js'
import { readKeySet, type TokenKeys } from './issuer-keys.js'
import { showTime, showTimeFrom } from './time.js'

const step = 'token'

const signature = 'signature by the issuer'

/** What a guard would compare an access token with, as far as the user said. */
export interface TokenExpectations extends TokenKeys {
  /** Accepted `aud` values. */
  readonly audience?: readonly string[] | undefined
}

/** What can be said of an access token: its times, for whom and by whom it is, and its signature (RFC 9068 section 4). */
export async function inspectToken(
  token: string | undefined,
  now: number,
  expected: TokenExpectations,
): Promise<Check[]> {
  if (token === undefined) {
    const wanted = expected.jwks !== undefined || expected.issuer !== undefined || expected.audience !== undefined
    return wanted ? [notChecked(step, signature, 'the access token is not known (--token-file)')] : []
  }
  const decoded = decodeJwt(token)
  if (decoded === undefined) return [notChecked(step, 'access token', explainOpaque(token))]
  const { header, payload } = decoded
  return [
    checkType(header.typ),
    checkTimes(payload, now),
    checkIssuer(payload.iss, expected.issuer),
    checkAudience(payload.aud, expected.audience),
    await checkSignature(token, expected),
  ]
}

function explainOpaque(token: string): string {
  return token.split('.').length === 3
    ? `it looks like a JWT, but ${explainUnreadable(token)}`
    : 'it is no JWT: only its issuer can read it'
}

function checkType(typ: unknown): Check {
  if (isAccessTokenType(typ)) return pass(step, 'typ', typ)
  return fail(step, 'typ', {
    expected: '"at+jwt"',
    received: show(typ),
    hint: "for an issuer that sends something else: tokenTyp: 'any'",
  })
}

/** RFC 9068 section 2.1. */
export function isAccessTokenType(typ: unknown): typ is string {
  return typeof typ === 'string' && /^(?:application\/)?at\+jwt$/i.test(typ)
}

function checkTimes({ exp, nbf }: Record<string, unknown>, now: number): Check {
  if (typeof exp !== 'number') return fail(step, 'exp', { why: `exp is ${show(exp)}, not a number` })
  if (exp <= now) {
    return fail(step, 'exp', {
      why: 'it has expired',
      expected: `later than ${showTime(now)}`,
      received: showTimeFrom(now, exp),
      hint: 'get a new token; for one out of a log, say when it was sent, with --now',
    })
  }
  if (typeof nbf === 'number' && nbf > now) {
    return fail(step, 'nbf', {
      why: 'it is not valid yet',
      expected: `at or before ${showTime(now)}`,
      received: showTimeFrom(now, nbf),
      hint: 'wait, or set the clock of the issuer or of the server',
    })
  }
  return pass(step, 'exp', showTimeFrom(now, exp))
}

function checkIssuer(received: unknown, expected: string | undefined): Check {
  if (expected === undefined) return notCompared('iss', received, '--issuer')
  if (received === expected) return pass(step, 'iss', expected)
  return fail(step, 'iss', {
    expected,
    received: show(received),
    hint: 'they are compared to the letter, slash included',
  })
}

/** RFC 9068 section 4: one of the values has to be accepted. */
function checkAudience(received: unknown, accepted: readonly string[] | undefined): Check {
  if (accepted === undefined) return notCompared('aud', received, '--audience')
  const matching = [received].flat().find((value) => accepted.some((audience) => audience === value))
  if (matching !== undefined) return pass(step, 'aud', String(matching))
  return fail(step, 'aud', {
    expected: accepted.join(' or '),
    received: show(received),
    hint: 'the token is for another API, or they differ by a slash; a guard expects its "resource", or its "audience"',
  })
}

function notCompared(claim: string, received: unknown, option: string): Check {
  return notChecked(step, claim, `${show(received)} is not compared (${option})`)
}

async function checkSignature(token: string, keys: TokenKeys): Promise<Check> {
  const keySet = await readKeySet(keys)
  if (keySet === undefined) {
    return notChecked(step, signature, "the issuer's keys are not known (--jwks or --issuer)")
  }
  const keyOf = createLocalJWKSet(keySet)
  try {
    // The signature alone: times and issuer have checks of their own.
    await compactVerify(token, keyOf)
    return pass(step, signature)
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error
    return fail(step, signature, { why: error.message })
  }
}
