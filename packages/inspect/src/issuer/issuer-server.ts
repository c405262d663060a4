import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { memoryReplayStore } from '@dpop-guard/core'
import { accessTokenAlgorithms } from '@dpop-guard/core/internal'
import type { ProofClient, TokenIssuer } from '@dpop-guard/testing'
import { signedTokens } from '../audit/access-tokens.js'
import { isOnThisMachine } from '../destination.js'
import { UsageError } from '../terminal.js'
import { answerTokenRequest, type TokenEndpointOptions } from './token-endpoint.js'

export interface LocalIssuerOptions extends Pick<TokenEndpointOptions, 'client' | 'scope' | 'lifetimeSeconds'> {
  /** 0: any free one. */
  readonly port: number
  /** The `aud` of its tokens. */
  readonly resource: string
  /** Signs the tokens. */
  readonly signer: ProofClient
}

export interface LocalIssuer {
  readonly issuer: TokenIssuer
  close(): Promise<void>
}

const host = '127.0.0.1'

/** Serves metadata, keys and a token endpoint, on this machine alone. For development. */
export async function startLocalIssuer(options: LocalIssuerOptions): Promise<LocalIssuer> {
  const { port, resource, signer, client, scope, lifetimeSeconds } = options
  if (!accessTokenAlgorithms.some((alg) => alg === signer.alg)) {
    throw new UsageError(`a guard accepts no access token with ${signer.alg}: use another --signing-key`)
  }
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy())
  })
  server.headersTimeout = 10_000
  server.requestTimeout = 10_000
  server.listen(port, host)
  try {
    // It rejects with the error that the server emits instead.
    await once(server, 'listening')
  } catch (error) {
    throw explainListening(error, port)
  }
  const address = server.address()
  const origin = `http://${host}:${typeof address === 'object' ? address?.port : port}`
  const { privateKey, alg, jkt } = signer
  const { issuer } = signedTokens({ privateKey, alg, kid: jkt.slice(0, 8), claims: { iss: origin, aud: resource } })
  const url = `${origin}/token`
  const endpoint = { issuer, url, client, scope, lifetimeSeconds, replayStore: memoryReplayStore() }
  const metadata = {
    issuer: origin,
    jwks_uri: `${origin}/jwks`,
    token_endpoint: url,
    grant_types_supported: ['client_credentials'],
    response_types_supported: [],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    dpop_signing_alg_values_supported: ['ES256', 'PS256', 'Ed25519', 'EdDSA'],
  }
  const documents = new Map<string, object>([
    ['/.well-known/oauth-authorization-server', metadata],
    ['/.well-known/openid-configuration', metadata],
    ['/jwks', issuer.jwks],
  ])

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A page of another site may have its own name resolve to this machine.
    const asked = `http://${request.headers.host}`
    if (!URL.canParse(asked) || !isOnThisMachine(new URL(asked))) return send(response, 421, { error: 'wrong host' })
    const document = documents.get(request.url ?? '')
    if (document !== undefined) return send(response, 200, document)
    if (request.url !== '/token') return send(response, 404, { error: 'not found' })
    const body = await readBody(request)
    if (body === undefined) return send(response, 413, { error: 'invalid_request' })
    const { method = '', rawHeaders: headers } = request
    const { status, body: result } = await answerTokenRequest({ method, headers, body }, endpoint)
    send(response, status, result)
  }

  return {
    issuer,
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

const problems: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use, maybe by another issuer',
  EACCES: 'is not yours to use',
}

function explainListening(error: unknown, port: number): unknown {
  const { code = '' } = error as NodeJS.ErrnoException
  const problem = problems[code]
  if (problem === undefined) return error
  return new Error(
    `port ${port} of ${host} ${problem}: choose another one, such as --port ${port === 4001 ? 4002 : 4001}`,
  )
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' })
  response.end(JSON.stringify(body))
}

const maxBodyBytes = 16 * 1024

/** Undefined if it is too long. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request) {
    length += chunk.length
    if (length > maxBodyBytes) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
