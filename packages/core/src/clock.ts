import { loggable } from './loggable-error.js'
import { invalidOption } from './option-readers.js'

/**
 * The time as RFC 9449 and RFC 7519 count it: whole seconds since the epoch. Throws for a clock that returns no time, because
 * every comparison with such a value would be false.
 */
export function currentSeconds(clock: () => number): number {
  const now = Math.floor(clock())
  if (!Number.isSafeInteger(now)) throw loggable(new TypeError('the clock gives no time'))
  return now
}

export function readClockOption(name: string, value: unknown): () => number {
  if (value === undefined) return () => Date.now() / 1000
  if (typeof value !== 'function') throw invalidOption(name, value, 'a function that returns seconds since the epoch')
  return value as () => number
}

/** The year 5138; as milliseconds, 1973. */
const latestSecond = 1e11

/** Throws a TypeError for a clock of another type or unit. One that is broken in another way may be repaired before the first request. */
export function requireClockOfSeconds(name: string, clock: () => unknown): void {
  let time: unknown
  try {
    time = clock()
  } catch {
    return
  }
  if (typeof time !== 'number') throw invalidOption(name, clock, 'a function that returns a number of seconds')
  if (Number.isFinite(time) && time > latestSecond) {
    throw invalidOption(name, clock, 'a function that returns seconds, not milliseconds')
  }
}
