/** DPoP clients of other projects behind one interface, each with a fresh key. */
import * as dpop from 'dpop'
import * as jose from 'jose'
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'

export type Algorithm = 'ES256' | 'PS256' | 'RS256' | 'Ed25519'

export interface Client {
  /** RFC 7638 thumbprint of its key, as the library computes it. */
  jkt: string
  /** Sends a request with a new proof. Throws the library's own error for a rejection. */
  send(method: string, url: string, token: string, body?: string): Promise<Response>
}

export const clients: Record<string, (alg: Algorithm) => Promise<Client>> = {
  async dpop(alg) {
    const keys = await dpop.generateKeyPair(alg)
    return {
      jkt: await dpop.calculateThumbprint(keys.publicKey),
      async send(method, url, token, body) {
        // The library needs the URL without query and fragment.
        const { origin, pathname } = new URL(url)
        const proof = await dpop.generateProof(keys, origin + pathname, method, undefined, token)
        return fetchWithProof(url, { method, token, proof, body })
      },
    }
  },

  async oauth4webapi(alg) {
    const keys = await oauth.generateKeyPair(alg)
    const DPoP = oauth.DPoP({}, keys)
    return {
      jkt: await DPoP.calculateThumbprint(),
      send: (method, url, token, body) =>
        oauth.protectedResourceRequest(token, method, new URL(url), undefined, body, {
          DPoP,
          [oauth.allowInsecureRequests]: true,
        }),
    }
  },

  async 'openid-client'(alg) {
    const config = new openid.Configuration({ issuer: 'https://as.example.com' }, 'client-1')
    openid.allowInsecureRequests(config)
    const keys = await openid.randomDPoPKeyPair(alg)
    const DPoP = openid.getDPoPHandle(config, keys)
    return {
      jkt: await DPoP.calculateThumbprint(),
      send: (method, url, token, body) =>
        openid.fetchProtectedResource(config, token, new URL(url), method, body, undefined, { DPoP }),
    }
  },

  async jose(alg) {
    const { privateKey, publicKey } = await jose.generateKeyPair(alg)
    const jwk = await jose.exportJWK(publicKey)
    return {
      jkt: await jose.calculateJwkThumbprint(jwk),
      async send(method, url, token, body) {
        const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token))
        // Query and fragment stay in htu, as in careless clients.
        const proof = await new jose.SignJWT({
          htm: method,
          htu: new URL(url).href,
          ath: jose.base64url.encode(new Uint8Array(digest)),
        })
          .setProtectedHeader({ typ: 'dpop+jwt', alg, jwk })
          .setIssuedAt()
          .setJti(crypto.randomUUID())
          .sign(privateKey)
        return fetchWithProof(url, { method, token, proof, body })
      },
    }
  },
}

interface ProvenRequest {
  method: string
  token: string
  proof: string
  body: string | undefined
}

function fetchWithProof(url: string, { method, token, proof, body }: ProvenRequest): Promise<Response> {
  const headers = { authorization: `DPoP ${token}`, dpop: proof }
  return fetch(url, { method, headers, ...(body !== undefined && { body }) })
}
