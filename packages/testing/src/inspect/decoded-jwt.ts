/** A JWT as far as it can be read, which says nothing of whether it is good. */
export interface DecodedJwt {
  readonly header: Record<string, unknown>
  readonly payload: Record<string, unknown>
}

/** Reads more than a guard does: what is malformed in a small way can still be explained. */
export function decodeJwt(text: string): DecodedJwt | undefined {
  const [header, payload] = text.trim().split('.').map(readObject)
  return header === undefined || payload === undefined ? undefined : { header, payload }
}

function readObject(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString())
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
