// @ts-check
import { JoseKey, OAuthVerifier } from '@atproto/oauth-provider'
import { issuerUrl, resourceUrl } from '../support/credentials.js'
import { readHeaders } from './peer.js'

/**
 * The verifier of AT Protocol's authorization server, without the nonces that it requires by default. It accepts only tokens whose
 * `jti` has its own form.
 *
 * @param {import('../support/credentials.js').Issuer} issuer
 * @returns {Promise<import('./peer.js').Peer<{ method: string, url: URL, headers: Record<string, string> }>>}
 */
export async function atproto({ jwks }) {
  const keyset = await Promise.all(jwks.keys.map((jwk) => JoseKey.fromJWK(jwk)))
  const verifier = new OAuthVerifier({ issuer: issuerUrl, keyset, dpopSecret: false })
  return {
    name: '@atproto/oauth-provider',
    read: ({ method, target, headers }) => ({
      method,
      url: new URL(target, resourceUrl),
      headers: readHeaders(headers),
    }),
    accepts: ({ method, url, headers }) =>
      verifier.authenticateRequest(method, url, headers, { audience: [resourceUrl] }).then(
        () => true,
        () => false,
      ),
    facts: { nonces: 'can, off here', keys: 'no', tokens: 'no' },
  }
}
