/** An HTTP/2 client that writes its own frames (RFC 9113): it sends fields that Node's client rejects, such as repeated ones. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { connect as connectOverTls } from 'node:tls'
import { endStream, readFrames, types, writeRequest } from '../../examples/demo/raw-frames.js'
import type { TlsServer } from './raw-http.js'

export type Fields = readonly (readonly [name: string, value: string])[]

export interface FramedResponse {
  /** From HEADERS; undefined if the stream was reset or the connection closed without an answer. */
  status: number | undefined
  body: string
}

/** Sends one GET with exactly these fields, pseudo-header fields included, on a connection of its own. */
export async function sendFrames(port: number, fields: Fields, tls?: TlsServer): Promise<FramedResponse> {
  const address = { port, host: '127.0.0.1', timeout: 30_000 }
  const send = () => writeRequest(socket, fields)
  const socket =
    tls === undefined ? connect(address, send) : connectOverTls({ ...address, ...tls, ALPNProtocols: ['h2'] }, send)
  socket.on('timeout', () => socket.destroy(new Error('no answer')))
  let status: number | undefined
  let body = ''
  try {
    for await (const { type, flags, stream, payload } of readFrames(socket)) {
      if (type === types.goAway) break
      if (stream !== 1) continue
      if (type === types.resetStream) break
      if (type === types.headers) status = readStatus(payload)
      if (type === types.data) body += payload.toString()
      if ((type === types.headers || type === types.data) && flags & endStream) break
    }
  } finally {
    socket.destroy()
    if (!socket.closed) await once(socket, 'close')
  }
  return { status, body }
}

/** Entries of the static table (RFC 7541 appendix A) that are a whole `:status`. */
const indexedStatus = new Map([
  [0x88, 200],
  [0x89, 204],
  [0x8a, 206],
  [0x8b, 304],
  [0x8c, 400],
  [0x8d, 404],
  [0x8e, 500],
])

/** `:status` comes first: indexed as a whole, or with an indexed name and three digits, plain or in Huffman's code. */
function readStatus(block: Buffer): number {
  const [first = 0, length = 0] = block
  const indexed = indexedStatus.get(first)
  if (indexed !== undefined) return indexed
  const text = block.subarray(2, 2 + (length & 0x7f))
  return Number(length & 0x80 ? decodeDigits(text) : text.toString('latin1'))
}

/** The digits of RFC 7541 appendix B: 0 to 2 have five bits, 3 to 9 have six. */
function decodeDigits(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  const codes = new Map([
    ...['00000', '00001', '00010'].map((code, digit) => [code, String(digit)] as const),
    ...[3, 4, 5, 6, 7, 8, 9].map((digit) => [(22 + digit).toString(2).padStart(6, '0'), String(digit)] as const),
  ])
  let digits = ''
  for (let start = 0; digits.length < 3 && start < bits.length; ) {
    const code = [bits.slice(start, start + 5), bits.slice(start, start + 6)].find((candidate) => codes.has(candidate))
    if (code === undefined) throw new Error(`a status that is not a number: ${bits}`)
    digits += codes.get(code)
    start += code.length
  }
  return digits
}
