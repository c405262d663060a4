import { isUtf8 } from 'node:buffer'

/**
 * Reads bytes as one JSON object, more strictly than JSON.parse: UTF-8 only (RFC 8725 section 3.7), no byte order mark, no
 * member twice in any object (RFC 7515 section 4), at most `maxDepth` levels. Anything else is undefined.
 */
export function readJsonObject(bytes: Buffer, maxDepth: number): Record<string, unknown> | undefined {
  if (!isUtf8(bytes)) return undefined
  const text = bytes.toString('utf8')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  // Of a name that comes twice, JSON.parse keeps one: then the text has more names than the value has members.
  return isJsonObject(value) && countMembers(value, maxDepth) === countNames(text) ? value : undefined
}

export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The members of all objects in a value; not a number if it has more levels than these. */
function countMembers(value: object, levels: number): number {
  if (levels === 0) return Number.NaN
  const inner = Object.values(value)
  let count = Array.isArray(value) ? 0 : inner.length
  for (const member of inner) {
    if (typeof member === 'object' && member !== null) count += countMembers(member, levels - 1)
  }
  return count
}

/** Expects text that JSON.parse took, in which a colon outside of a string follows a member's name. */
function countNames(text: string): number {
  let count = 0
  let inString = false
  for (let index = 0; index < text.length; index++) {
    const character = text[index]
    if (character === '"') inString = !inString
    else if (character === '\\') index++
    else if (character === ':' && !inString) count++
  }
  return count
}
