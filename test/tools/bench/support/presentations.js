// @ts-check
// Requests to a resource server, each with an access token and an unused proof.
import { createClient, resourceUrl } from './credentials.js'

/** @typedef {import('./credentials.js').Client} Client */
/** @typedef {import('./credentials.js').Algorithm} Algorithm */
/** @typedef {{ client: Client, accessToken: string }} Grant A client, and an access token bound to its key. */
/** @typedef {{ method: string, target: string, headers: string[] }} Request */
/** @typedef {Grant & { proof: string, request: Request }} Presentation */

const method = 'GET'
const target = '/orders/1842?include=items'
const url = `${resourceUrl}/orders/1842`

/** The fields beside Authorization and DPoP. A request has twelve in total. */
const otherFields = [
  ['Host', 'api.example.com'],
  ['Connection', 'keep-alive'],
  [
    'User-Agent',
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  ],
  ['Accept', 'application/json, text/plain, */*'],
  ['Accept-Language', 'en-GB,en;q=0.9,de;q=0.8'],
  ['Accept-Encoding', 'gzip, deflate, br, zstd'],
  ['Cache-Control', 'no-cache'],
  ['If-None-Match', 'W/"5c-EZ3q0wbQ5qYpR4u6c5n1y1hVbPk"'],
  ['X-Request-Id', '7f1c1f2e-6a86-4b0e-9a44-0f6f2d5a1a52'],
  ['Traceparent', '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'],
].flat()

/**
 * @param {string | undefined} authorization
 * @param {string} [proof]
 * @returns {Request}
 */
export function createRequest(authorization, proof) {
  const headers = [...otherFields]
  if (authorization !== undefined) headers.push('Authorization', received(authorization))
  if (proof !== undefined) headers.push('DPoP', received(proof))
  return { method, target, headers }
}

/** A string as a parser of HTTP makes it. A joined string would have to be copied during the measurement. @param {string} text */
function received(text) {
  return Buffer.from(text, 'latin1').toString('latin1')
}

/** Keys are expensive to make, above all RSA keys. @type {Map<Algorithm, Client[]>} */
const clientsMade = new Map()

/** Returns the same clients as before, and makes more if needed. @param {Algorithm} algorithm @param {number} count */
function takeClients(algorithm, count) {
  const clients = clientsMade.get(algorithm) ?? []
  clientsMade.set(algorithm, clients)
  while (clients.length < count) clients.push(createClient(algorithm))
  return clients.slice(0, count)
}

/**
 * Makes grants with different access tokens. Each has its own key unless there are fewer keys.
 *
 * @param {{ algorithm: Algorithm, issuer: import('./credentials.js').Issuer, count: number, keys?: number, claims?: () => Record<string, unknown> }} wanted
 * @returns {Grant[]}
 */
export function createGrants({ algorithm, issuer, count, keys = count, claims }) {
  const clients = takeClients(algorithm, keys)
  return Array.from({ length: count }, (_, index) => {
    const client = /** @type {Client} */ (clients[index % keys])
    return { client, accessToken: issuer.mintAccessToken(client.jkt, claims?.()) }
  })
}

/**
 * @param {Grant} grant
 * @param {import('./credentials.js').ProofChanges} [changes]
 * @returns {Presentation}
 */
export function present(grant, changes) {
  const { client, accessToken } = grant
  const proof = client.mintProof({ method, url, accessToken, ...changes })
  return { ...grant, proof, request: createRequest(`DPoP ${accessToken}`, proof) }
}

/**
 * Takes the grants in turn, and continues after the last one it took.
 *
 * @param {readonly Grant[]} grants
 * @param {number} count
 */
export function presentInTurn(grants, count) {
  const next = presentNext(grants)
  return () => Array.from({ length: count }, next)
}

/** @param {readonly Grant[]} grants */
export function presentNext(grants) {
  let next = 0
  return () => present(/** @type {Grant} */ (grants[next++ % grants.length]))
}
