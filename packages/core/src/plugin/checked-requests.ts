import type { Auth } from '../access-token/auth.js'
import type { Plugin } from './plugin-options.js'

/** A request that a guard accepted. */
export interface CheckedRequest {
  readonly plugin: Plugin
  readonly auth: Auth | undefined
}

/** The checks of a request, by the framework's request object, in the order in which the guards accepted it. */
const checkedRequests = new WeakMap<object, readonly CheckedRequest[]>()

/** Remembers that a guard accepted a request, so that `getAuth` and `requireScopes` find the guard and the caller. */
export function rememberChecked(requestKey: object, checked: CheckedRequest): void {
  const before = checkedRequests.get(requestKey)
  checkedRequests.set(requestKey, before === undefined ? [checked] : [...before, checked])
}

/** Whether this guard accepted the request before. Its proof was used, so the same guard must not check it again. */
export function isCheckedBy({ guard }: Plugin, requestKey: object): boolean {
  return checkedRequests.get(requestKey)?.some(({ plugin }) => plugin.guard === guard) ?? false
}

/** The result of the last guard. Throws an Error if no guard ran. */
export function lastChecked(requestKey: object): CheckedRequest {
  const checked = checkedRequests.get(requestKey)?.at(-1)
  if (checked === undefined) throw new Error('dpop-guard: no guard ran for this request; put dpopGuard before this')
  return checked
}

/**
 * The caller. `C` is the type of your own claims, and nothing checks it. Throws an Error if no guard ran, or if the request has
 * no caller (`credentials: 'optional'`).
 */
export function recallAuth<C extends object>(requestKey: object): Auth<C> {
  const { auth } = lastChecked(requestKey)
  if (auth === undefined) {
    throw new Error("dpop-guard: the request has no caller (credentials: 'optional'); ask getOptionalAuth() instead")
  }
  return auth as Auth<C>
}

/** The caller, or undefined for a request without credentials. Throws an Error if no guard ran. */
export function recallOptionalAuth<C extends object>(requestKey: object): Auth<C> | undefined {
  return lastChecked(requestKey).auth as Auth<C> | undefined
}
