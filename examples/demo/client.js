// @ts-check
import { generateKeyPair, generateProof } from 'dpop'
import {
  allowInsecureRequests,
  ClientSecretBasic,
  Configuration,
  clientCredentialsGrant,
  customFetch,
  discovery,
  fetchProtectedResource,
  getDPoPHandle,
  modifyAssertion,
  randomDPoPKeyPair,
} from 'openid-client'

/** @typedef {{ issuer: string, clientId: string, clientSecret: string }} Registration */

/**
 * An ordinary client with a DPoP key of its own. Nothing can export its private key, not even this demo.
 *
 * @param {Registration} registration
 */
export async function startClient(registration) {
  const { clientId } = registration
  const config = await findAuthorizationServer(registration)
  const keys = await randomDPoPKeyPair('ES256')
  const DPoP = getDPoPHandle(config, keys)
  const tenMinutesAgo = getDPoPHandle(config, keys, {
    [modifyAssertion]: (_header, claims) => {
      claims.iat = Number(claims.iat) - 600
    },
  })

  const wiretap = new Configuration(config.serverMetadata(), clientId)
  allowInsecureRequests(wiretap)
  // Sends nothing, and returns the headers of the request.
  wiretap[customFetch] = async (_url, { headers }) => new Response(null, { headers })

  return {
    thumbprint: await DPoP.calculateThumbprint(),

    /** @param {string} resource @param {string} scope */
    async getToken(resource, scope) {
      const { access_token } = await clientCredentialsGrant(config, { resource, scope }, { DPoP })
      return access_token
    },

    /**
     * The headers with the credentials of one request. Sent unchanged they are the client's own request. An attacker who intercepts
     * them has the client's token and an unused proof.
     *
     * @param {string} method
     * @param {string} url
     * @param {string} token
     * @param {'now' | 'ten minutes ago'} [when]
     */
    async request(method, url, token, when = 'now') {
      const { headers } = await fetchProtectedResource(wiretap, token, new URL(url), method, undefined, undefined, {
        DPoP: when === 'now' ? DPoP : tenMinutesAgo,
      })
      return { authorization: headers.get('authorization') ?? '', dpop: headers.get('dpop') ?? '' }
    },
  }
}

/**
 * A client without a key. Its tokens are not bound.
 *
 * @param {Registration} registration
 */
export async function startUnboundClient(registration) {
  const config = await findAuthorizationServer(registration)
  return {
    /** @param {string} resource @param {string} scope */
    async getToken(resource, scope) {
      const { access_token } = await clientCredentialsGrant(config, { resource, scope })
      return access_token
    },
  }
}

/** @param {Registration} registration */
function findAuthorizationServer({ issuer, clientId, clientSecret }) {
  return discovery(new URL(issuer), clientId, undefined, ClientSecretBasic(clientSecret), {
    algorithm: 'oauth2',
    execute: [allowInsecureRequests],
  })
}

/** Has everything that was sent, and a key, but not the client's key. */
export async function startAttacker() {
  const keys = await generateKeyPair('ES256')
  return {
    /** @param {string} method @param {string} url @param {string} token */
    proof: (method, url, token) => generateProof(keys, url, method, undefined, token),
  }
}
