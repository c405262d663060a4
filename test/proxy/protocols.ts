/** One request to a server over TLS, with HTTP/1.1 or HTTP/2. */
import { once } from 'node:events'
import { connect } from 'node:http2'
import { text } from 'node:stream/consumers'
import { connect as connectOverTls } from 'node:tls'
import { sendRequest, type TlsServer } from '../support/raw-http.js'

export interface SecureRequest {
  /** On 127.0.0.1. */
  port: number
  tls: TlsServer
  method: string
  target: string
  /** `Host`, or `:authority`. */
  authority: string
  /** Flat like `rawHeaders`. With HTTP/2 no name can come twice. */
  headers: readonly string[]
}

export interface SecureResponse {
  status: number
  /** Every value of the named field. */
  header(name: string): string[]
  body: string
}

export const protocols = {
  'HTTP/1.1': ({ authority, headers, ...request }) =>
    sendRequest({ ...request, headers: ['Host', authority, ...headers] }),

  async 'HTTP/2'({ port, tls, method, target, authority, headers }) {
    const socket = connectOverTls({ port, host: '127.0.0.1', ...tls, ALPNProtocols: ['h2'] })
    await once(socket, 'secureConnect')
    if (socket.alpnProtocol !== 'h2') throw new Error('the server does not speak HTTP/2')
    const session = connect(`https://${tls.servername}`, { createConnection: () => socket })
    try {
      const fields: Record<string, string> = { ':method': method, ':path': target, ':authority': authority }
      for (let index = 0; index < headers.length; index += 2) {
        const name = (headers[index] ?? '').toLowerCase()
        if (name in fields) throw new TypeError(`${name} comes twice`)
        fields[name] = headers[index + 1] ?? ''
      }
      const stream = session.request(fields, { endStream: true })
      const [received] = await once(stream, 'response', { signal: AbortSignal.timeout(10_000) })
      const body = await text(stream)
      const header = (name: string): string[] => [received[name.toLowerCase()] ?? []].flat()
      return { status: received[':status'], header, body }
    } finally {
      session.destroy()
    }
  },
} satisfies Record<string, (request: SecureRequest) => Promise<SecureResponse>>

export type Protocol = keyof typeof protocols

export const protocolNames = Object.keys(protocols) as Protocol[]
