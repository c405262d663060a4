// @ts-check
/** @typedef {{ name: string, origin: string }} Api */

/**
 * @typedef {object} Scene who takes part
 * @property {string} issuer
 * @property {string} authorizationEndpoint
 * @property {string} tokenEndpoint
 * @property {string} clientId
 * @property {string} redirectUri
 * @property {Api[]} apis
 */

/** Asks this page's server for the addresses, and the authorization server for its endpoints. @returns {Promise<Scene>} */
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
