import { isUtf8 } from 'node:buffer'

const maxDepth = 8

const structure = /"(?:[^"\\]|\\.)*"|[{}[\]:]/g

/**
 * Reads bytes as one JSON object, more strictly than JSON.parse: UTF-8 only (RFC 8725 section 3.7), no byte order mark, no
 * member twice in any object (RFC 7515 section 4), at most eight levels deep. Anything else is undefined.
 */
export function readJsonObject(bytes: Buffer): Record<string, unknown> | undefined {
  if (!isUtf8(bytes)) return undefined
  const text = bytes.toString('utf8')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  return isJsonObject(value) && isWithinLimits(text) ? value : undefined
}

export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * Expects text that JSON.parse took, so that a string is a member's name exactly when a colon follows it.
 */
function isWithinLimits(text: string): boolean {
  const open: Set<unknown>[] = []
  let previous = ''
  for (const [token] of text.matchAll(structure)) {
    if (token === '{' || token === '[') {
      if (open.push(new Set()) > maxDepth) return false
    } else if (token === '}' || token === ']') {
      open.pop()
    } else if (token === ':') {
      const name: unknown = JSON.parse(previous)
      const members = open.at(-1)
      if (members === undefined || members.has(name)) return false
      members.add(name)
    }
    previous = token
  }
  return true
}
