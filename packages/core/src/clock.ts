import { loggable } from './loggable-error.js'
import { invalidOption } from './option-readers.js'

/**
 * The time in whole seconds since the epoch, as in RFC 9449 and RFC 7519. Throws if the clock does not return a time, because
 * every comparison with such a value would be false.
 */
export function currentSeconds(clock: () => number): number {
  const now = Math.floor(clock())
  if (!Number.isSafeInteger(now)) throw loggable(new TypeError('the clock does not return a time'))
  return now
}

export function readClockOption(name: string, value: unknown): () => number {
  if (value === undefined) return () => Date.now() / 1000
  if (typeof value !== 'function') throw invalidOption(name, value, 'a function that returns seconds since the epoch')
  return value as () => number
}

/** In seconds, the year 5138. In milliseconds, 1973. */
const latestSecond = 1e11

/** Throws a TypeError for a clock of the wrong type or unit. A clock that is broken in another way may work later. */
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

/** Whether `now` is within so many seconds after `start`. Also false if the clock was set back to before `start`. */
export function isWithinSeconds(now: number, start: number | undefined, seconds: number): boolean {
  return start !== undefined && start <= now && now < start + seconds
}
