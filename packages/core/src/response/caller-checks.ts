import type { Auth } from '../access-token/auth.js'
import { findClaimsFailure, type RequiredClaims, readRequiredClaimsOption } from '../access-token/required-claims.js'
import {
  findAnyScopeFailure,
  findScopeFailure,
  readScopesOption,
  readSomeScopesOption,
} from '../access-token/scopes.js'
import { findStepUpFailure, readStepUpOption, type StepUpOptions } from '../access-token/step-up.js'
import { CheckFailed } from '../check-failed.js'
import { currentSeconds } from '../clock.js'
import type { ChallengeRequirements, Rejection, ResponsePolicy } from './rejection.js'
import type { Verdicts } from './verdict.js'

/** What a guard can require of a caller, after it has accepted the request. */
export interface CallerChecks {
  /**
   * Returns undefined if the caller has all of these scopes, or else the rejection to send. `auth` comes from the verdict of
   * `check`. If it is undefined, the rejection is the one for missing credentials. Throws a TypeError for an invalid scope.
   */
  checkScopes(auth: Auth | undefined, scopes: readonly string[]): Rejection | undefined
  /**
   * Returns undefined if the caller has at least one of these scopes, or else the rejection to send. Its challenges list all of
   * them. `auth` is as in `checkScopes`. Throws a TypeError for an invalid scope, and for an empty list.
   */
  checkAnyScope(auth: Auth | undefined, scopes: readonly string[]): Rejection | undefined
  /**
   * Returns undefined if your function returns true for the claims of the caller, or else the rejection to send: 403, or 503 if
   * the function throws or does not return a boolean. `auth` is as in `checkScopes`. Without a caller, the function is not
   * called. Throws a TypeError for an async function.
   */
  checkClaims(auth: Auth | undefined, isAllowed: RequiredClaims): Rejection | undefined
  /**
   * Returns undefined if the caller sent a DPoP proof, or else the rejection to send, which offers DPoP only. For single
   * operations with `mode: 'bearer-and-dpop'`. `auth` is as in `checkScopes`.
   */
  checkDpop(auth: Auth | undefined): Rejection | undefined
  /**
   * Returns undefined if the user of this caller authenticated as required (RFC 9470), or else the rejection to send. `auth` is
   * as in `checkScopes`. Throws a TypeError for an invalid requirement.
   */
  checkStepUp(auth: Auth | undefined, required: StepUpOptions): Rejection | undefined
}

/** The parts of a guard's policy that these checks need. */
export interface CallerPolicy {
  readonly response: ResponsePolicy
  readonly requiredScopes: readonly string[]
  readonly clock: () => number
}

export function createCallerChecks(
  verdicts: Verdicts,
  { response, requiredScopes, clock }: CallerPolicy,
): CallerChecks {
  /** The challenges name the scopes of the guard too, because the next token needs both. */
  function withScopes(scopes: readonly string[]): ChallengeRequirements {
    return { scope: [...new Set([...requiredScopes, ...scopes])].join(' ') }
  }

  return {
    checkScopes(auth, scopes) {
      const wanted = readScopesOption('scopes', scopes)
      const failed = auth === undefined ? new CheckFailed('credentials_missing') : findScopeFailure(auth.scopes, wanted)
      return failed && verdicts.rejectCaller(auth, failed, withScopes(wanted))
    },

    checkAnyScope(auth, scopes) {
      const accepted = readSomeScopesOption('scopes', scopes)
      const failed =
        auth === undefined ? new CheckFailed('credentials_missing') : findAnyScopeFailure(auth.scopes, accepted)
      return failed && verdicts.rejectCaller(auth, failed, withScopes(accepted))
    },

    checkClaims(auth, isAllowed) {
      const required = readRequiredClaimsOption(isAllowed)
      if (auth === undefined) return verdicts.rejectCaller(auth, new CheckFailed('credentials_missing'))
      const failed = findClaimsFailure(auth.claims, required)
      return failed && verdicts.rejectCaller(auth, failed)
    },

    checkDpop(auth) {
      if (auth?.scheme === 'DPoP') return undefined
      const failed =
        auth === undefined
          ? new CheckFailed('credentials_missing')
          : new CheckFailed('dpop_required', { name: 'Authorization', expected: ['DPoP'], received: auth.scheme })
      return verdicts.rejectCaller(auth, failed, response.parameters, ['DPoP'])
    },

    checkStepUp(auth, required) {
      const stepUp = readStepUpOption(required)
      const { acrValues, maxAgeSeconds } = stepUp
      const failed =
        auth === undefined
          ? new CheckFailed('credentials_missing')
          : findStepUpFailure(auth.claims, stepUp, currentSeconds(clock))
      if (failed === undefined) return undefined
      return verdicts.rejectCaller(auth, failed, {
        scope: response.parameters.scope,
        acrValues: acrValues?.join(' '),
        maxAge: maxAgeSeconds === undefined ? undefined : String(maxAgeSeconds),
      })
    },
  }
}
