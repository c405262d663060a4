/** A JWS in its compact serialization (RFC 7515 section 7.1), taken apart and not decoded. */
export interface CompactJws {
  readonly header: string
  readonly payload: string
  /** Empty in an unsecured JWS (RFC 7515 appendix A.5). */
  readonly signature: string
  /** What is signed: the header, a dot and the payload. */
  readonly signingInput: string
}

const compactJws = /^[\w-]+\.[\w-]+\.[\w-]*$/

/** Undefined for anything but three parts of base64url characters. Padding, white space and a fourth part are malformed. */
export function parseCompactJws(text: string): CompactJws | undefined {
  if (!compactJws.test(text)) return undefined
  const headerEnd = text.indexOf('.')
  const payloadEnd = text.indexOf('.', headerEnd + 1)
  return {
    header: text.slice(0, headerEnd),
    payload: text.slice(headerEnd + 1, payloadEnd),
    signature: text.slice(payloadEnd + 1),
    signingInput: text.slice(0, payloadEnd),
  }
}
