import { CheckFailed, CheckUnavailable } from '../check-failed.js'
import { loggable } from '../loggable-error.js'
import type { Claims } from './claims.js'

/**
 * Returns whether a valid access token was revoked. The guard calls it for every request, also if the token is cached, so it has
 * to be fast. If it throws or rejects, the answer is 503.
 */
export type RevocationCheck = (accessToken: {
  readonly claims: Claims
  readonly token: string
}) => boolean | Promise<boolean>

/** FAPI 2.0 requires a check of the revocation status, and a JWT does not contain it. */
export async function checkNotRevoked(check: RevocationCheck, token: string, claims: Claims): Promise<void> {
  let revoked: unknown
  try {
    revoked = await check({ token, claims })
  } catch (error) {
    throw new CheckUnavailable('revocation_unavailable', error)
  }
  if (revoked === true) throw new CheckFailed('token_revoked')
  if (revoked !== false)
    throw new CheckUnavailable('revocation_unavailable', loggable(new TypeError('isRevoked() must return a boolean')))
}
