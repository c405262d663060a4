import { loggable } from './loggable-error.js'

/**
 * The time as RFC 9449 and RFC 7519 count it: whole seconds since the epoch. Throws for a clock that gives no time, which
 * would turn every comparison into false.
 */
export function currentSeconds(clock: () => number): number {
  const now = Math.floor(clock())
  if (!Number.isSafeInteger(now)) throw loggable(new TypeError('the clock gives no time'))
  return now
}
