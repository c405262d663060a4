import type { Reason } from '@dpop-guard/core'
import { accessTokenAlgorithms, CheckFailed, createJwtVerifier, type IssuerKeys } from '@dpop-guard/core/internal'
import { type Check, fail, notChecked, pass } from './check.js'
import { show, showTime, showTimeFrom } from './display.js'
import { readIssuerKeys, type TokenKeys } from './issuer-keys.js'
import { decodeJwt, explainUnreadable } from './jwt.js'

const step = 'token'

const signature = 'signature by the issuer'

/** What the user expects of the access token. */
export interface TokenExpectations extends TokenKeys {
  /** Accepted `aud` values. */
  readonly audience?: readonly string[] | undefined
  /** Whether the keys of the issuer may be fetched. Default `fetched`. */
  readonly keys?: 'fetched' | 'not fetched' | undefined
}

/** Checks of an access token: its type, times, issuer, audience and signature (RFC 9068 section 4). */
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
    await checkSignature(
      token,
      payload,
      expected.keys === 'not fetched' ? undefined : await readIssuerKeys(expected, now),
    ),
  ]
}

function explainOpaque(token: string): string {
  return token.split('.').length === 3
    ? `it looks like a JWT, but ${explainUnreadable(token)}`
    : 'it is not a JWT: only its issuer can read it'
}

function checkType(typ: unknown): Check {
  if (isAccessTokenType(typ)) return pass(step, 'typ', typ)
  return fail(step, 'typ', {
    expected: '"at+jwt"',
    received: show(typ),
    hint: "for an issuer that uses another typ: tokenTyp: 'any'",
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
      hint: 'get a new token; for a token from a log, add the time it was sent: --now',
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
    hint: 'they are compared exactly, a slash at the end included',
  })
}

/** RFC 9068 section 4: at least one of the values must be accepted. */
function checkAudience(received: unknown, accepted: readonly string[] | undefined): Check {
  if (accepted === undefined) return notCompared('aud', received, '--audience')
  const matching = [received].flat().find((value) => accepted.some((audience) => audience === value))
  if (matching !== undefined) return pass(step, 'aud', String(matching))
  return fail(step, 'aud', {
    expected: accepted.join(' or '),
    received: show(received),
    hint: 'the token is for another API, or they differ by a slash; a guard expects its option resource, or audience',
  })
}

function notCompared(claim: string, received: unknown, option: string): Check {
  return notChecked(step, claim, `${show(received)} is not compared (${option})`)
}

/** Reasons that a guard has before it verifies the signature, and that have a check of their own here. */
const beforeSignature: readonly Reason[] = ['token_typ', 'token_issuer']

const ofSignature: Partial<Record<Reason, string>> = {
  token_malformed: 'the token is not a well-formed JWT',
  token_algorithm: 'its algorithm is not accepted',
  token_key_unknown: 'the issuer has no key for its alg and kid',
  token_signature: 'it does not verify with the key of the issuer',
}

async function checkSignature(
  token: string,
  { iss, aud }: Record<string, unknown>,
  keys: IssuerKeys | undefined,
): Promise<Check> {
  if (keys === undefined) {
    return notChecked(step, signature, 'the keys of the issuer are not known (--jwks or --issuer)')
  }
  // The guard's own check. It accepts any claims, because these have their own checks here.
  const source = { current: async () => keys, newerThan: async () => undefined }
  const { verify } = createJwtVerifier({
    issuers: new Map([[String(iss), { keys: source, algorithms: accessTokenAlgorithms, typ: 'any' }]]),
    audience: [aud].flat().map(String),
    tokenClaims: 'minimal',
    clockToleranceSeconds: anyTime,
  })
  try {
    await verify(token, 0)
    return pass(step, signature)
  } catch (error) {
    if (!(error instanceof CheckFailed)) throw error
    if (beforeSignature.includes(error.reason)) {
      return notChecked(step, signature, 'a guard rejects the token before it verifies the signature')
    }
    const why = ofSignature[error.reason]
    return why === undefined ? pass(step, signature) : fail(step, signature, { why })
  }
}

/** Seconds: more than any clock differs. */
const anyTime = 1e12
