/** A value, or a promise if the guard has to wait for it. */
export type Awaitable<Value> = Value | Promise<Value>

/**
 * Whether the guard has to wait. An `await` of a plain value costs as much as several checks. So a step that seldom waits is
 * called like this: `const step = doStep()`, then `isPending(step) ? await step : step`.
 *
 * Does not use `instanceof Promise`. Some libraries replace the global Promise, and then it is false for the promise of an async
 * function. A check that does not wait accepts requests that it must reject.
 */
export function isPending<Value>(value: Awaitable<Value>): value is Promise<Value> {
  return typeof value === 'object' && value !== null && 'then' in value
}
