import { isAscii, isUtf8, transcode } from 'node:buffer'

/** How much untrusted JSON is read. JSON.parse takes long for many small values, and for deep ones. */
export interface JsonBounds {
  /** Objects and lists within each other. */
  readonly levels: number
  /**
   * The sum of {@link structureWeights}. A member of an object weighs about 20, a value of a list about 6. A long string without
   * escapes weighs as much as a short one.
   */
  readonly weight: number
}

/**
 * Parses bytes as one JSON object, more strictly than JSON.parse: UTF-8 only (RFC 8725 section 3.7), no byte order mark, no
 * repeated member in any object (RFC 7515 section 4), no more than `bounds`. Undefined for anything else.
 */
export function parseJsonObject(bytes: Buffer, bounds: JsonBounds): Record<string, unknown> | undefined {
  const names = outline(bytes, bounds)?.names
  if (names === undefined || !isUtf8(bytes)) return undefined
  let value: unknown
  try {
    value = JSON.parse(decodeUtf8(bytes))
  } catch {
    return undefined
  }
  // If a name is repeated, JSON.parse keeps one. Then the bytes have more names than the value has members.
  return isJsonObject(value) && countMembers(value, names) === names ? value : undefined
}

/**
 * Whether bytes of JSON have at most these `levels`. Their members, objects and lists together must be at most `parts`. The bytes
 * may still be malformed.
 */
export function isWithin(bytes: Buffer, limits: { readonly levels: number; readonly parts: number }): boolean {
  const found = outline(bytes, { levels: limits.levels, weight: Number.POSITIVE_INFINITY })
  return found !== undefined && found.names + found.groups <= limits.parts
}

/**
 * Finds some members of an object before its signature is verified. JSON.parse spends most of its time on names that it has not
 * seen before, and anyone can send hundreds. A string has its own value. For any other value, the result has some value of the
 * same type. Undefined if the bytes are not an object within `bounds`. Does NOT check that all of it is well-formed, or that no
 * name is repeated: {@link parseJsonObject} does.
 */
export function peekMembers(
  bytes: Buffer,
  bounds: JsonBounds,
  names: readonly string[],
): Record<string, unknown> | undefined {
  const found = outline(bytes, bounds, names)
  if (found?.places === undefined || !found.closed || !isUtf8(bytes)) return undefined
  if (bytes[skipSpace(bytes, 0)] !== open) return undefined
  try {
    return Object.fromEntries([...found.places].map(([name, place]) => [name, peekValue(bytes, place)]))
  } catch {
    return undefined
  }
}

function peekValue(bytes: Buffer, { behindColon, stringEnd }: Place): unknown {
  const start = skipSpace(bytes, behindColon)
  const first = bytes[start] ?? 0
  if (first !== quote) return standIns.get(String.fromCharCode(first))
  return JSON.parse(decodeUtf8(bytes.subarray(start, stringEnd + 1)))
}

/** By the first character of a value, if it is not a string. */
const standIns = new Map<string, unknown>([
  ['{', {}],
  ['[', [[]]],
  ['t', true],
  ['f', false],
  ['n', null],
  ...[...'-0123456789'].map((digit): [string, unknown] => [digit, 0]),
])

/** RFC 8259 section 2. */
function skipSpace(bytes: Buffer, start: number): number {
  let at = start
  while (bytes[at] === 0x20 || bytes[at] === 0x09 || bytes[at] === 0x0a || bytes[at] === 0x0d) at++
  return at
}

/** Which of some ASCII names stands between two places, as it is or in escapes (RFC 8259 section 7). */
function findName(bytes: Buffer, start: number, end: number, names: readonly string[]): string | undefined {
  const first = characterAt(bytes, start)
  for (const name of names) {
    if (name.charCodeAt(0) === first && spells(bytes, start, end, name)) return name
  }
  return undefined
}

function spells(bytes: Buffer, start: number, end: number, name: string): boolean {
  let at = start
  for (let index = 0; index < name.length; index++) {
    if (characterAt(bytes, at) !== name.charCodeAt(index)) return false
    at += bytes[at] === backslash ? 6 : 1
  }
  return at === end
}

