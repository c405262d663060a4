import { once } from 'node:events'
import { request as requestOverHttp } from 'node:http'
import { connect, isIP, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { connect as connectOverTls } from 'node:tls'

/** A request byte by byte: HTTP clients would join or repair its fields, or reject it. */
export interface WireRequest {
  /** Where the server is. */
  readonly url: string
  readonly method: string
  readonly target: string
  /** Names and values in turn. `Host` is added where it is not there. */
  readonly fields: readonly string[]
  readonly body: Uint8Array
}

const statusesWithoutBody = [204, 205, 304]

/** Sends exactly this request, on a connection of its own, and returns the response as fetch does. */
export async function sendOverWire(request: WireRequest): Promise<Response> {
  const head = writeHead(request)
  const socket = connectTo(new URL(request.url))
  socket.write(Buffer.concat([head, request.body]))
  // Reading the response depends only on whether the method is HEAD.
  const method = request.method === 'HEAD' ? 'HEAD' : 'GET'
  const exchange = requestOverHttp({ method, createConnection: () => answerOf(socket) })
  exchange.end()
  try {
    const [incoming] = await once(exchange, 'response')
    const { statusCode: status = 0, statusMessage: statusText = '', rawHeaders } = incoming
    const received = await buffer(incoming)
    const lines = rawHeaders.flatMap((name: string, index: number): [string, string][] =>
      index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? '']] : [],
    )
    const content = statusesWithoutBody.includes(status) ? null : received
    return new Response(content, { status, statusText, headers: lines })
  } finally {
    socket.destroy()
  }
}

/** Lets node:http read the response. Its own request is discarded. */
function answerOf(socket: Socket): Duplex {
  const connection = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() })
  socket.on('data', (chunk) => connection.push(chunk))
  socket.on('error', (error) => connection.destroy(error))
  socket.on('end', () => connection.push(null))
  return connection
}

function connectTo({ protocol, hostname, port }: URL): Socket {
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  if (protocol !== 'https:') return connect({ host, port: Number(port || 80) })
  return connectOverTls({ host, port: Number(port || 443), ...(isIP(host) === 0 && { servername: host }) })
}

/** One byte for each character. */
function writeHead({ url, method, target, fields, body }: WireRequest): Buffer {
  const named = fields.some((name, index) => index % 2 === 0 && name.toLowerCase() === 'host')
  const length = body.length > 0 ? ['Content-Length', String(body.length)] : []
  const all = [...(named ? [] : ['Host', new URL(url).host]), ...fields, ...length, 'Connection', 'close']
  const lines = all.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${all[index + 1] ?? ''}`] : []))
  const text = [`${method} ${target} HTTP/1.1`, ...lines, '', ''].join('\r\n')
  const head = Buffer.from(text, 'latin1')
  if (head.toString('latin1') !== text)
    throw new TypeError('dpop-guard: a request must not have characters beyond latin1')
  return head
}
