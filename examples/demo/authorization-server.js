// @ts-check
import { generateKeyPairSync, randomBytes } from 'node:crypto'
// Not the package's entry point: that one prints a warning on Node 20, where everything used here works as well.
// @ts-expect-error: the package has no types
import { InvalidTarget } from 'oidc-provider/lib/helpers/errors.js'
// @ts-expect-error: the package has no types
import { Provider } from 'oidc-provider/lib/provider.js'
import { listenOnLoopback } from './loopback.js'

/**
 * Starts an authorization server that issues JWT access tokens (RFC 9068) with one audience each (RFC 8707), bound to the
 * key of the client's DPoP proof (RFC 9449). Its keys and the client's secret are new on every start.
 *
 * @param {{ resources: string[] }} options the resource identifiers that tokens are issued for
 */
export async function startAuthorizationServer({ resources }) {
  const { server, origin: issuer, close } = await listenOnLoopback()
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const clientId = 'demo-client'
  const clientSecret = randomSecret()

  const provider = new Provider(issuer, {
    adapter: createAdapter,
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      },
    ],
    cookies: { keys: [randomSecret()] },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      dPoP: { enabled: true },
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
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig' }] },
    ttl: { ClientCredentials: 300 },
  })
  provider.on('server_error', (/** @type {unknown} */ _ctx, /** @type {Error} */ error) => console.error(error))
  server.on('request', provider.callback())
  return { issuer, clientId, clientSecret, close }
}

const randomSecret = () => randomBytes(32).toString('base64url')

/** With client credentials and JWT access tokens, all there is to keep is which proofs were seen. */
function createAdapter() {
  const entries = new Map()
  return {
    /** @param {string} id */
    find: async (id) => entries.get(id),
    /** @param {string} id @param {unknown} payload */
    upsert: async (id, payload) => {
      entries.set(id, payload)
    },
  }
}
