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
 * An ordinary client with a DPoP key of its own. Its private key cannot be exported, so not even this demo can copy it.
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
  // Delivers nothing and hands back the headers that were about to be sent.
  wiretap[customFetch] = async (_url, { headers }) => new Response(null, { headers })

  return {
    thumbprint: await DPoP.calculateThumbprint(),

    /** @param {string} resource @param {string} scope */
    async getToken(resource, scope) {
      const { access_token } = await clientCredentialsGrant(config, { resource, scope }, { DPoP })
      return access_token
    },

    /**
     * The credentials in the client's request, as they are on the wire: sent untouched they are the client's own request,
     * and whoever intercepts them has its token and an unused proof.
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
 * A client without a key: its tokens are not bound to one.
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

/** Has what was seen on the wire, and any key but the client's. */
export async function startThief() {
  const keys = await generateKeyPair('ES256')
  return {
    /** @param {string} method @param {string} url @param {string} token */
    proof: (method, url, token) => generateProof(keys, url, method, undefined, token),
  }
}
