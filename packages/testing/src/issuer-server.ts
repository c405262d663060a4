/** Serves the metadata and the key set of an issuer over HTTP, and can misbehave. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { readChoiceOption } from '@dpop-guard/core/internal'
import { createTokenIssuer, type TokenIssuer, type TokenIssuerOptions } from './token-issuer.js'

export interface IssuerServerOptions extends Omit<TokenIssuerOptions, 'issuer'> {
  /** Path of the issuer identifier, such as `/tenant1`. Default none. */
  path?: string | undefined
  /** Which discovery document exists: RFC 8414's, OpenID Connect's. Default `both`. */
  metadata?: 'oauth' | 'oidc' | 'both' | undefined
}

/**
 * - `down`: every connection is closed; `hang`: no answer; `huge`: an endless body
 * - `redirect`: 302 to another path of this server, which has the good document
 * - `wrong-issuer`, `no-jwks-uri`: in the metadata; `empty-keys`: in the key set
 */
export type IssuerBehaviour = (typeof issuerBehaviours)[number]

const issuerBehaviours = [
  'normal',
  'down',
  'hang',
  'error-500',
  'not-json',
  'huge',
  'redirect',
  'wrong-issuer',
  'no-jwks-uri',
  'empty-keys',
] as const

export interface IssuerServer extends TokenIssuer {
  /** Live counters of requests received, answered or not. A followed redirect counts again. */
  requests: { metadata: number; jwks: number }
  /** Changes the answers from now on, of one document or of both. */
  behave(behaviour: IssuerBehaviour, document?: 'metadata' | 'jwks' | 'both'): void
  /** Stops listening and closes every open connection. */
  close(): Promise<void>
}

/** Serves metadata and `/jwks` over HTTP on a free port of 127.0.0.1, which is also the issuer's origin. */
export async function startIssuerServer(options: IssuerServerOptions = {}): Promise<IssuerServer> {
  const { path = '', metadata = 'both', ...issuerOptions } = options
  const requests = { metadata: 0, jwks: 0 }
  const behaviours: Record<'metadata' | 'jwks', IssuerBehaviour> = { metadata: 'normal', jwks: 'normal' }

  const server = createServer((request, response) => {
    const target = request.url ?? ''
    const moved = target.startsWith(MOVED)
    const document = documents.get(moved ? target.slice(MOVED.length) : target)
    if (document === undefined) {
      response.writeHead(404).end()
      return
    }
    requests[document] += 1
    const behaviour = moved ? 'normal' : behaviours[document]
    if (document === 'jwks') answer(request, response, behaviour, describeKeys(tokenIssuer, behaviour))
    else answer(request, response, behaviour, describeIssuer(tokenIssuer, origin, behaviour))
  })
  // So that a test ends which does not close it.
  server.listen(0, '127.0.0.1').unref()
  await once(server, 'listening')

  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the issuer has no port')
  const origin = `http://127.0.0.1:${address.port}`
  const tokenIssuer = createTokenIssuer({ ...issuerOptions, issuer: `${origin}${path}` })

  // Both standards drop the issuer's last slash before they add their own path.
  const suffix = path.replace(/\/$/, '')
  const documents = new Map<string, 'metadata' | 'jwks'>([['/jwks', 'jwks']])
  if (metadata !== 'oidc') documents.set(`/.well-known/oauth-authorization-server${suffix}`, 'metadata')
  if (metadata !== 'oauth') documents.set(`${suffix}/.well-known/openid-configuration`, 'metadata')

  return {
    ...tokenIssuer,
    requests,
    behave(behaviour, document) {
      const next = readChoiceOption('behaviour', behaviour, 'normal', issuerBehaviours)
      const changed = readChoiceOption('document', document, 'both', ['metadata', 'jwks', 'both'])
      if (changed !== 'jwks') behaviours.metadata = next
      if (changed !== 'metadata') behaviours.jwks = next
    },
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

const MOVED = '/moved'

function describeIssuer({ issuer, alg }: TokenIssuer, origin: string, behaviour: IssuerBehaviour): object {
  return {
    issuer: behaviour === 'wrong-issuer' ? 'https://attacker.example' : issuer,
    jwks_uri: behaviour === 'no-jwks-uri' ? undefined : `${origin}/jwks`,
    authorization_endpoint: `${origin}/authorize`,
    token_endpoint: `${origin}/token`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [alg],
  }
}

function describeKeys({ jwks }: TokenIssuer, behaviour: IssuerBehaviour): object {
  return behaviour === 'empty-keys' ? { keys: [] } : jwks
}

function answer(request: IncomingMessage, response: ServerResponse, behaviour: IssuerBehaviour, document: object) {
  switch (behaviour) {
    case 'hang':
      return
    case 'down':
      request.socket.destroy()
      return
    case 'error-500':
      response.writeHead(500).end()
      return
    case 'redirect':
      response.writeHead(302, { location: `${MOVED}${request.url}` }).end()
      return
    case 'not-json':
      response.setHeader('content-type', 'application/json').end('<!doctype html>')
      return
    case 'huge':
      response.setHeader('content-type', 'application/json')
      // The reader closes the connection, which pipeline reports as an error.
      pipeline(Readable.from(endlessJson()), response).catch(() => {})
      return
    default:
      response.setHeader('content-type', 'application/json').end(JSON.stringify(document))
  }
}

function* endlessJson() {
  yield '{"keys":["'
  const filler = 'a'.repeat(65_536)
  for (;;) yield filler
}
