import { isAscii, isUtf8, transcode } from 'node:buffer'

/** How much JSON is read before anybody has vouched for it. JSON.parse takes long for many small things, and for deep ones. */
export interface JsonBounds {
  /** Objects and lists within each other. */
  readonly levels: number
  /**
   * The sum of {@link weights}. A member of an object weighs about 20, a value of a list about 6, whatever its length if it is a
   * string without escapes.
   */
  readonly weight: number
}

/**
 * Reads bytes as one JSON object, more strictly than JSON.parse: UTF-8 only (RFC 8725 section 3.7), no byte order mark, no
 * member twice in any object (RFC 7515 section 4), no more than `bounds`. Anything else is undefined.
 */
export function parseJsonObject(bytes: Buffer, bounds: JsonBounds): Record<string, unknown> | undefined {
  const names = countNames(bytes, bounds)
  if (names === undefined || !isUtf8(bytes)) return undefined
  let value: unknown
  try {
    value = JSON.parse(decodeUtf8(bytes))
  } catch {
    return undefined
  }
  // Of a name that comes twice, JSON.parse keeps one: then the text has more names than the value has members.
  return isJsonObject(value) && countMembers(value, names) === names ? value : undefined
}

/** `toString` takes ten times as long for what is not ASCII. */
function decodeUtf8(bytes: Buffer): string {
  return isAscii(bytes) ? bytes.toString('latin1') : transcode(bytes, 'utf8', 'utf16le').toString('utf16le')
}

export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The type of a value, for people. Safer than turning the value into a string, which can throw. */
export function typeName(value: unknown): string {
  if (value === undefined) return 'missing'
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}

/** The members of all objects in a value. It has no more than `most`, so when these are found, nothing is left to look for. */
function countMembers(value: object, most: number): number {
  const inner: readonly unknown[] = Array.isArray(value) ? value : Object.values(value)
  let count = Array.isArray(value) ? 0 : inner.length
  for (const member of inner) {
    if (count === most) break
    if (typeof member === 'object' && member !== null) count += countMembers(member, most - count)
  }
  return count
}

const quote = 0x22
const backslash = 0x5c
const colon = 0x3a
/** `{` and `}`, and with this bit less `[` and `]`. */
const open = 0x7b
const close = 0x7d
const bracketBit = 0x20

/** About how long JSON.parse takes for a byte outside of a string, and for a whole string: 1, or more for what begins something. */
const weights = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte === colon) return 12
  if (byte === 0x2c) return 4
  return (byte | bracketBit) === open ? 8 : 1
})

const escapeWeight = 2

/**
 * The names in bytes that JSON.parse takes: in these, a colon outside of a string follows a name. Undefined beyond the bounds. In
 * other bytes the count means nothing, but takes no longer.
 */
function countNames(bytes: Buffer, bounds: JsonBounds): number | undefined {
  const { length } = bytes
  let { levels, weight } = bounds
  let names = 0
  for (let index = 0; index < length; index++) {
    const byte = bytes[index] ?? 0
    weight -= weights[byte] ?? 0
    if (byte === quote) {
      for (index++; index < length && bytes[index] !== quote; index++) {
        if (bytes[index] !== backslash) continue
        weight -= escapeWeight
        index++
      }
    } else if (byte === colon) names++
    else if ((byte | bracketBit) === open) levels--
    else if ((byte | bracketBit) === close) levels++
    if (levels < 0 || weight < 0) return undefined
  }
  return names
}
