/** The parts of a JWS in compact serialization (RFC 7515 section 7.1), not decoded. */
export interface CompactJws {
  readonly header: string
  readonly payload: string
  /** Empty in an unsecured JWS (RFC 7515 appendix A.5). */
  readonly signature: string
  /** The string that is signed: the header, a dot and the payload. */
  readonly signingInput: string
}

const compactJws = /^[\w-]+\.[\w-]+\.[\w-]*$/

/** Undefined unless there are three parts of base64url characters. Padding, white space and a fourth part are malformed. */
export function parseCompactJws(text: string): CompactJws | undefined {
  return compactJws.test(text) ? splitCompactJws(text) : undefined
}

/** Undefined for anything but three parts. Their characters are not checked: decode every part. */
export function splitCompactJws(text: string): CompactJws | undefined {
  const headerEnd = text.indexOf('.')
  const payloadEnd = text.indexOf('.', headerEnd + 1)
  if (headerEnd === -1 || payloadEnd === -1 || text.includes('.', payloadEnd + 1)) return undefined
  return {
    header: text.slice(0, headerEnd),
    payload: text.slice(headerEnd + 1, payloadEnd),
    signature: text.slice(payloadEnd + 1),
    signingInput: text.slice(0, payloadEnd),
  }
}
