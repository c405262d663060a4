/** The examples of RFC 9449, RFC 7638 and RFC 8037, copied from the RFCs and typed by their own shape. */
import vectors from './rfc-vectors.json' with { type: 'json' }

export const rfcVectors = vectors
