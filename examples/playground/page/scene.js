// @ts-check
/** @typedef {import('./steps.js').Steps} Steps */
/** @typedef {{ name: string, origin: string }} Api */

/**
 * @typedef {object} Scene the servers and the client
 * @property {string} issuer
 * @property {string} authorizationEndpoint
 * @property {string} tokenEndpoint
 * @property {string} clientId
 * @property {string} redirectUri
 * @property {Api[]} apis
 * @property {Steps} steps
 */

/** Loads the addresses from this page's server, and the endpoints from the authorization server. @returns {Promise<Scene>} */
export async function loadScene() {
  const scene = await fetchJson('scene')
  const metadata = await fetchJson(`${scene.issuer}/.well-known/openid-configuration`)
  return {
    ...scene,
    authorizationEndpoint: metadata.authorization_endpoint,
    tokenEndpoint: metadata.token_endpoint,
  }
}

/** @param {string} url */
async function fetchJson(url) {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`${url} answered ${response.status}`)
  return response.json()
}
