import { isAsyncFunction } from 'node:util/types'
import { CheckFailed, CheckUnavailable } from '../check-failed.js'
import { loggable } from '../loggable-error.js'
import { invalidOption, missingOption } from '../option-readers.js'
import type { Claims } from './claims.js'

/**
 * Returns whether a caller with these claims may do this. `C` is the type of your own claims, and no check compares a token with
 * it. The function must not wait: a promise is not a boolean. If it throws, or returns anything but a boolean, the answer is 503.
 */
export type RequiredClaims<C extends object = object> = (claims: Claims & Readonly<C>) => boolean

export function readRequiredClaimsOption(value: unknown): RequiredClaims {
  const meaning = 'a function of the claims that returns a boolean'
  if (value === undefined) throw missingOption('claims', meaning)
  if (typeof value !== 'function') throw invalidOption('claims', value, meaning)
  if (isAsyncFunction(value)) throw invalidOption('claims', value, `${meaning}, and that does not wait`)
  return value as RequiredClaims
}

/** Returns a {@link CheckUnavailable} if the function cannot decide. */
export function findClaimsFailure(
  claims: Claims,
  isAllowed: RequiredClaims,
): CheckFailed | CheckUnavailable | undefined {
  let allowed: unknown
  try {
    allowed = isAllowed(claims)
  } catch (error) {
    return new CheckUnavailable('claims_check_unavailable', error)
  }
  if (typeof allowed === 'boolean') return allowed ? undefined : new CheckFailed('claims_insufficient')
  ignoreRejection(allowed)
  const error = loggable(new TypeError('the function of requireClaims() must return a boolean'))
  return new CheckUnavailable('claims_check_unavailable', error)
}

/** Nobody waits for this promise. If it rejects, that must not end the process. */
function ignoreRejection(value: unknown): void {
  Promise.resolve(value).catch(() => {})
}
