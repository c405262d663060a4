/** The issuing side of an authorization server: access tokens, a key set, and an HTTP server that can misbehave. */
import { type JsonWebKey, type KeyObject, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { generateSigningKey, type SignatureAlgorithm, signCompact } from './compact-jws.js'

export interface TestIssuerOptions {
  /** Default `https://as.example.com`. */
  issuer?: string | undefined
  /** Default ES256. */
  alg?: SignatureAlgorithm | undefined
  /** Default `k1`. */
  kid?: string | undefined
}

export interface MintOptions {
  /** Merged over the header; `undefined` removes a member. */
  header?: Record<string, unknown> | undefined
  /** Signs instead of the issuer's current key. */
  privateKey?: KeyObject | undefined
  /** Default: the current key's. */
  kid?: string | undefined
}

export interface TestIssuer {
  issuer: string
  /** The published key set. `rotate` changes it in place. */
  jwks: { keys: JsonWebKey[] }
  /**
   * An RFC 9068 access token, valid for 300 s from `now` (seconds). Every claim can be overridden; `undefined` removes it.
   * `cnf: { jkt }` binds it.
   */
  mint(claims: { now: number; [claim: string]: unknown }, options?: MintOptions): string
  /** Signs with a new key from now on. Returns its `kid`. */
  rotate(kid: string, oldKeys: 'keep-old' | 'withdraw-old'): string
}

export function createTestIssuer(options: TestIssuerOptions = {}): TestIssuer {
  const { issuer = 'https://as.example.com', alg = 'ES256', kid = 'k1' } = options
  const newKey = (kid: string) => {
    const { privateKey, publicKey } = generateSigningKey(alg)
    const jwk: JsonWebKey = { ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' }
    return { kid, privateKey, jwk }
  }
  let current = newKey(kid)
  const jwks = { keys: [current.jwk] }

  return {
    issuer,
    jwks,
    mint({ now, ...claims }, { header, privateKey = current.privateKey, kid = current.kid } = {}) {
      const payload = {
        iss: issuer,
        aud: 'https://api.example.com',
        sub: 'alice',
        client_id: 'client-1',
        iat: now,
        exp: now + 300,
        jti: randomUUID(),
        scope: 'orders:read orders:write',
        ...claims,
      }
      return signCompact({ alg, privateKey, header: { typ: 'at+jwt', alg, kid, ...header }, payload })
    },
    rotate(kid, oldKeys) {
      current = newKey(kid)
      if (oldKeys === 'withdraw-old') jwks.keys.length = 0
      jwks.keys.push(current.jwk)
      return current.kid
    },
  }
}

export interface IssuerServerOptions extends Omit<TestIssuerOptions, 'issuer'> {
  /** Path of the issuer identifier, such as `/tenant1`. Default none. */
  path?: string | undefined
  /** Which discovery document exists: RFC 8414's, OpenID Connect's. Default `both`. */
  metadata?: 'oauth' | 'oidc' | 'both' | undefined
}

/**
 * - `down`: every connection is cut; `hang`: no answer ever; `huge`: a body without end
 * - `redirect`: 302 to another path of this server, where the good document is
 * - `wrong-issuer`, `no-jwks-uri`: in the metadata; `empty-keys`: in the key set
 */
export type IssuerBehaviour =
  | 'normal'
  | 'down'
  | 'hang'
  | 'error-500'
  | 'not-json'
  | 'huge'
  | 'redirect'
  | 'wrong-issuer'
  | 'no-jwks-uri'
  | 'empty-keys'

export interface IssuerServer extends TestIssuer {
  /** Live counters of requests received, answered or not. A followed redirect counts again. */
  requests: { metadata: number; jwks: number }
  /** Changes the answers from now on, of one document or of both. */
  behave(behaviour: IssuerBehaviour, document?: 'metadata' | 'jwks' | 'both'): void
  /** Stops listening and cuts every open connection. */
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
    if (document === 'jwks') answer(request, response, behaviour, describeKeys(testIssuer, behaviour))
    else answer(request, response, behaviour, describeIssuer(testIssuer, origin, behaviour))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the issuer has no port')
  const origin = `http://127.0.0.1:${address.port}`
  const testIssuer = createTestIssuer({ ...issuerOptions, issuer: `${origin}${path}` })

  // Both standards drop the issuer's last slash before they add their own path.
  const suffix = path.replace(/\/$/, '')
  const documents = new Map<string, 'metadata' | 'jwks'>([['/jwks', 'jwks']])
  if (metadata !== 'oidc') documents.set(`/.well-known/oauth-authorization-server${suffix}`, 'metadata')
  if (metadata !== 'oauth') documents.set(`${suffix}/.well-known/openid-configuration`, 'metadata')

  return {
    ...testIssuer,
    requests,
    behave(behaviour, document = 'both') {
      if (document !== 'jwks') behaviours.metadata = behaviour
      if (document !== 'metadata') behaviours.jwks = behaviour
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

function describeIssuer({ issuer }: TestIssuer, origin: string, behaviour: IssuerBehaviour): object {
  return {
    issuer: behaviour === 'wrong-issuer' ? 'https://attacker.example' : issuer,
    jwks_uri: behaviour === 'no-jwks-uri' ? undefined : `${origin}/jwks`,
    authorization_endpoint: `${origin}/authorize`,
    token_endpoint: `${origin}/token`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
  }
}

function describeKeys({ jwks }: TestIssuer, behaviour: IssuerBehaviour): object {
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
      // Ends when the reader gives up, which pipeline reports as an error.
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
