import { CheckFailed, CheckUnavailable } from '../check-failed.js'
import { loggable } from '../loggable-error.js'
import type { Claims } from './claims.js'

/**
 * Whether a valid access token was revoked. Asked for every request, cached tokens too, so it has to be fast. Rejects when it
 * cannot know: 503.
 */
export type RevocationCheck = (accessToken: {
  readonly claims: Claims
  readonly token: string
}) => boolean | Promise<boolean>

/** FAPI 2.0 wants the revocation status to be checked; a JWT does not tell it. */
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
