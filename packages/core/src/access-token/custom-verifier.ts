import { CheckFailed, CheckUnavailable } from '../check-failed.js'
import { isJsonObject, typeName } from '../encoding/json.js'
import { loggable } from '../loggable-error.js'
import { badClaim, checkTextOrAbsent, expired, notYetValid } from './claim-checks.js'
import type { AccessTokenVerifier, VerifiedToken } from './verifier.js'

/** What an access token function is told besides the token. */
export interface AccessTokenContext {
  /** Accepted `aud` values: one of them must be in the token's `aud`. */
  readonly audience: readonly string[]
  /** Seconds since the epoch. */
  readonly now: number
}

/** What an access token function gives of a valid token. */
export interface AccessTokenInfo {
  /** As in RFC 9068 and RFC 7662: `sub`, `client_id`, `scope`, `exp`, and `cnf` exactly as the issuer stated it. */
  readonly claims: Readonly<Record<string, unknown>>
  /** For how long this answer may be used again, never past `exp`. Seconds, default 0: the function is asked each time. */
  readonly cacheSeconds?: number | undefined
}

/**
 * Your own way to find out whether an access token is valid: gives its claims, or undefined if it is not. Throws or rejects
 * when it cannot know; the answer is then 503. The guard itself compares `iss`, `aud`, `exp` and `nbf` as far as the claims
 * have them, and checks the binding; that the token is authentic and meant for this server is for the function to make sure.
 */
export type VerifyAccessToken = (
  token: string,
  context: AccessTokenContext,
) => AccessTokenInfo | undefined | Promise<AccessTokenInfo | undefined>

interface FunctionPolicy {
  /** Accepted `iss` values; empty accepts any. */
  readonly issuers: readonly string[]
  readonly audience: readonly string[]
  readonly clockToleranceSeconds: number
}

/** Makes a verifier of a function, and checks what it gives. */
export function createCustomVerifier(find: VerifyAccessToken, policy: FunctionPolicy): AccessTokenVerifier {
  async function verify(token: string, now: number): Promise<VerifiedToken> {
    const info = await ask(find, token, { audience: policy.audience, now })
    const { claims } = info
    const expiresAt = checkClaims(claims, now, policy)
    const usableUntil = now + (info.cacheSeconds ?? 0)
    const { clockToleranceSeconds } = policy
    return {
      claims,
      expiresAt,
      usableUntil: expiresAt === undefined ? usableUntil : Math.min(usableUntil, expiresAt + clockToleranceSeconds),
    }
  }
  return { verify, flights: 'own' }
}

async function ask(find: VerifyAccessToken, token: string, context: AccessTokenContext): Promise<AccessTokenInfo> {
  let info: AccessTokenInfo | undefined
  try {
    info = await find(token, context)
    if (info !== undefined) {
      // Read once: what is checked has to be what is used.
      const { claims, cacheSeconds } = info
      assertInfo({ claims, cacheSeconds })
      // A copy, because the original may be the function's own, and claims are frozen. What JSON cannot say is no claim.
      info = { claims: JSON.parse(JSON.stringify(claims)), cacheSeconds }
    }
  } catch (error) {
    if (CheckFailed.is(error) || CheckUnavailable.is(error)) throw error
    throw new CheckUnavailable('access_token_check_unavailable', error)
  }
  if (info === undefined) throw new CheckFailed('token_inactive')
  return info
}

/** Code in JavaScript may give anything; null, true or a token's text must not pass for claims. */
function assertInfo({ claims, cacheSeconds = 0 }: AccessTokenInfo): void {
  if (!isJsonObject(claims) || !isPlain(claims)) {
    throw loggable(new TypeError('an access token function must give { claims }, a plain object, or undefined'))
  }
  if (typeof cacheSeconds !== 'number' || !(cacheSeconds >= 0))
    throw loggable(new TypeError('cacheSeconds must not be negative'))
}

/** In a Map, or behind getters of a class, a `cnf` would not be seen, and the token taken for unbound. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** Gives `exp`. */
function checkClaims(claims: AccessTokenInfo['claims'], now: number, policy: FunctionPolicy): number | undefined {
  const { exp, nbf, sub, client_id } = claims
  const { issuers, audience, clockToleranceSeconds } = policy
  checkTextOrAbsent('sub', sub)
  checkTextOrAbsent('client_id', client_id)
  checkTimeOrAbsent('exp', exp)
  checkTimeOrAbsent('nbf', nbf)
  checkStatedContext(claims, issuers, audience)
  if (exp !== undefined && exp <= now - clockToleranceSeconds) throw expired(exp, now - clockToleranceSeconds)
  if (nbf !== undefined && nbf > now + clockToleranceSeconds) throw notYetValid(nbf, now + clockToleranceSeconds)
  return exp
}

/** Of `iss` and `aud` what is stated; without `issuers`, any issuer will do. */
export function checkStatedContext(
  { iss, aud }: AccessTokenInfo['claims'],
  issuers: readonly string[],
  audience: readonly string[],
): void {
  if (iss !== undefined && issuers.length > 0 && !issuers.some((issuer) => issuer === iss)) {
    throw new CheckFailed('token_issuer', { name: 'iss', expected: issuers, received: iss })
  }
  if (aud !== undefined && ![aud].flat().some((value) => audience.some((accepted) => accepted === value))) {
    throw new CheckFailed('token_audience', { name: 'aud', expected: audience, received: aud })
  }
}

function checkTimeOrAbsent(name: string, value: unknown): asserts value is number | undefined {
  if (value !== undefined && !Number.isFinite(value)) throw badClaim(name, 'a number', typeName(value))
}
