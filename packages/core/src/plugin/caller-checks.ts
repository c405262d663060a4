import type { Auth } from '../access-token/auth.js'
import { type RequiredClaims, readRequiredClaimsOption } from '../access-token/required-claims.js'
import { readSomeScopesOption } from '../access-token/scopes.js'
import { readStepUpOption, type StepUpOptions } from '../access-token/step-up.js'
import { invalidOption, readObjectOption } from '../option-readers.js'
import type { Rejection } from '../response/rejection.js'
import { type Answer, answerRejection } from './answer.js'
import { lastChecked } from './checked-requests.js'
import type { Plugin } from './plugin-options.js'

/**
 * Returns undefined if the caller may do this, or else the answer to send. With `reportOnly`, it reports the rejection and
 * returns undefined. Throws an Error if no guard ran, or if the last one that enforces its checks rejected the request.
 */
export type CallerCheck = (requestKey: object) => Answer | undefined

/** Makes the check behind `requireScopes`. Throws a TypeError for an invalid scope, and for an empty list. */
export function createScopeCheck(scopes: readonly string[]): CallerCheck {
  const wanted = readScopeArguments('scopes', 'requireScopes', scopes)
  return createCallerCheck((guard, auth) => guard.checkScopes(auth, wanted))
}

/** Makes the check behind `requireAnyScope`. Throws a TypeError for an invalid scope, and for an empty list. */
export function createAnyScopeCheck(scopes: readonly string[]): CallerCheck {
  const accepted = readScopeArguments('anyScope', 'requireAnyScope', scopes)
  return createCallerCheck((guard, auth) => guard.checkAnyScope(auth, accepted))
}

/** Makes the check behind `requireClaims`. Throws a TypeError for anything but a function, and for an async function. */
export function createClaimsCheck(isAllowed: RequiredClaims): CallerCheck {
  readRequiredClaimsOption(isAllowed)
  return createCallerCheck((guard, auth) => guard.checkClaims(auth, isAllowed))
}

/** Makes the check behind `requireDpop`. */
export function createDpopCheck(): CallerCheck {
  return createCallerCheck((guard, auth) => guard.checkDpop(auth))
}

/** Makes the check behind `requireStepUp`. Throws a TypeError for an invalid requirement. */
export function createStepUpCheck(required: StepUpOptions): CallerCheck {
  const stepUp = readStepUpOption(required)
  return createCallerCheck((guard, auth) => guard.checkStepUp(auth, stepUp))
}

/**
 * What a route requires of its callers, for frameworks with an object of settings for each route. Set at least one. They are
 * checked in this order, after all checks of the guard.
 */
export interface CallerRequirements {
  /** `dpop-only`: the caller needs a DPoP proof. A caller with a Bearer token gets 401, with a challenge for DPoP only. */
  mode?: 'dpop-only' | undefined
  /** The token needs all of these scopes. Any other token gets 403 `insufficient_scope`. */
  scopes?: readonly string[] | undefined
  /** The token needs at least one of these scopes. Any other token gets 403 `insufficient_scope`. */
  anyScope?: readonly string[] | undefined
  /** Must return true for the claims of the token. If it returns false, the answer is 403 `insufficient_scope`. */
  claims?: RequiredClaims | undefined
  /** How the user must have authenticated (RFC 9470). Any other user gets 401 `insufficient_user_authentication`. */
  stepUp?: StepUpOptions | undefined
}

/** How each requirement becomes a check, in the order of the checks. `name` is the full name of the member. */
const readers: Readonly<Record<keyof CallerRequirements, (value: unknown, name: string) => CallerCheck>> = {
  mode: readModeCheck,
  scopes: (value) => createScopeCheck(value as readonly string[]),
  anyScope: (value) => createAnyScopeCheck(value as readonly string[]),
  claims: (value) => createClaimsCheck(value as RequiredClaims),
  stepUp: (value) => createStepUpCheck(value as StepUpOptions),
}

/** Makes the checks for such an object. Throws a TypeError with `name` and the name of the invalid member. */
export function readCallerChecksOption(name: string, value: unknown): readonly CallerCheck[] {
  const required = readObjectOption(name, value, Object.keys(readers))
  const checks = Object.entries(readers).flatMap(([member, read]) => {
    const { [member]: requirement } = required
    return requirement === undefined ? [] : [read(requirement, `${name}.${member}`)]
  })
  if (checks.length > 0) return checks
  throw invalidOption(name, value, 'an object with "mode", "scopes", "anyScope", "claims" or "stepUp"')
}

/** A route can ask for more than its guard, and never for less. */
function readModeCheck(value: unknown, name: string): CallerCheck {
  if (value !== 'dpop-only') throw invalidOption(name, value, '"dpop-only"')
  return createDpopCheck()
}

function readScopeArguments(name: string, caller: string, scopes: readonly string[]): readonly string[] {
  if (Array.isArray(scopes) && Array.isArray(scopes[0]))
    throw invalidOption(name, scopes, `one argument each, as in ${caller}("a", "b")`)
  return readSomeScopesOption(name, scopes)
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
