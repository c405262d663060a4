// @ts-check
import { generateKeyPairSync, randomBytes } from 'node:crypto'
// @ts-expect-error: the package has no types
import { createMemoryAdapter } from 'oidc-provider/lib/adapters/memory_adapter.js'
// The package's entry point prints a warning on Node 20, but the parts that are used here work there too.
// @ts-expect-error: the package has no types
import { InvalidTarget } from 'oidc-provider/lib/helpers/errors.js'
// @ts-expect-error: the package has no types
import { Provider } from 'oidc-provider/lib/provider.js'
import { listenOnLoopback } from './loopback.js'
import { approve, interactionPath } from './user.js'

/** @typedef {{ clientId: string, redirectUri: string }} PublicClient a page, or a program on the user's machine */

/**
 * Starts an authorization server. Its JWT access tokens (RFC 9068) have one audience each (RFC 8707) and are bound to the key of the
 * client's DPoP proof (RFC 9449), which needs a nonce. Its keys and the client's secret are new on every start.
 *
 * @param {object} options
 * @param {string[]} options.resources the resource identifiers that tokens are issued for
 * @param {PublicClient[]} [options.publicClients] may use the authorization code flow with PKCE, and refresh tokens
 */
export async function startAuthorizationServer({ resources, publicClients = [] }) {
  const { server, origin: issuer, close } = await listenOnLoopback()
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const clientId = 'demo-client'
  const clientSecret = randomSecret()

  const provider = new Provider(issuer, {
    adapter: createMemoryAdapter(),
    clientBasedCORS: mayCallFrom,
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      },
      ...publicClients.map(describePublicClient),
    ],
    cookies: { keys: [randomSecret()] },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo(/** @type {unknown} */ _ctx, /** @type {string} */ resource) {
          if (!resources.includes(resource)) throw new InvalidTarget()
          return {
            accessTokenFormat: 'jwt',
            audience: resource,
            jwt: { sign: { alg: 'ES256' } },
            scope: 'orders:read orders:write',
          }
        },
      },
    },
    findAccount: (/** @type {unknown} */ _ctx, /** @type {string} */ sub) => ({
      accountId: sub,
      claims: () => ({ sub }),
    }),
    interactions: {
      url: (/** @type {unknown} */ _ctx, /** @type {{ uid: string }} */ { uid }) => interactionPath + uid,
    },
    issueRefreshToken: mayRefresh,
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig' }] },
    ttl: {
      AccessToken: 1800,
      AuthorizationCode: 300,
      ClientCredentials: 300,
      Grant: 3600,
      Interaction: 300,
      RefreshToken: 3600,
      Session: 3600,
    },
  })
  provider.on('server_error', (/** @type {unknown} */ _ctx, /** @type {Error} */ error) => console.error(error))
  const serve = provider.callback()
  server.on('request', (request, response) => {
    if (request.url?.startsWith(interactionPath)) approve(provider, request, response).catch(console.error)
    else serve(request, response)
  })
  return { issuer, clientId, clientSecret, close }
}

const randomSecret = () => randomBytes(32).toString('base64url')

/** @param {PublicClient} client */
function describePublicClient({ clientId, redirectUri }) {
  return {
    client_id: clientId,
    dpop_bound_access_tokens: true,
    grant_types: ['authorization_code', 'refresh_token'],
    redirect_uris: [redirectUri],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
  }
}

/** @param {unknown} _ctx @param {string} origin @param {{ redirectUris: string[] }} client */
function mayCallFrom(_ctx, origin, { redirectUris }) {
  return redirectUris.some((uri) => new URL(uri).origin === origin)
}

/** @param {unknown} _ctx @param {{ grantTypeAllowed(type: string): boolean }} client */
function mayRefresh(_ctx, client) {
  return client.grantTypeAllowed('refresh_token')
}
