import type { Auth } from '../access-token/auth.js'
import { readScopesOption } from '../access-token/scopes.js'
import { readStepUpOption, type StepUpOptions } from '../access-token/step-up.js'
import type { Rejection } from '../response/rejection.js'
import { type Answer, answerRejection } from './answer.js'
import { lastChecked } from './checked-requests.js'
import type { Plugin } from './plugin-options.js'

/** The answer for a caller who may not do this; undefined for one who may. Throws an Error where no guard ran. */
export type CallerCheck = (requestKey: object) => Answer | undefined

/** Makes the check behind `requireScopes`. Throws a TypeError for an invalid scope, and for an empty list. */
export function createScopeCheck(scopes: readonly string[]): CallerCheck {
  if (Array.isArray(scopes[0]))
    throw new TypeError("dpop-guard: requireScopes('a', 'b') takes scopes one by one, not a list")
  const wanted = readScopesOption('scopes', scopes)
  if (wanted.length === 0) throw new TypeError('dpop-guard: at least one scope is needed')
  return createCallerCheck((guard, auth) => guard.checkScopes(auth, wanted))
}

/** Makes the check behind `requireStepUp`. Throws a TypeError for an invalid requirement. */
export function createStepUpCheck(required: StepUpOptions): CallerCheck {
  readStepUpOption(required)
  return createCallerCheck((guard, auth) => guard.checkStepUp(auth, required))
}

function createCallerCheck(
  check: (guard: Plugin['guard'], auth: Auth | undefined) => Rejection | undefined,
): CallerCheck {
  return (requestKey) => {
    const { plugin, auth } = lastChecked(requestKey)
    const rejection = check(plugin.guard, auth)
    return rejection && answerRejection(rejection, plugin)
  }
}
