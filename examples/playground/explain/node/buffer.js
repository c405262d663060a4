/** Node's Buffer for a browser: that of the package `buffer`, with the encoding base64url. */
import { Buffer } from 'buffer/'

const { from, byteLength } = Buffer
const { toString: write } = Buffer.prototype

Buffer.from = (value, encoding, length) =>
  from.call(Buffer, value, encoding === 'base64url' ? 'base64' : encoding, length)

Buffer.byteLength = (value, encoding) => byteLength.call(Buffer, value, encoding === 'base64url' ? 'base64' : encoding)

Buffer.prototype.toString = function (encoding, start, end) {
  if (encoding !== 'base64url') return write.call(this, encoding, start, end)
  const text = write.call(this, 'base64', start, end)
  return text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

export { Buffer }

export const isAscii = (bytes) => bytes.every((byte) => byte < 0x80)

export function isUtf8(bytes) {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return true
  } catch {
    return false
  }
}

/** The core uses it to decode UTF-8 with its byte order mark. */
export const transcode = (bytes) => Buffer.from(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes), 'utf16le')
