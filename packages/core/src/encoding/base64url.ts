/**
 * Decodes base64url without padding (RFC 7515 section 2). Accepts the canonical spelling only: no other characters, no unused
 * bits at the end. So two different strings never decode to the same bytes. Undefined for any other string.
 */
export function decodeBase64url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : undefined
}
