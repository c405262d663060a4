/**
 * Decodes base64url without padding (RFC 7515 section 2), canonical spelling only: no other character, no stray bits at the
 * end. So two texts that differ never decode to the same bytes. Anything else is undefined.
 */
export function decodeBase64url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : undefined
}
