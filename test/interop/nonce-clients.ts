/** Clients that follow a server's nonces (RFC 9449 section 8), each with a fresh key and its own store. */
import * as dpop from 'dpop'
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'

export interface NonceClient {
  /** RFC 7638 thumbprint of its key, as the library computes it. */
  jkt: string
  /** Sends a GET, and retries once with a nonce if it must. Throws the library's own error for any other rejection. */
  get(url: string, token: string): Promise<Response>
}

export const nonceClients: Record<string, () => Promise<NonceClient>> = {
  /** Remembers nonces and retries without help. */
  async 'openid-client'() {
    const config = new openid.Configuration({ issuer: 'https://as.example.com' }, 'client-1')
    openid.allowInsecureRequests(config)
    const DPoP = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair('ES256'))
    return {
      jkt: await DPoP.calculateThumbprint(),
      get: (url, token) =>
        openid.fetchProtectedResource(config, token, new URL(url), 'GET', undefined, undefined, { DPoP }),
    }
  },

  /** Remembers nonces. Its caller must retry. */
  async oauth4webapi() {
    const DPoP = oauth.DPoP({}, await oauth.generateKeyPair('ES256'))
    const get = (url: string, token: string) =>
      oauth.protectedResourceRequest(token, 'GET', new URL(url), undefined, undefined, {
        DPoP,
        [oauth.allowInsecureRequests]: true,
      })
    return {
      jkt: await DPoP.calculateThumbprint(),
      async get(url, token) {
        try {
          return await get(url, token)
        } catch (error) {
          if (!oauth.isDPoPNonceError(error)) throw error
          return get(url, token)
        }
      },
    }
  },

  /** Only makes proofs. The test reads the nonce from the headers and retries. */
  dpop: () => byHand((challenges) => challenges.includes('error="use_dpop_nonce"')),

  /** Like some clients, it reads only the start of `WWW-Authenticate`. */
  'a client that reads only the first challenge': () =>
    byHand((challenges) => /^DPoP .*error="use_dpop_nonce"/.test(challenges)),
}

/** Uses a nonce for one request only. After a response without a nonce, its next request has no nonce. */
export const forgetfulClient = () =>
  byHand(
    (challenges) => challenges.includes('error="use_dpop_nonce"'),
    (received) => received,
  )

/** `isAskedFor` returns whether this `WWW-Authenticate`, with its lines joined, asks for a nonce. `keep` returns the next nonce. */
async function byHand(
  isAskedFor: (challenges: string) => boolean,
  keep = (received: string | undefined, used: string | undefined) => received ?? used,
): Promise<NonceClient> {
  const keys = await dpop.generateKeyPair('ES256')
  let nonce: string | undefined
  async function get(url: string, token: string): Promise<Response> {
    const proof = await dpop.generateProof(keys, url, 'GET', nonce, token)
    const response = await fetch(url, { headers: { authorization: `DPoP ${token}`, dpop: proof } })
    nonce = keep(response.headers.get('dpop-nonce') ?? undefined, nonce)
    return response
  }
  return {
    jkt: await dpop.calculateThumbprint(keys.publicKey),
    async get(url, token) {
      const response = await get(url, token)
      return isAskedFor(response.headers.get('www-authenticate') ?? '') ? get(url, token) : response
    },
  }
}
