/** A value, or a promise if the guard has to wait for it. */
export type Awaitable<Value> = Value | Promise<Value>

/**
 * Whether the guard has to wait. An `await` of a plain value costs as much as several checks. So a step that seldom waits is
 * called like this: `const step = doStep()`, then `isPending(step) ? await step : step`.
 */
export function isPending<Value>(value: Awaitable<Value>): value is Promise<Value> {
  return value instanceof Promise
}
