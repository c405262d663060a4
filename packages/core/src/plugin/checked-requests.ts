import type { Auth } from '../access-token/auth.js'
import type { Plugin } from './plugin-options.js'

/** A request that a guard has checked. */
export interface CheckedRequest {
  readonly plugin: Plugin
  /** Whether its check passed. */
  readonly accepted: boolean
  readonly auth: Auth | undefined
}

/** The checks of a request, by the framework's request object, in their order. */
const checkedRequests = new WeakMap<object, readonly CheckedRequest[]>()

/** Remembers the result of a guard, so that `getAuth` and `requireScopes` find the guard and the caller. */
export function rememberChecked(requestKey: object, checked: CheckedRequest): void {
  const before = checkedRequests.get(requestKey)
  checkedRequests.set(requestKey, before === undefined ? [checked] : [...before, checked])
}

/**
 * Whether this guard let the request pass before. Its proof was used, so the same guard must not check it again. For a guard that
 * enforces its checks, only its own acceptance counts.
 */
export function isCheckedBy({ guard, enforced }: Plugin, requestKey: object): boolean {
  const all = checkedRequests.get(requestKey)
  return (
    all?.some(({ plugin, accepted }) => plugin.guard === guard && (!enforced || (plugin.enforced && accepted))) ?? false
  )
}

/**
 * The result of the last guard that enforces its checks, or else of the last guard. So a guard that only reports never weakens
 * another one. Throws an Error if no guard ran, or if that guard rejected the request.
 */
export function lastChecked(requestKey: object): CheckedRequest {
  const all = checkedRequests.get(requestKey)
  const checked = all?.findLast(({ plugin }) => plugin.enforced) ?? all?.at(-1)
  if (checked === undefined) throw new Error('dpop-guard: no guard ran for this request; put dpopGuard before this')
  if (checked.plugin.enforced && !checked.accepted) {
    // An error handler has let it go on.
    throw new Error('dpop-guard: the guard rejected this request, so it has no caller')
  }
  return checked
}

/**
 * The caller. `C` is the type of your own claims, and nothing checks it. Throws an Error if no guard ran, or if the request has
 * no caller (`credentials: 'optional'`, or a check that failed with `reportOnly`).
 */
export function recallAuth<C extends object>(requestKey: object): Auth<C> {
  const { auth } = lastChecked(requestKey)
  if (auth === undefined) {
    throw new Error(
      "dpop-guard: the request has no caller (credentials: 'optional', or reportOnly); ask getOptionalAuth() instead",
    )
  }
  return auth as Auth<C>
}

/** The caller, or undefined for a request without one. Throws an Error if no guard ran. */
export function recallOptionalAuth<C extends object>(requestKey: object): Auth<C> | undefined {
  return lastChecked(requestKey).auth as Auth<C> | undefined
}
