/**
 * Decodes base64url without padding (RFC 7515 section 2). Accepts the canonical spelling only: no other characters, no unused
 * bits at the end. So two different strings never decode to the same bytes. Undefined for any other string.
 */
export function decodeBase64url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : undefined
}

/** The last characters whose unused bits are zero, by the length of a string modulo 4. A fifth character cannot be alone. */
const lastCharacters: readonly string[] = ['', '', 'AQgw', 'AEIMQUYcgkosw048']

/**
 * The same as {@link decodeBase64url}, in half the time, for a string that has only characters of base64url: a part of a compact
 * JWS.
 */
export function decodeBase64urlPart(part: string): Buffer | undefined {
  const rest = part.length % 4
  const isCanonical = rest === 0 || (rest > 1 && lastCharacters[rest]?.includes(part.charAt(part.length - 1)) === true)
  return isCanonical ? Buffer.from(part, 'base64url') : undefined
}
