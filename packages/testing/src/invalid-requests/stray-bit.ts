const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/**
 * Another base64url string of the same bytes, as lenient decoders read it: one of the last character's unused bits is set.
 * Throws for a string of whole groups of four, which has no unused bits.
 */
export function withStrayBit(text: string): string {
  const other = text.slice(0, -1) + alphabet[alphabet.indexOf(text.slice(-1)) + 1]
  const same = Buffer.from(other, 'base64url').equals(Buffer.from(text, 'base64url'))
  if (!same || other === text) throw new Error('the string has no unused bits')
  return other
}
