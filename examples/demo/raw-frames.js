// @ts-check
import { once } from 'node:events'
import { connect } from 'node:net'

/**
 * Sends one GET with exactly these fields, repeated ones too, in HTTP/2 frames (RFC 9113). Node's client cannot send a second
 * Authorization.
 *
 * @param {string} origin
 * @param {string} path
 * @param {[name: string, value: string][]} fields
 */
export async function sendFrames(origin, path, fields) {
  const { hostname, port, host } = new URL(origin)
  /** @type {typeof fields} */
  const pseudoFields = [
    [':method', 'GET'],
    [':scheme', 'http'],
    [':authority', host],
    [':path', path],
  ]
  const socket = connect({ host: hostname, port: Number(port), timeout: 10_000 }, () =>
    writeRequest(socket, [...pseudoFields, ...fields]),
  )
  socket.on('timeout', () => socket.destroy(new Error('no answer')))

  let status = ''
  let body = ''
  try {
    for await (const { type, flags, stream, payload } of readFrames(socket)) {
      if (stream !== 1) continue
      if (type === types.headers) status = readStatus(payload)
      else if (type === types.data) body += payload.toString()
      else throw new Error(`frame of type ${type}`)
      if (flags & endStream) break
    }
  } finally {
    socket.destroy()
    if (!socket.closed) await once(socket, 'close')
  }
  return { status, body }
}

export const types = { data: 0, headers: 1, resetStream: 3, settings: 4, goAway: 7 }
export const endStream = 1
const endHeaders = 4

/**
 * Writes the preface of a connection, and one request without a body as stream 1.
 *
 * @param {import('node:net').Socket} socket
 * @param {readonly (readonly [name: string, value: string])[]} fields
 */
export function writeRequest(socket, fields) {
  socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
  socket.write(frame(types.settings, 0, 0, Buffer.alloc(0)))
  socket.write(frame(types.headers, endStream | endHeaders, 1, encodeFields(fields)))
}

/** @param {number} type @param {number} flags @param {number} stream @param {Buffer} payload */
function frame(type, flags, stream, payload) {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head.writeUInt8(type, 3)
  head.writeUInt8(flags, 4)
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

/** @param {import('node:net').Socket} socket */
export async function* readFrames(socket) {
  let received = Buffer.alloc(0)
  for await (const chunk of socket) {
    received = Buffer.concat([received, chunk])
    while (received.length >= 9 && received.length >= 9 + received.readUIntBE(0, 3)) {
      const end = 9 + received.readUIntBE(0, 3)
      const [type = 0, flags = 0] = received.subarray(3, 5)
      yield { type, flags, stream: received.readUInt32BE(5), payload: received.subarray(9, end) }
      received = received.subarray(end)
    }
  }
}

/** HPACK (RFC 7541 section 6.2.2): each field is a literal, without indexing. @param {readonly (readonly [string, string])[]} fields */
function encodeFields(fields) {
  return Buffer.concat(fields.flatMap(([name, value]) => [Buffer.of(0), encodeString(name), encodeString(value)]))
}

/** RFC 7541 sections 5.1 and 5.2. @param {string} value */
function encodeString(value) {
  const bytes = Buffer.from(value, 'latin1')
  if (bytes.length < 127) return Buffer.concat([Buffer.of(bytes.length), bytes])
  const length = [127]
  let rest = bytes.length - 127
  for (; rest >= 128; rest >>= 7) length.push((rest & 127) | 128)
  return Buffer.concat([Buffer.from([...length, rest]), bytes])
}

/** The status is the first field. The two expected ones are in the static table (RFC 7541 appendix A). @param {Buffer} block */
function readStatus(block) {
  const common = new Map([
    [0x88, '200'],
    [0x8c, '400'],
  ])
  return common.get(block.readUInt8(0)) ?? 'another status'
}
