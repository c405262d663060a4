// @ts-check
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrlWithPAR,
  calculatePKCECodeChallenge,
  customFetch,
  discovery,
  fetchProtectedResource,
  getDPoPHandle,
  None,
  randomPKCECodeVerifier,
  randomState,
  refreshTokenGrant,
} from 'openid-client'

/**
 * A public client. The DPoP handle makes a proof for each request and remembers the nonce of each server. When a server asks for a
 * nonce, it sends the request again.
 *
 * @param {object} options
 * @param {string} options.issuer
 * @param {string} options.clientId
 * @param {string} options.redirectUri
 * @param {string} options.resource the API's identifier (RFC 8707)
 * @param {import('openid-client').CryptoKeyPair} options.keys
 * @param {import('openid-client').CustomFetch} [options.fetch]
 */
export async function startProgram({ issuer, clientId, redirectUri, resource, keys, fetch }) {
  const config = await discovery(new URL(issuer), clientId, undefined, None(), {
    // The library allows https only. Tests and demos have an authorization server on this machine.
    execute: new URL(issuer).hostname === '127.0.0.1' ? [allowInsecureRequests] : [],
  })
  if (fetch !== undefined) config[customFetch] = fetch
  const DPoP = getDPoPHandle(config, keys)
  const thumbprint = await DPoP.calculateThumbprint()

  return {
    thumbprint,

    async pushAuthorizationRequest() {
      const codeVerifier = randomPKCECodeVerifier()
      const state = randomState()
      const parameters = {
        redirect_uri: redirectUri,
        scope: 'orders:read',
        resource,
        state,
        code_challenge: await calculatePKCECodeChallenge(codeVerifier),
        code_challenge_method: 'S256',
        // RFC 9449 section 10: the code is for this key only.
        dpop_jkt: thumbprint,
      }
      return { url: await buildAuthorizationUrlWithPAR(config, parameters, { DPoP }), codeVerifier, state }
    },

    /** @param {URL} callback @param {{ codeVerifier: string, state: string }} request */
    exchangeCode(callback, { codeVerifier, state }) {
      const checks = { pkceCodeVerifier: codeVerifier, expectedState: state }
      return authorizationCodeGrant(config, callback, checks, { resource }, { DPoP })
    },

    /** @param {string} refreshToken */
    refresh(refreshToken) {
      return refreshTokenGrant(config, refreshToken, { resource }, { DPoP })
    },

    /** @param {URL} url @param {string} token */
    call(url, token) {
      return fetchProtectedResource(config, token, url, 'GET', undefined, undefined, { DPoP })
    },
  }
}
