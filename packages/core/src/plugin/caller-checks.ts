import type { Auth } from '../access-token/auth.js'
import { readScopesOption } from '../access-token/scopes.js'
import { readStepUpOption, type StepUpOptions } from '../access-token/step-up.js'
import { invalidOption, missingOption, readObjectOption } from '../option-readers.js'
import type { Rejection } from '../response/rejection.js'
import { type Answer, answerRejection } from './answer.js'
import { lastChecked } from './checked-requests.js'
import type { Plugin } from './plugin-options.js'

/**
 * Returns undefined if the caller may do this, or else the answer to send. With `reportOnly`, it reports the rejection and
 * returns undefined. Throws an Error if no guard ran.
 */
export type CallerCheck = (requestKey: object) => Answer | undefined

/** Makes the check behind `requireScopes`. Throws a TypeError for an invalid scope, and for an empty list. */
export function createScopeCheck(scopes: readonly string[]): CallerCheck {
  if (Array.isArray(scopes) && Array.isArray(scopes[0]))
    throw invalidOption('scopes', scopes, 'one argument each, as in requireScopes("a", "b")')
  const wanted = readScopesOption('scopes', scopes)
  if (wanted.length === 0) throw missingOption('scopes', 'one scope or more')
  return createCallerCheck((guard, auth) => guard.checkScopes(auth, wanted))
}

/** Makes the check behind `requireStepUp`. Throws a TypeError for an invalid requirement. */
export function createStepUpCheck(required: StepUpOptions): CallerCheck {
  const stepUp = readStepUpOption(required)
  return createCallerCheck((guard, auth) => guard.checkStepUp(auth, stepUp))
}

/** What a route requires of its callers, for frameworks with an object of settings for each route. Set at least one. */
export interface CallerRequirements {
  /** The token needs all of these scopes. Any other token gets 403 `insufficient_scope`. */
  scopes?: readonly string[] | undefined
  /** How the user must have authenticated (RFC 9470). Any other user gets 401 `insufficient_user_authentication`. */
  stepUp?: StepUpOptions | undefined
}

/** Makes the checks for such an object. Throws a TypeError with `name` and the name of the invalid member. */
export function readCallerChecksOption(name: string, value: unknown): readonly CallerCheck[] {
  const { scopes, stepUp } = readObjectOption(name, value, ['scopes', 'stepUp'] satisfies (keyof CallerRequirements)[])
  if (scopes === undefined && stepUp === undefined) {
    throw invalidOption(name, value, 'an object with "scopes" or "stepUp"')
  }
  return [
    ...(scopes === undefined ? [] : [createScopeCheck(scopes as readonly string[])]),
    ...(stepUp === undefined ? [] : [createStepUpCheck(stepUp as StepUpOptions)]),
  ]
}

function createCallerCheck(
  check: (guard: Plugin['guard'], auth: Auth | undefined) => Rejection | undefined,
): CallerCheck {
  return (requestKey) => {
    const { plugin, accepted, auth } = lastChecked(requestKey)
    // With `reportOnly`. The guard has reported its rejection.
    if (!accepted) return undefined
    const rejection = check(plugin.guard, auth)
    return rejection && plugin.enforced ? answerRejection(rejection, plugin) : undefined
  }
}
