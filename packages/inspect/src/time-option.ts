import { UsageError } from './terminal.js'

const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/i

const maxSeconds = 100_000_000_000

/** A point in time, as seconds since the epoch. */
export function readTime(name: string, text: string): number {
  const seconds = iso.test(text) ? Date.parse(text) / 1000 : text.trim() === '' ? Number.NaN : Number(text)
  if (seconds >= maxSeconds) throw new UsageError(`--${name} is in seconds, this looks like milliseconds`)
  if (seconds >= 0) return seconds
  throw new UsageError(`--${name} has to be a number of seconds since 1970, or a time such as 2023-11-14T22:13:20Z`)
}
