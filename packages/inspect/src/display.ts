/** How values look to a person. */

const maxLineLength = 400

/** Shows untrusted strings: without control characters and characters that change the direction of text, and without access tokens. */
export class Display {
  #secrets: readonly string[] = []

  /** Hides this string from now on, wherever it appears. */
  hide(secret: string | undefined): void {
    if (secret === undefined) return
    // The longest first, because a secret may be the beginning of another one.
    this.#secrets = [...this.#secrets, secret].sort((one, other) => other.length - one.length)
  }

  /** On one line, so that it cannot look like our own lines, and cut if it is long. */
  line(text: string): string {
    const shown = this.text(text).replace(/[\t\n]+/g, ' ')
    return shown.length > maxLineLength ? `${shown.slice(0, maxLineLength)}... (${shown.length} characters)` : shown
  }

  /** All of it, with its line breaks. */
  text(text: string): string {
    return this.#secrets.reduce(conceal, text).replace(/[^\P{C}\t\n]/gu, '?')
  }
}

const shortestConcealed = 16

/** Replaces a secret, also one that was cut off at its end. */
function conceal(text: string, secret: string): string {
  const beginning = secret.slice(0, shortestConcealed)
  const [first = '', ...rest] = text.split(beginning)
  const concealed = rest.map((after) => {
    let length = 0
    while (length < after.length && after[length] === secret[beginning.length + length]) length++
    return `(the access token)${after.slice(length)}`
  })
  return [first, ...concealed].join('')
}

/** Any value, as JSON. */
export function show(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value)
}

/** A string as it is; anything else as JSON, because an object may not convert to a string. */
export function showText(value: unknown): string {
  return typeof value === 'string' ? value : show(value)
}

const lastOfYear9999 = 253_402_300_799

/** Seconds since the epoch, as a number and as a date: `1700000000 (2023-11-14T22:13:20Z)`. */
export function showTime(seconds: number): string {
  // ISO 8601 has no common form for other years.
  if (!(seconds >= 0 && seconds <= lastOfYear9999)) return String(seconds)
  return `${seconds} (${new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')})`
}

/** How far `seconds` is from `now`: `95 s ago`, or `5 s ahead`. */
export function showDistance(seconds: number, now: number): string {
  const age = Math.round((now - seconds) * 10) / 10
  return age < 0 ? `${-age} s ahead` : `${age} s ago`
}

/** The time and its distance. */
export function showTimeFrom(now: number, seconds: number): string {
  return `${showTime(seconds)}, ${showDistance(seconds, now)}`
}
