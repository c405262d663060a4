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
  ResponseBodyError,
  randomDPoPKeyPair,
  randomPKCECodeVerifier,
  randomState,
  refreshTokenGrant,
} from 'openid-client'
import { printingFetch } from './transcript.js'

/**
 * A public client. The handle makes a proof for each request, remembers the nonce of each server, and tries once more where one
 * is wanted.
 *
 * @param {object} options
 * @param {string} options.issuer
 * @param {string} options.clientId
 * @param {string} options.redirectUri
 * @param {string} options.resource the API's identifier (RFC 8707)
 * @param {import('openid-client').CryptoKeyPair} options.keys
 */
export async function startProgram({ issuer, clientId, redirectUri, resource, keys }) {
  const config = await discovery(new URL(issuer), clientId, undefined, None(), { execute: [allowInsecureRequests] })
  /** @type {string[]} */
  const answers = []
  config[customFetch] = printingFetch(answers)
  const DPoP = getDPoPHandle(config, keys)
  const thumbprint = await DPoP.calculateThumbprint()

  return {
    thumbprint,
    answers,

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

    /** @param {string} refreshToken */
    async refreshWithAnotherKey(refreshToken) {
      const other = getDPoPHandle(config, await randomDPoPKeyPair('ES256'))
      await refreshTokenGrant(config, refreshToken, { resource }, { DPoP: other }).catch((error) => {
        if (!(error instanceof ResponseBodyError)) throw error
      })
    },

    /** @param {URL} url @param {string} token */
    async call(url, token) {
      const response = await fetchProtectedResource(config, token, url, 'GET', undefined, undefined, { DPoP })
      console.log(`  ${await response.text()}`)
    },
  }
}
