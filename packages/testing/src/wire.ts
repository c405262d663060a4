import { once } from 'node:events'
import { type ClientRequest, request as requestOverHttp } from 'node:http'
import { connect, isIP, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
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

/** How long an exchange may take, and how much of a body is read. A longer body is cut. */
export interface WireLimits {
  readonly timeoutSeconds?: number | undefined
  readonly maxBytes?: number | undefined
}

/** A response as it came: repeated fields are not joined. */
export interface WireAnswer {
  readonly status: number
  readonly statusText: string
  /** Names and values in turn. */
  readonly fields: readonly string[]
  readonly body: Buffer
  /** Whether the body was longer than the limit. */
  readonly cut: boolean
}

const statusesWithoutBody = [204, 205, 304]

/** Sends exactly this request, on a connection of its own, and returns the response as fetch does. */
export async function sendOverWire(request: WireRequest): Promise<Response> {
  const { status, statusText, fields, body } = await exchangeOverWire(request)
  const lines = fields.flatMap((name, index): [string, string][] =>
    index % 2 === 0 ? [[name, fields[index + 1] ?? '']] : [],
  )
  const content = statusesWithoutBody.includes(status) ? null : new Uint8Array(body)
  return new Response(content, { status, statusText, headers: lines })
}

/** Sends exactly this request, on a connection of its own. Throws if there is no complete response within the limits. */
export async function exchangeOverWire(request: WireRequest, limits: WireLimits = {}): Promise<WireAnswer> {
  const { timeoutSeconds, maxBytes = Number.POSITIVE_INFINITY } = limits
  const head = writeHead(request)
  const socket = connectTo(new URL(request.url))
  socket.write(Buffer.concat([head, request.body]))
  // Reading the response depends only on whether the method is HEAD.
  const method = request.method === 'HEAD' ? 'HEAD' : 'GET'
  const exchange = requestOverHttp({ method, createConnection: () => answerOf(socket) })
  let timer: NodeJS.Timeout | undefined
  const broken = new Promise<never>((_, reject) => {
    socket.once('error', reject)
    // Also while a body is read, when nothing waits for it.
    exchange.on('error', reject)
    // Rejects itself, because a socket that is closed emits no error.
    const late = () => reject(new Error(`no complete response within ${timeoutSeconds} s`))
    if (timeoutSeconds !== undefined) timer = setTimeout(late, timeoutSeconds * 1000)
  })
  exchange.end()
  try {
    return await Promise.race([readAnswer(exchange, maxBytes), broken])
  } finally {
    clearTimeout(timer)
    exchange.destroy()
    socket.destroy()
  }
}

async function readAnswer(exchange: ClientRequest, maxBytes: number): Promise<WireAnswer> {
  const [incoming] = await Promise.race([once(exchange, 'response'), once(exchange, 'upgrade')])
  const { statusCode: status = 0, statusMessage: statusText = '', rawHeaders: fields } = incoming
  // What follows is another protocol, and Node never ends this stream.
  if (status === 101) return { status, statusText, fields, body: Buffer.of(), cut: false }
  return { status, statusText, fields, ...(await readBody(incoming, maxBytes)) }
}

async function readBody(stream: AsyncIterable<Buffer>, maxBytes: number): Promise<{ body: Buffer; cut: boolean }> {
  const chunks: Buffer[] = []
  let room = maxBytes
  for await (const chunk of stream) {
    chunks.push(chunk.subarray(0, room))
    room -= chunk.length
    if (room < 0) return { body: Buffer.concat(chunks), cut: true }
  }
  return { body: Buffer.concat(chunks), cut: false }
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
