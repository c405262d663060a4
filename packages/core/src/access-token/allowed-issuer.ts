import { CheckFailed, CheckUnavailable } from '../check-failed.js'
import { loggable } from '../loggable-error.js'
import type { GuardRequest } from '../request/fields.js'

/**
 * Returns whether tokens of this issuer may be used for this request, such as the host of a tenant. `issuer` is the `iss` of a
 * valid access token. The guard calls it for every request, also if the token is cached, so it has to be fast. If it throws or
 * rejects, the answer is 503.
 */
export type IssuerCheck = (issuer: string, request: GuardRequest) => boolean | Promise<boolean>

/** A token without `iss` is rejected too, because nobody can say where it may be used. */
export async function checkIssuerAllowed(
  check: IssuerCheck,
  iss: string | undefined,
  request: GuardRequest,
): Promise<void> {
  let allowed: unknown = false
  try {
    if (iss !== undefined) allowed = await check(iss, request)
  } catch (error) {
    throw new CheckUnavailable('issuer_check_unavailable', error)
  }
  if (allowed === false) {
    const expected = ['an issuer that isIssuerAllowed() allows for this request']
    throw new CheckFailed('token_issuer_not_allowed', { name: 'iss', expected, received: iss })
  }
  if (allowed !== true)
    throw new CheckUnavailable(
      'issuer_check_unavailable',
      loggable(new TypeError('isIssuerAllowed() must return a boolean')),
    )
}