function characterAt(bytes: Buffer, at: number): number | undefined {
  return bytes[at] === backslash ? asciiOfEscape(bytes, at) : bytes[at]
}

/** The ASCII character of an escape such as `\u0061`. Undefined for any other escape. */
function asciiOfEscape(bytes: Buffer, at: number): number | undefined {
  const isAsciiEscape = bytes[at + 1] === letterU && bytes[at + 2] === zero && bytes[at + 3] === zero
  return isAsciiEscape ? 16 * hexDigit(bytes[at + 4]) + hexDigit(bytes[at + 5]) : undefined
}

function hexDigit(byte = 0): number {
  return byte <= 0x39 ? byte - zero : (byte | 0x20) - 0x57
}

/** For characters other than ASCII, `toString` would take ten times as long. */
function decodeUtf8(bytes: Buffer): string {
  return isAscii(bytes) ? bytes.toString('latin1') : transcode(bytes, 'utf8', 'utf16le').toString('utf16le')
}

export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The type of a value, for operators. Converting the value to a string could throw. */
export function typeName(value: unknown): string {
  if (value === undefined) return 'missing'
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}

/** Counts the members of all objects in a value. The value has no more than `most`, so the search ends there. */
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
const letterU = 0x75
const zero = 0x30
/** `{` and `}`. Without this bit, they are `[` and `]`. */
const open = 0x7b
const close = 0x7d
const bracketBit = 0x20

/**
 * How long JSON.parse takes, roughly, for a byte that begins or ends a value, and for a whole string. Any other byte has 0 here,
 * and counts as 1.
 */
const structureWeights = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte === colon) return 12
  if (byte === 0x2c) return 4
  if ((byte | bracketBit) === open) return 8
  return byte === quote || (byte | bracketBit) === close ? 1 : 0
})

const escapeWeight = 2

interface Place {
  readonly behindColon: number
  /** The quote that ends the next string. If the value is a string, it is that one. */
  stringEnd: number
}

interface Outline {
  /** The colons outside of strings. In JSON, each follows a name. In malformed bytes, the count means nothing. */
  readonly names: number
  /** Objects and lists. */
  readonly groups: number
  /** Whether every bracket is closed. */
  readonly closed: boolean
  /** The values of the outermost object, by name, for the wanted names, if any. If a name is repeated, the last value. */
  readonly places: ReadonlyMap<string, Place> | undefined
}

const noNames: readonly string[] = []

/** Takes one pass, and allocates nothing for a name. Undefined if the bytes exceed the bounds. */
function outline(bytes: Buffer, bounds: JsonBounds, wanted = noNames): Outline | undefined {
  const { length } = bytes
  let { levels, weight } = bounds
  const outermost = levels - 1
  let names = 0
  let groups = 0
  let start = 0
  let end = 0
  const places = wanted === noNames ? undefined : new Map<string, Place>()
  let last: Place | undefined
  for (let index = 0; index < length; index++) {
    const byte = bytes[index] ?? 0
    const byteWeight = structureWeights[byte] ?? 0
    if (byteWeight === 0) {
      weight--
      continue
    }
    weight -= byteWeight
    if (byte === quote) {
      start = index + 1
      for (index++; index < length && bytes[index] !== quote; index++) {
        if (bytes[index] !== backslash) continue
        weight -= escapeWeight
        index++
      }
      end = index
      if (last !== undefined) {
        last.stringEnd = index
        last = undefined
      }
    } else if (byte === colon) {
      names++
      if (places !== undefined && levels === outermost) {
        const name = findName(bytes, start, end, wanted)
        if (name !== undefined) {
          last = { behindColon: index + 1, stringEnd: length }
          places.set(name, last)
        }
      }
    } else if ((byte | bracketBit) === open) {
      groups++
      levels--
    } else if ((byte | bracketBit) === close) levels++
    if (levels < 0 || weight < 0) return undefined
  }
  if (weight < 0) return undefined
  return { names, groups, closed: levels > outermost, places }
}
