import { parseJsonObject } from '@dpop-guard/core/internal'

/** A decoded JWT. Nothing of it is verified. */
export interface DecodedJwt {
  readonly header: Record<string, unknown>
  readonly payload: Record<string, unknown>
}

/** More than any token has; enough to keep the work bounded. */
const bounds = { levels: 64, weight: 4 * 1024 * 1024 }

/** Decodes more than a guard accepts: other spellings of base64url, and any number of parts. So their faults can be explained. */
export function decodeJwt(text: string): DecodedJwt | undefined {
  const [header, payload] = parseParts(text)
  return header && payload && { header, payload }
}

/** Why `decodeJwt` returns undefined. */
export function explainUnreadable(text: string): string {
  const [header] = parseParts(text)
  const part = header === undefined ? 'header' : 'payload'
  return `the ${part} is not a JSON object, or it is not UTF-8, has a member twice, or is nested more than ${bounds.levels} levels deep`
}

type JsonObject = Record<string, unknown>

function parseParts(text: string): [header: JsonObject | undefined, payload: JsonObject | undefined] {
  const [header = '', payload = ''] = text.trim().split('.', 2)
  return [parsePart(header), parsePart(payload)]
}

function parsePart(part: string): JsonObject | undefined {
  return parseJsonObject(Buffer.from(part, 'base64url'), bounds)
}
