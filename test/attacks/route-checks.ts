import type { RequiredClaims, StepUpOptions } from '@dpop-guard/core'
import type { CallerRequirements } from '@dpop-guard/core/plugin'

/** The functions that adapters have for the requirements of a route. */
interface CheckFunctions<Middleware> {
  requireDpop(): Middleware
  requireScopes(...scopes: string[]): Middleware
  requireAnyScope(...scopes: string[]): Middleware
  requireClaims(isAllowed: RequiredClaims): Middleware
  requireStepUp(required: StepUpOptions): Middleware
}

export function checksOf<Middleware>(
  functions: CheckFunctions<Middleware>,
  { mode, scopes, anyScope, claims, stepUp }: CallerRequirements = {},
): Middleware[] {
  return [
    ...(mode ? [functions.requireDpop()] : []),
    ...(scopes ? [functions.requireScopes(...scopes)] : []),
    ...(anyScope ? [functions.requireAnyScope(...anyScope)] : []),
    ...(claims ? [functions.requireClaims(claims)] : []),
    ...(stepUp ? [functions.requireStepUp(stepUp)] : []),
  ]
}
