// @ts-check
import { text } from 'node:stream/consumers'
import { WebSocket } from 'ws'
import { startAuthorizationServer } from '../demo/authorization-server.js'
import { startClient, startThief } from '../demo/client.js'
import { listenOnLoopback } from '../demo/loopback.js'
import { printTable, summarize } from '../demo/report.js'
import { acceptWebSockets } from './server.js'

const { server, origin: resource, close } = await listenOnLoopback()
const authorizationServer = await startAuthorizationServer({ resources: [resource] })

try {
  acceptWebSockets(server, { issuer: authorizationServer.issuer, resource })

  const client = await startClient(authorizationServer)
  const thief = await startThief()
  const feed = `${resource}/feed`
  const token = await client.getToken(resource, 'orders:read')
  const authorization = `DPoP ${token}`
  const handshake = await client.request('GET', feed, token)

  const tries = [
    {
      sent: 'client: its token, a fresh proof',
      headers: handshake,
      expected: '101 for demo-client',
    },
    {
      sent: 'thief: replay of that handshake',
      headers: handshake,
      expected: '401 invalid_dpop_proof',
    },
    {
      sent: 'thief: no credentials',
      headers: {},
      expected: '401 no error code',
    },
    {
      sent: 'thief: token in the query',
      query: `?access_token=${token}`,
      headers: {},
      expected: '401 no error code',
    },
    {
      sent: 'thief: token without a proof',
      headers: { authorization },
      expected: '401 invalid_dpop_proof',
    },
    {
      sent: "thief: proof by the thief's own key",
      headers: { authorization, dpop: await thief.proof('GET', feed, token) },
      expected: '401 invalid_token',
    },
    {
      sent: 'thief: unused proof for another path',
      headers: await client.request('GET', `${resource}/orders`, token),
      expected: '401 invalid_dpop_proof',
    },
    {
      sent: 'client: again, a fresh proof',
      headers: await client.request('GET', feed, token),
      expected: '101 for demo-client',
    },
  ]
  const rows = []
  for (const { sent, query = '', headers, expected } of tries) {
    rows.push({ sent, expected, answers: [await connect(`${feed}${query}`, headers)] })
  }
  const asExpected = printTable(['answer'], rows)
  console.log(`\n${asExpected} of ${rows.length} answers as expected`)
  process.exitCode = asExpected === rows.length ? 0 : 1
} finally {
  authorizationServer.close()
  close()
}

/**
 * Opens a connection and reads its first message, or the answer that refuses it.
 *
 * @param {string} url
 * @param {Record<string, string>} headers
 * @returns {Promise<string>}
 */
function connect(url, headers) {
  const webSocket = new WebSocket(url.replace('http:', 'ws:'), { headers, handshakeTimeout: 2000 })
  return new Promise((resolve, reject) => {
    webSocket.on('message', (data) => {
      webSocket.close()
      resolve(`101 for ${JSON.parse(String(data)).for}`)
    })
    webSocket.on('unexpected-response', (_request, response) => resolve(readRefusal(response)))
    webSocket.on('error', reject)
  })
}

/** @param {import('node:http').IncomingMessage} response */
async function readRefusal(response) {
  const challenges = response.headersDistinct['www-authenticate'] ?? []
  return summarize({ status: response.statusCode, challenges, body: await text(response) })
}
