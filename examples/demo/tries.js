// @ts-check

/** @typedef {{ sent: string, method?: 'POST', headers: Record<string, string>, expected: string }} Try */

/**
 * The requests of a client, and of an attacker who reads its traffic, in this order. Each goes to `/orders`, with GET if no method is
 * named. Each has a proof of its own, except the replay.
 *
 * @param {object} scene
 * @param {Awaited<ReturnType<typeof import('./client.js').startClient>>} scene.client
 * @param {Awaited<ReturnType<typeof import('./client.js').startAttacker>>} scene.attacker
 * @param {string} scene.resource
 * @param {string} scene.otherResource
 * @returns {Promise<Try[]>}
 */
export async function planTries({ client, attacker, resource, otherResource }) {
  const orders = `${resource}/orders`
  const token = await client.getToken(resource, 'orders:read orders:write')
  const readToken = await client.getToken(resource, 'orders:read')
  const otherToken = await client.getToken(otherResource, 'orders:read orders:write')

  const authorization = `DPoP ${token}`
  const request = await client.request('GET', orders, token)
  const atEvil = await client.request('GET', 'http://evil.example/orders', token)
  const forReadToken = await client.request('GET', orders, readToken)

  return [
    {
      sent: 'client: its token, a fresh proof',
      headers: request,
      expected: '200 for demo-client',
    },
    {
      sent: 'client: the same with POST',
      method: 'POST',
      headers: await client.request('POST', orders, token),
      expected: '201 for demo-client',
    },
    {
      sent: 'client: POST, token may only read',
      method: 'POST',
      headers: await client.request('POST', orders, readToken),
      expected: '403 insufficient_scope',
    },
    {
      sent: 'client: token of another API',
      headers: await client.request('GET', orders, otherToken),
      expected: '401 invalid_token',
    },
    {
      sent: 'attacker: no credentials',
      headers: {},
      expected: '401 no error code',
    },
    {
      sent: 'attacker: token as Bearer',
      headers: { authorization: `Bearer ${token}` },
      expected: '401 no error code',
    },
    {
      sent: 'attacker: token without a proof',
      headers: { authorization },
      expected: '401 invalid_dpop_proof',
    },
    {
      sent: "attacker: proof by the attacker's own key",
      headers: { authorization, dpop: await attacker.proof('GET', orders, token) },
      expected: '401 invalid_token',
    },
    {
      sent: 'attacker: replay of the first request',
      headers: request,
      expected: '401 invalid_dpop_proof',
    },
    {
      sent: 'attacker: unused proof for another path',
      headers: await client.request('GET', `${resource}/invoices`, token),
      expected: '401 invalid_dpop_proof',
    },
    {
      sent: 'attacker: unused GET proof, sent with POST',
      method: 'POST',
      headers: await client.request('GET', orders, token),
      expected: '401 invalid_dpop_proof',
    },
    {
      sent: 'attacker: unused proof, ten minutes old',
      headers: await client.request('GET', orders, token, 'ten minutes ago'),
      expected: '401 invalid_dpop_proof',
    },
    {
      sent: 'attacker: unused proof for another token',
      headers: { authorization, dpop: forReadToken.dpop },
      expected: '401 invalid_dpop_proof',
    },
    {
      // A server that takes its own origin from `Host` accepts this one.
      sent: 'attacker: proof and Host of evil.example',
      headers: { ...atEvil, host: 'evil.example' },
      expected: '401 invalid_dpop_proof',
    },
    {
      sent: 'client: again, a fresh proof',
      headers: await client.request('GET', orders, token),
      expected: '200 for demo-client',
    },
  ]
}
