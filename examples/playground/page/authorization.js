// @ts-check
import { randomString, sha256 } from './base64url.js'

/** @typedef {import('./scene.js').Scene} Scene */
/** @typedef {{ state: string, codeVerifier: string, request: string, proof?: string | undefined }} Pending */

const storageName = 'authorization'

const scope = 'orders:read orders:write'

/**
 * The authorization request (RFC 6749 section 4.1.1), with PKCE (RFC 7636), for all APIs (RFC 8707), for this key only
 * (RFC 9449 section 10). The values that the response must match are stored for this tab.
 *
 * @param {Scene} scene
 * @param {string} thumbprint
 * @param {string} [proof] kept for the token request
 */
export async function prepareAuthorization({ authorizationEndpoint, clientId, redirectUri, apis }, thumbprint, proof) {
  const state = randomString()
  const codeVerifier = randomString() + randomString()
  const url = new URL(authorizationEndpoint)
  url.search = new URLSearchParams([
    ['response_type', 'code'],
    ['client_id', clientId],
    ['redirect_uri', redirectUri],
    ['scope', scope],
    ...apis.map(({ origin }) => ['resource', origin]),
    ['state', state],
    ['code_challenge', await sha256(codeVerifier)],
    ['code_challenge_method', 'S256'],
    ['dpop_jkt', thumbprint],
  ]).toString()
  /** @type {Pending} */
  const pending = { state, codeVerifier, request: url.href, proof }
  sessionStorage.setItem(storageName, JSON.stringify(pending))
  return url
}

/**
 * Returns the code of an authorization response, or undefined if the page was opened without one. Removes it from the address, so that
 * it is not in the history. Throws an Error for a response to another request (RFC 6749 section 10.12, RFC 9207).
 *
 * @param {Scene} scene
 */
export function readAuthorizationResponse({ issuer }) {
  const answer = new URLSearchParams(location.search)
  if (!answer.has('state')) return undefined
  history.replaceState(null, '', location.pathname)
  /** @type {Pending | null} */
  const pending = JSON.parse(sessionStorage.getItem(storageName) ?? 'null')
  sessionStorage.removeItem(storageName)
  if (pending === null || answer.get('state') !== pending.state || answer.get('iss') !== issuer) {
    throw new Error('This response does not belong to a request of this tab. Ask again.')
  }
  const code = answer.get('code')
  if (code === null) throw new Error(`The authorization server rejected the request: ${answer.get('error')}`)
  return { code, codeVerifier: pending.codeVerifier, request: new URL(pending.request), proof: pending.proof }
}
