// @ts-check
import { auth } from 'express-oauth2-jwt-bearer'
import { issuerUrl, resourceUrl } from '../support/credentials.js'
import { readHeaders } from './peer.js'

/**
 * Its middleware, with the parts of an Express request that it reads.
 *
 * @param {import('../support/credentials.js').Issuer} issuer
 * @returns {import('./peer.js').Peer<any>}
 */
export function expressOauth2JwtBearer({ jwks }) {
  const middleware = auth({
    issuer: issuerUrl,
    publicKey: jwks,
    audience: resourceUrl,
    strict: true,
    dpop: { required: true, iatOffset: 60 },
  })
  return {
    name: 'express-oauth2-jwt-bearer',
    read: ({ method, target, headers: list }) => {
      const headers = readHeaders(list)
      return {
        method,
        headers,
        protocol: 'https',
        originalUrl: target,
        query: { include: 'items' },
        get: (/** @type {string} */ name) => headers[name.toLowerCase()],
        is: () => false,
      }
    },
    accepts: (request) =>
      new Promise((resolve) => {
        middleware(request, /** @type {any} */ ({}), (/** @type {unknown} */ error) => resolve(error === undefined))
      }),
    facts: { nonces: 'no', keys: 'no', tokens: 'no' },
  }
}
