/** An HTTP/1.1 client on a bare socket: it sends exact bytes that HTTP libraries do not allow. */
import { connect } from 'node:net'
import { connect as connectOverTls } from 'node:tls'

export interface RawRequest {
  /** Port on 127.0.0.1. */
  port: number
  method: string
  /** Origin-form, absolute-form or anything else. */
  target: string
  /** Flat like Node's `rawHeaders`: name, value, name, value. */
  headers: readonly string[]
  /** A string is sent as UTF-8. */
  body?: string | Uint8Array | undefined
  /** Time for the whole exchange. Default 10. */
  timeoutSeconds?: number | undefined
  /** Over TLS, with a server that has this certificate for this name. */
  tls?: TlsServer | undefined
}

export interface TlsServer {
  /** PEM. */
  ca: string
  servername: string
}

export interface RawResponse {
  status: number
  /** The reason phrase. */
  phrase: string
  /** Flat, as received, without the white space around values. */
  rawHeaders: string[]
  /** Every value of the named field, in order. The name is case-insensitive. */
  header(name: string): string[]
  body: string
}

/**
 * Sends one request and resolves to its final response. Method, target and headers are sent exactly, one byte (latin1) for each
 * character. It adds only `Connection: close`, and `Content-Length` for a body, unless the list has them.
 *
 * Rejects on a malformed or truncated response and on timeout.
 */
export async function sendRequest(request: RawRequest): Promise<RawResponse> {
  const message = writeRequest(request)
  const { port, method, timeoutSeconds = 30, tls } = request
  return new Promise((resolve, reject) => {
    const address = { port, host: '127.0.0.1' }
    const socket = tls === undefined ? connect(address) : connectOverTls({ ...address, ...tls })
    let received: Buffer = Buffer.alloc(0)
    let failure = new Error('connection closed before the response was complete')

    const settle = (action: () => void) => {
      clearTimeout(timer)
      socket.destroy()
      action()
    }
    const timer = setTimeout(() => {
      settle(() => reject(new Error(`no complete response within ${timeoutSeconds} s`)))
    }, timeoutSeconds * 1000)
    const tryToRead = (connection: Connection) => {
      try {
        const response = readResponse(received, method, connection)
        if (response !== undefined) settle(() => resolve(response))
        else if (connection === 'closed') settle(() => reject(failure))
      } catch (error) {
        settle(() => reject(error))
      }
    }

    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
      tryToRead('open')
    })
    // A server that answers early may reset the connection. The bytes before that still count.
    socket.on('error', (error) => {
      failure = error
    })
    socket.on('close', () => tryToRead('closed'))
    // Not end(), because for Node's server a half-closed connection is an aborted request.
    socket.write(message)
  })
}

type Connection = 'open' | 'closed'

function writeRequest({ method, target, headers, body }: RawRequest): Buffer {
  if (headers.length % 2 !== 0) throw new TypeError('headers must be a flat list of names and values')
  const names = new Set(headers.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase()))
  const payload = body === undefined ? undefined : Buffer.from(body)

  const fields = [...headers]
  if (!names.has('connection')) fields.push('Connection', 'close')
  if (payload !== undefined && !names.has('content-length') && !names.has('transfer-encoding')) {
    fields.push('Content-Length', String(payload.length))
  }

  let head = `${method} ${target} HTTP/1.1\r\n`
  for (let index = 0; index < fields.length; index += 2) head += `${fields[index]}: ${fields[index + 1]}\r\n`
  head += '\r\n'
  const bytes = Buffer.from(head, 'latin1')
  if (bytes.toString('latin1') !== head) throw new TypeError('method, target and headers must be latin1')
  return payload === undefined ? bytes : Buffer.concat([bytes, payload])
}

/** Undefined while more bytes are needed. */
function readResponse(received: Buffer, method: string, connection: Connection): RawResponse | undefined {
  let head = readHead(received, 0)
  while (head !== undefined && head.status < 200 && head.status !== 101) head = readHead(received, head.end)
  if (head === undefined) return undefined

  const { status, phrase, rawHeaders, end } = head
  const header = (name: string) =>
    rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name.toLowerCase())
  const body = hasBody(method, status) ? readBody(received.subarray(end), header, connection) : ''
  return body === undefined ? undefined : { status, phrase, rawHeaders, header, body }
}

interface Head {
  status: number
  phrase: string
  rawHeaders: string[]
  /** Offset of the first byte behind it. */
  end: number
}

function readHead(received: Buffer, start: number): Head | undefined {
  const end = received.indexOf('\r\n\r\n', start)
  if (end === -1) return undefined
  const [statusLine = '', ...fieldLines] = received.toString('latin1', start, end).split('\r\n')

  const [, status, phrase = ''] = /^HTTP\/1\.[01] ([1-9]\d\d) (.*)$/.exec(statusLine) ?? []
  if (status === undefined) throw new Error(`malformed status line ${JSON.stringify(statusLine)}`)
  const rawHeaders: string[] = []
  for (const line of fieldLines) {
    const [, name, value] = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*(.*?)[ \t]*$/.exec(line) ?? []
    if (name === undefined || value === undefined) throw new Error(`malformed field line ${JSON.stringify(line)}`)
    rawHeaders.push(name, value)
  }
  return { status: Number(status), phrase, rawHeaders, end: end + 4 }
}

function hasBody(method: string, status: number): boolean {
  if (method === 'HEAD' || status === 101 || status === 204 || status === 304) return false
  return method !== 'CONNECT' || status >= 300
}

/** RFC 9112 section 6.3. Rejects errors that a recipient might repair. */
function readBody(received: Buffer, header: RawResponse['header'], connection: Connection): string | undefined {
  const codings = header('transfer-encoding')
  const lengths = header('content-length')
  if (codings.length + lengths.length > 1) throw new Error('ambiguous body length')

  const [coding] = codings
  if (coding !== undefined) {
    if (coding.toLowerCase() !== 'chunked') throw new Error(`unknown transfer coding ${JSON.stringify(coding)}`)
    return readChunks(received)
  }
  const [length] = lengths
  if (length !== undefined) {
    if (!/^\d+$/.test(length)) throw new Error(`malformed Content-Length ${JSON.stringify(length)}`)
    return received.length < Number(length) ? undefined : received.toString('utf8', 0, Number(length))
  }
  return connection === 'closed' ? received.toString('utf8') : undefined
}

function readChunks(received: Buffer): string | undefined {
  const chunks: Buffer[] = []
  for (let start = 0; ; ) {
    const lineEnd = received.indexOf('\r\n', start)
    if (lineEnd === -1) return undefined
    const line = received.toString('latin1', start, lineEnd)
    const digits = /^([0-9A-Fa-f]+)(?:[ \t]*;.*)?$/.exec(line)?.[1]
    if (digits === undefined) throw new Error(`malformed chunk size ${JSON.stringify(line)}`)

    const size = Number.parseInt(digits, 16)
    // The CRLF of the last chunk and the CRLF that ends the trailers. They are adjacent if there are no trailers.
    if (size === 0) return received.includes('\r\n\r\n', lineEnd) ? Buffer.concat(chunks).toString('utf8') : undefined
    const end = lineEnd + 2 + size
    if (received.length < end + 2) return undefined
    if (received.toString('latin1', end, end + 2) !== '\r\n') throw new Error('chunk longer than its size')
    chunks.push(received.subarray(lineEnd + 2, end))
    start = end + 2
  }
}
