const lastOfYear9999 = 253_402_300_799

/** Seconds since the epoch, for machines and for people: `1700000000 (2023-11-14T22:13:20Z)`. */
export function showTime(seconds: number): string {
  // Beyond, ISO 8601 has no form that people know; it is a mistake anyway.
  if (!(seconds >= 0 && seconds <= lastOfYear9999)) return String(seconds)
  return `${seconds} (${new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')})`
}

/** How far `seconds` is from `now`: `95 s ago`, or `5 s ahead`. */
export function showDistance(seconds: number, now: number): string {
  const age = Math.round((now - seconds) * 10) / 10
  return age < 0 ? `${-age} s ahead` : `${age} s ago`
}

/** Both of them. */
export function showTimeFrom(now: number, seconds: number): string {
  return `${showTime(seconds)}, ${showDistance(seconds, now)}`
}
