/** A value that is at hand, or a promise if the guard has to wait for it. */
export type Awaitable<Value> = Value | Promise<Value>

/**
 * Whether the guard has to wait. An `await` of a value that is at hand costs as much as several checks, so every step that
 * seldom waits is called like this: `const step = doStep()`, then `isPending(step) ? await step : step`.
 */
export function isPending<Value>(value: Awaitable<Value>): value is Promise<Value> {
  return value instanceof Promise
}
