import { CheckFailed, CheckUnavailable } from '../check-failed.js'
import { loggable } from '../loggable-error.js'
import type { Claims } from './claims.js'
import type { FetchFunction } from './fetch.js'

/**
 * Returns whether a valid access token was revoked. The guard calls it for every request, also if the token is cached, so it has
 * to be fast. If it throws or rejects, the answer is 503.
 */
export type RevocationCheck = (
  accessToken: {
    readonly claims: Claims
    readonly token: string
  },
  context: RevocationContext,
) => boolean | Promise<boolean>

/** The second argument of your `isRevoked` function. */
export interface RevocationContext {
  /** The time, in seconds since the epoch. */
  readonly now: number
  /** The guard's option `fetch`, for requests of your function. Undefined without it. */
  readonly fetch?: FetchFunction | undefined
}

/** FAPI 2.0 requires a check of the revocation status, and a JWT does not contain it. */
export async function checkNotRevoked(
  check: RevocationCheck,
  token: string,
  claims: Claims,
  context: RevocationContext,
): Promise<void> {
  let revoked: unknown
  try {
    revoked = await check({ token, claims }, context)
  } catch (error) {
    // A check of this package knows the reason itself.
    if (CheckFailed.is(error)) throw error
    throw new CheckUnavailable('revocation_unavailable', error)
  }
  if (revoked === true) throw new CheckFailed('token_revoked')
  if (revoked !== false)
    throw new CheckUnavailable('revocation_unavailable', loggable(new TypeError('isRevoked() must return a boolean')))
}
