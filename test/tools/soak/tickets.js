// @ts-check
// A request with its own proof, as bytes, and its secrets, which must not come back.
import { randomUUID } from 'node:crypto'
import { nonceSecret, orderPath } from './api.js'

/** @typedef {import('../bench/support/credentials.js').Client} Client */
/** @typedef {{ method: string, target: string, headers: string[] }} Request */
/** @typedef {{ client: Client, accessToken: string }} Grant */
/** @typedef {{ publicUrl: string, nonce?: string | undefined, target?: string, claims?: Record<string, unknown>, header?: Record<string, unknown> }} Facts */
/** @typedef {ReturnType<typeof createTicket>} Ticket */

/** @param {Grant} grant @param {Facts} facts */
export function createTicket({ client, accessToken }, { publicUrl, nonce, target = orderPath, claims, header }) {
  const jti = randomUUID()
  const method = 'GET'
  const proof = client.mintProof({
    method,
    url: `${publicUrl}${target}`,
    accessToken,
    claims: { jti, ...(nonce !== undefined && { nonce }), ...claims },
    header,
  })
  const headers = ['Host', '127.0.0.1', 'Authorization', `DPoP ${accessToken}`, 'DPoP', proof]
  /** @type {Request} */
  const request = { method, target, headers }
  return { jti, accessToken, proof, request, ...writeTicket(request, [jti, client.jkt]) }
}

/** @param {Request} request @param {readonly string[]} [facts] - of the credentials, decoded */
export function writeTicket({ method, target, headers }, facts = []) {
  let lines = ''
  for (let index = 0; index < headers.length; index += 2) lines += `${headers[index]}: ${headers[index + 1]}\r\n`
  return {
    text: `${method} ${target} HTTP/1.1\r\n${lines}\r\n`,
    secrets: [lines, ...facts, nonceSecret].join('\n'),
  }
}
