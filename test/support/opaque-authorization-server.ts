/** oidc-provider as an authorization server of opaque access tokens, which it introspects (RFC 7662) and revokes (RFC 7009). */
import { generateKeyPairSync, randomBytes, type webcrypto } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
// Not the package's entry point, because it prints a warning on Node 20. Everything that is used here works there.
import { InvalidTarget } from 'oidc-provider/lib/helpers/errors.js'
import { Provider } from 'oidc-provider/lib/provider.js'
import { listenOnLoopback } from './listen.js'

export interface OpaqueAuthorizationServer {
  issuer: string
  /** The client that gets tokens and revokes them, by client_secret_basic. */
  client: { id: string; secret: string }
  /** The registrations of the API, by method of authentication. Each may introspect. */
  api: {
    basic: { id: string; secret: string }
    post: { id: string; secret: string }
    privateKeyJwt: { id: string; key: webcrypto.CryptoKey }
  }
  /** The headers of every introspection request so far. */
  introspections: IncomingHttpHeaders[]
  /** Starts or stops cutting every connection. */
  cutOff: boolean
  close(): Promise<void>
}

export async function startOpaqueAuthorizationServer(resources: string[]): Promise<OpaqueAuthorizationServer> {
  const { server, origin: issuer, close } = await listenOnLoopback()
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const apiKeys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
  const apiJwk = await crypto.subtle.exportKey('jwk', apiKeys.publicKey)
  const client = { id: 'client-1', secret: randomSecret() }
  const basic = { id: 'api-basic', secret: randomSecret() }
  const post = { id: 'api-post', secret: randomSecret() }
  const noGrants = { grant_types: [], redirect_uris: [], response_types: [] }

  const provider = new Provider(issuer, {
    adapter: createAdapter,
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    clients: [
      { ...noGrants, client_id: client.id, client_secret: client.secret, grant_types: ['client_credentials'] },
      { ...noGrants, client_id: basic.id, client_secret: basic.secret },
      {
        ...noGrants,
        client_id: post.id,
        client_secret: post.secret,
        token_endpoint_auth_method: 'client_secret_post',
      },
      {
        ...noGrants,
        client_id: 'api-jwt',
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_signing_alg: 'ES256',
        jwks: { keys: [apiJwk] },
      },
    ],
    cookies: { keys: [randomSecret()] },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      dPoP: { enabled: true },
      introspection: {
        enabled: true,
        allowedPolicy: async (_ctx: unknown, { clientId }: { clientId: string }) => clientId.startsWith('api-'),
      },
      revocation: { enabled: true, allowedPolicy: async () => true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo(_ctx: unknown, resource: string) {
          if (!resources.includes(resource)) throw new InvalidTarget()
          return { accessTokenFormat: 'opaque', audience: resource, scope: 'orders:read orders:write' }
        },
      },
    },
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig' }] },
    ttl: { ClientCredentials: 300 },
  })

  const started: OpaqueAuthorizationServer = {
    issuer,
    client,
    api: { basic, post, privateKeyJwt: { id: 'api-jwt', key: apiKeys.privateKey } },
    introspections: [],
    cutOff: false,
    close,
  }
  const answer = provider.callback()
  server.on('request', (request, response) => {
    if (started.cutOff) {
      request.socket.destroy()
      return
    }
    if (request.url === '/token/introspection') started.introspections.push(request.headers)
    answer(request, response)
  })
  return started
}

const randomSecret = () => randomBytes(32).toString('base64url')

/** One adapter for each model. It keeps everything until it is asked to remove it. */
function createAdapter() {
  const entries = new Map<string, unknown>()
  return {
    find: async (id: string) => entries.get(id),
    async upsert(id: string, payload: unknown) {
      entries.set(id, payload)
    },
    async destroy(id: string) {
      entries.delete(id)
    },
  }
}
