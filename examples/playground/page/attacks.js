// @ts-check
import { decodeString, encodeString } from './base64url.js'
import { draftProof, makeProof, signProof } from './proof.js'

/** @typedef {import('./exchange.js').Request} Request */

/**
 * @typedef {object} Stolen what the attacker has, and can make the client do
 * @property {import('./client.js').Client} client
 * @property {import('./key.js').Key} clientKey signs the proofs that were intercepted before use
 * @property {import('./key.js').Key} attackerKey
 * @property {import('./scene.js').Api} api
 * @property {string} url
 * @property {string} token
 * @property {string} otherToken of another API
 * @property {() => Promise<Request>} intercept makes the client call the API, and returns its request
 * @property {() => Promise<string>} stealUnboundToken
 */

/** @typedef {{ name: string, story: string, plan(stolen: Stolen): Promise<Request> }} Attack */

const tenMinutes = 600

/** @type {Attack[]} */
export const attacks = [
  {
    name: 'Send nothing',
    story: 'No token, no proof. The challenge says which scheme to use.',
    async plan({ url }) {
      return { method: 'GET', url, headers: {} }
    },
  },
  {
    name: 'Replay a request',
    story: 'The client calls the API, and you send its request again, byte for byte.',
    plan: ({ intercept }) => intercept(),
  },
  {
    name: 'Use the token as Bearer',
    story: 'No proof, and a scheme that needs no proof.',
    async plan({ url, token }) {
      return { method: 'GET', url, headers: { Authorization: `Bearer ${token}` } }
    },
  },
  {
    name: 'Drop the proof',
    story: 'The scheme DPoP, the token, and no DPoP header.',
    async plan({ url, token }) {
      return { method: 'GET', url, headers: { Authorization: `DPoP ${token}` } }
    },
  },
  {
    name: 'Sign with your own key',
    story: 'A perfect proof, but your key is not the one that the token is bound to.',
    async plan({ client, attackerKey, url, token }) {
      const dpop = await makeProof(attackerKey, { method: 'GET', url, token, nonce: client.nonceFor(url) })
      return withProof('GET', url, token, dpop)
    },
  },
  {
    name: "Claim the client's key",
    story: "The client's public key in the header, your signature below it.",
    async plan({ client, clientKey, attackerKey, url, token }) {
      const contents = await draftProof(clientKey, { method: 'GET', url, token, nonce: client.nonceFor(url) })
      return withProof('GET', url, token, await signProof(attackerKey, contents))
    },
  },
  {
    name: 'Change the method',
    story: 'An intercepted proof for GET, sent with DELETE.',
    async plan({ client, url, token }) {
      return { ...(await client.apiRequest('GET', url, token)), method: 'DELETE' }
    },
  },
  {
    name: 'Change the URL',
    story: 'An intercepted proof for /invoices, sent to /orders.',
    async plan({ client, api, url, token }) {
      return { ...(await client.apiRequest('GET', `${api.origin}/invoices`, token)), url }
    },
  },
  {
    name: 'Change the host',
    story: 'You made the client call localhost instead of 127.0.0.1, and you send its proof with that Host.',
    plan({ client, api, token }) {
      return client.apiRequest('GET', `http://localhost:${new URL(api.origin).port}/orders`, token)
    },
  },
  {
    name: 'Wait ten minutes',
    story: 'An intercepted proof that is ten minutes old. If the API uses nonces, its nonce is ten minutes old too.',
    async plan({ clientKey, url, token }) {
      const { header, claims } = await draftProof(clientKey, { method: 'GET', url, token, nonce: 'of-ten-minutes-ago' })
      const aged = { ...claims, iat: Number(claims.iat) - tenMinutes }
      return withProof('GET', url, token, await signProof(clientKey, { header, claims: aged }))
    },
  },
  {
    name: 'Swap the token',
    story: "An intercepted proof that belongs to the client's token for another API.",
    async plan({ client, url, token, otherToken }) {
      const dpop = await client.prove({ method: 'GET', url, token: otherToken })
      return withProof('GET', url, token, dpop)
    },
  },
  {
    name: 'Use a token of another API',
    story: "You run that API, and you send the client's token with a good proof.",
    plan: ({ client, url, otherToken }) => client.apiRequest('GET', url, otherToken),
  },
  {
    name: 'Edit the token',
    story: 'You write your own thumbprint into the token, and sign the proof with your own key.',
    async plan({ client, attackerKey, url, token }) {
      const edited = rebind(token, attackerKey.thumbprint)
      const dpop = await makeProof(attackerKey, { method: 'GET', url, token: edited, nonce: client.nonceFor(url) })
      return withProof('GET', url, edited, dpop)
    },
  },
  {
    name: 'Steal an unbound token',
    story: 'Without DPoP: a Bearer token of another client. Try it in both modes (step 4).',
    async plan({ url, stealUnboundToken }) {
      return { method: 'GET', url, headers: { Authorization: `Bearer ${await stealUnboundToken()}` } }
    },
  },
]

/** @param {string} method @param {string} url @param {string} token @param {string} dpop @returns {Request} */
export function withProof(method, url, token, dpop) {
  return { method, url, headers: { Authorization: `DPoP ${token}`, DPoP: dpop } }
}

/** @param {string} token @param {string} jkt */
function rebind(token, jkt) {
  const [header, claims = '', signature] = token.split('.')
  return [header, encodeString(JSON.stringify({ ...JSON.parse(decodeString(claims)), cnf: { jkt } })), signature].join(
    '.',
  )
}
