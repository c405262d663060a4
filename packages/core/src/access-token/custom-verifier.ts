import { CheckFailed, CheckUnavailable } from '../check-failed.js'
import { isJsonObject, typeName } from '../encoding/json.js'
import { loggable } from '../loggable-error.js'
import { badClaim, checkStringOrAbsent, expired, notYetValid } from './claim-checks.js'
import type { FetchFunction } from './fetch.js'
import type { AccessTokenVerifier, VerifiedToken } from './verifier.js'

/** The second argument of your `verifyAccessToken` function. */
export interface AccessTokenContext {
  /** Accepted `aud` values: one of them must be in the token's `aud`. */
  readonly audience: readonly string[]
  /** The time, in seconds since the epoch. */
  readonly now: number
  /** The guard's option `fetch`, for requests of your function. Undefined without it. */
  readonly fetch?: FetchFunction | undefined
}

/** The value that your `verifyAccessToken` function returns for a valid token. */
export interface AccessTokenInfo {
  /**
   * A plain object with the claims of RFC 9068 and RFC 7662: `sub`, `client_id`, `scope`, `exp`. Copy `cnf` exactly as the
   * issuer stated it.
   */
  readonly claims: Readonly<Record<string, unknown>>
  /**
   * For how long the guard may reuse this answer, never past `exp`. Seconds, default 0: the guard calls the function for each
   * request.
   */
  readonly cacheSeconds?: number | undefined
}

/**
 * Your own function that verifies access tokens. It returns the claims of a valid token, and undefined for an invalid one. If it
 * throws or rejects, the answer is 503.
 *
 * The function must make sure that the token is authentic and was issued for this server. The guard then checks the binding. It
 * also compares `iss`, `aud`, `exp` and `nbf`, if the claims have them.
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
  readonly fetch?: FetchFunction | undefined
}

/** Makes a verifier from a function, and checks what the function returns. */
export function createCustomVerifier(find: VerifyAccessToken, policy: FunctionPolicy): AccessTokenVerifier {
  async function verify(token: string, now: number): Promise<VerifiedToken> {
    const info = await ask(find, token, { audience: policy.audience, now, fetch: policy.fetch })
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
      // Read once, so that the guard uses exactly what it checked.
      const { claims, cacheSeconds } = info
      assertInfo({ claims, cacheSeconds })
      // A copy, because claims are frozen and the function may keep the original. A value that JSON cannot express is not a
      // claim.
      info = { claims: JSON.parse(JSON.stringify(claims)), cacheSeconds }
    }
  } catch (error) {
    if (CheckFailed.is(error) || CheckUnavailable.is(error)) throw error
    throw new CheckUnavailable('access_token_check_unavailable', error)
  }
  if (info === undefined) throw new CheckFailed('token_inactive')
  return info
}

/** A function in JavaScript can return anything. Null, true or the token itself must not count as claims. */
function assertInfo({ claims, cacheSeconds = 0 }: AccessTokenInfo): void {
  if (!isJsonObject(claims) || !isPlain(claims)) {
    throw loggable(new TypeError('verifyAccessToken() must return { claims }, a plain object, or undefined'))
  }
  if (typeof cacheSeconds !== 'number' || !(cacheSeconds >= 0))
    throw loggable(new TypeError('cacheSeconds must not be negative'))
}

/** In a Map, or behind the getters of a class, the guard would not see a `cnf`, and the token would count as unbound. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** Returns `exp`. */
function checkClaims(claims: AccessTokenInfo['claims'], now: number, policy: FunctionPolicy): number | undefined {
  const { exp, nbf, sub, client_id } = claims
  const { issuers, audience, clockToleranceSeconds } = policy
  checkStringOrAbsent('sub', sub)
  checkStringOrAbsent('client_id', client_id)
  checkTimeOrAbsent('exp', exp)
  checkTimeOrAbsent('nbf', nbf)
  checkStatedContext(claims, issuers, audience)
  if (exp !== undefined && exp <= now - clockToleranceSeconds) throw expired(exp, now - clockToleranceSeconds)
  if (nbf !== undefined && nbf > now + clockToleranceSeconds) throw notYetValid(nbf, now + clockToleranceSeconds)
  return exp
}

/** Compares `iss` and `aud`, if they are stated. An empty `issuers` accepts any issuer. */
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
