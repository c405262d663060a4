/** An API behind nginx, a client on the other side, and the operator's view. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { diagnosticsChannels, type GuardOptions, type RejectedEvent } from '@dpop-guard/core'
import { type Certificate, createCertificate } from '../support/client-certificates.js'
import { type Fields, type FramedResponse, sendFrames } from '../support/http2-frames.js'
import { listenOnLoopback } from '../support/listen.js'
import { startNginx } from '../support/nginx.js'
import { createProofClient } from '../support/proof-client.js'
import { type RawResponse, sendRequest } from '../support/raw-http.js'
import { createTestIssuer } from '../support/test-issuer.js'
import { apis, type Seen } from './apis.js'
import { block, guardOptions } from './page.js'
import { type Protocol, protocols } from './protocols.js'

export const publicOrigin = 'https://api.example.com'

export interface CredentialParts {
  method?: string
  /** More claims of the token. */
  token?: Record<string, unknown>
  /** More members of the proof's header. */
  proofHeader?: Record<string, unknown>
}

export interface Call {
  protocol?: Protocol
  method?: string
  target: string
  /** `Host`, or `:authority`. Default `api.example.com`. */
  authority?: string
  /** The URL in the proof. Default: the public one of the target. */
  signs?: string
  /** More fields, after the credentials. */
  headers?: readonly string[]
  /** Replaces the credentials that the scene makes. */
  credentials?: readonly string[]
}

export interface Answer {
  status: number
  /** The reason of the rejection in its event, or `accepted`; undefined if the request did not reach the guard. */
  reason: string | undefined
  event: Partial<RejectedEvent> | undefined
  /** Undefined if the request was rejected. */
  seen: Seen | undefined
  header(name: string): string[]
  body: string
}

export interface ProxyScene {
  /** The ports of nginx and of the API behind it. */
  port: number
  upstreamPort: number
  /** `Authorization` and `DPoP`, flat like `rawHeaders`. */
  credentials(url: string, parts?: CredentialParts): string[]
  /** Sends a request through nginx. */
  call(call: Call): Promise<Answer>
  /** Sends exactly these headers through nginx, over HTTP/1.1. */
  sendRaw(target: string, headers: readonly string[]): Promise<RawResponse>
  /** Sends exactly these fields through nginx, over HTTP/2. */
  sendFrames(fields: Fields): Promise<FramedResponse>
  /** The events of the guard since the last call. */
  takeEvents(): Partial<RejectedEvent>[]
  close(): Promise<void>
}

let certificate: Promise<Certificate> | undefined

/** A certificate for every name on the page. */
export function pageCertificate(): Promise<Certificate> {
  certificate ??= createCertificate('api.example.com', ['api.example.com', 'api.example.org'])
  return certificate
}

export interface SceneParts {
  /** A heading of the page "Behind a proxy". Configuration and options come from its section. */
  heading: string
  framework: string
  options?: Partial<GuardOptions>
  /** Changes the configuration of the page. */
  edit?: ((config: string) => string) | undefined
}

export async function startScene({ heading, framework, options = {}, edit }: SceneParts): Promise<ProxyScene> {
  const createApi = apis[framework]
  if (createApi === undefined) throw new Error(`no framework ${framework}`)
  const { issuer, jwks, mint } = createTestIssuer()
  const client = createProofClient()
  const api = await listenOnLoopback()
  const guard = { ...(await guardOptions(heading)), issuer: { issuer, jwks }, ...options }
  api.server.on('request', await createApi(guard))
  const served = await pageCertificate()
  const config = block(heading, 'nginx')
  const edited = edit?.(config) ?? config
  if (edit !== undefined && edited === config) throw new Error('the configuration has nothing to change')
  const nginx = await startNginx({
    config: edited,
    certificate: served,
    ports: { 3000: api.port },
  })
  const tls = { ca: served.cert, servername: 'api.example.com' }

  let events: Partial<RejectedEvent>[] = []
  const observe = (event: unknown) => void events.push(event as Partial<RejectedEvent>)
  subscribe(diagnosticsChannels.accepted, observe)
  subscribe(diagnosticsChannels.rejected, observe)
  const takeEvents = () => {
    const taken = events
    events = []
    return taken
  }

  function credentials(url: string, { method = 'GET', token = {}, proofHeader = {} }: CredentialParts = {}): string[] {
    const now = Math.floor(Date.now() / 1000)
    const accessToken = mint({ now, aud: guard.resource, cnf: { jkt: client.jkt }, ...token })
    const proof = client.proof({ method, url, now, accessToken, header: proofHeader })
    return ['Authorization', `DPoP ${accessToken}`, 'DPoP', proof]
  }
  return {
    port: nginx.port,
    upstreamPort: api.port,
    credentials,
    takeEvents,
    async call({ protocol = 'HTTP/1.1', method = 'GET', target, authority = 'api.example.com', ...rest }) {
      const { signs = publicOrigin + target.split('?', 1)[0], headers = [] } = rest
      const { credentials: sent = credentials(signs, { method }) } = rest
      takeEvents()
      const { status, header, body } = await protocols[protocol]({
        port: nginx.port,
        tls,
        method,
        target,
        authority,
        headers: [...sent, ...headers],
      })
      const [server = ''] = header('Server')
      if (!server.startsWith('nginx')) throw new Error('this answer did not come through nginx')
      const [event, ...more] = takeEvents()
      if (more.length > 0) throw new Error('the guard was asked more than once')
      const seen: Seen | undefined = status === 200 ? JSON.parse(body) : undefined
      return { status, reason: event && (event.reason ?? 'accepted'), event, seen, header, body }
    },
    sendRaw: (target, headers) => sendRequest({ port: nginx.port, method: 'GET', target, headers, tls }),
    sendFrames: (fields) => sendFrames(nginx.port, fields, tls),
    async close() {
      unsubscribe(diagnosticsChannels.accepted, observe)
      unsubscribe(diagnosticsChannels.rejected, observe)
      await nginx.close()
      await api.close()
    },
  }
}
