import { isShallow, tooDeep } from './nesting.js'

/** A JWT as far as it can be read, which says nothing of whether it is good. */
export interface DecodedJwt {
  readonly header: Record<string, unknown>
  readonly payload: Record<string, unknown>
}

/** Reads more than a guard does: what is malformed in a small way can still be explained. */
export function decodeJwt(text: string): DecodedJwt | undefined {
  const [header, payload] = readParts(text)
  return isObject(header) && isObject(payload) ? { header, payload } : undefined
}

/** Why `decodeJwt` does not read it. */
export function explainUnreadable(text: string): string {
  const [header, payload] = readParts(text)
  return isObject(header) ? `the payload is ${payload}` : `the header is ${header}`
}

type Part = Record<string, unknown> | typeof noObject | typeof tooDeep

const noObject = 'no JSON object'

function readParts(text: string): [header: Part, payload: Part] {
  const [header = '', payload = ''] = text.trim().split('.', 2)
  return [readPart(header), readPart(payload)]
}

function readPart(part: string): Part {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString())
    if (!isObject(value)) return noObject
    return isShallow(value) ? value : tooDeep
  } catch {
    return noObject
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
