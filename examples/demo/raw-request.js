// @ts-check
import { once } from 'node:events'
import { request } from 'node:http'
import { text } from 'node:stream/consumers'

/** @typedef {{ status: number | undefined, challenges: string[], body: string }} Answer */

/**
 * Sends one request with exactly these headers. `fetch` cannot send another `Host`, and it joins repeated `WWW-Authenticate`
 * lines.
 *
 * @param {string} method
 * @param {string} url
 * @param {Record<string, string>} headers
 * @returns {Promise<Answer>}
 */
export async function rawRequest(method, url, headers) {
  const outgoing = request(url, { method, headers, signal: AbortSignal.timeout(10_000) }).end()
  const [response] = await once(outgoing, 'response')
  const incoming = /** @type {import('node:http').IncomingMessage} */ (response)
  return {
    status: incoming.statusCode,
    challenges: incoming.headersDistinct['www-authenticate'] ?? [],
    body: await text(incoming),
  }
}
