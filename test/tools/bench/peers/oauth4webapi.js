// @ts-check
import { customFetch, jwksCache, validateJwtAccessToken } from 'oauth4webapi'
import { issuerUrl, resourceUrl } from '../support/credentials.js'

/**
 * @param {import('../support/credentials.js').Issuer} issuer
 * @returns {import('./peer.js').Peer<Request>}
 */
export function oauth4webapi({ jwks }) {
  const as = { issuer: issuerUrl, jwks_uri: `${issuerUrl}/jwks` }
  const options = {
    requireDPoP: true,
    [jwksCache]: { jwks: /** @type {any} */ (jwks), uat: Math.floor(Date.now() / 1000) },
    [customFetch]: () => Promise.reject(new Error('the key set is cached, so nothing is fetched')),
  }
  return {
    name: 'oauth4webapi',
    read: ({ method, target, headers }) => {
      const fields = new Headers()
      for (let index = 0; index < headers.length; index += 2)
        fields.append(headers[index] ?? '', headers[index + 1] ?? '')
      return new Request(resourceUrl + target, { method, headers: fields })
    },
    accepts: (request) =>
      validateJwtAccessToken(as, request, resourceUrl, options).then(
        () => true,
        () => false,
      ),
    facts: { nonces: 'no', keys: 'no', tokens: 'no' },
  }
}
