// @ts-check
// The WebSocket server in examples/websocket, and what a client and an attacker get from it. Run it:
// node examples/demo/stories/websocket.js
import { text } from 'node:stream/consumers'
import { WebSocket } from 'ws'
import { acceptWebSockets } from '../../websocket/web-sockets.js'
import { startAuthorizationServer } from '../authorization-server.js'
import { startAttacker, startClient } from '../client.js'
import { listenOnLoopback } from '../loopback.js'
import { report, summarize } from '../report.js'

const { server, origin: resource, close } = await listenOnLoopback()
const authorizationServer = await startAuthorizationServer({ resources: [resource] })

try {
  acceptWebSockets(server, { issuer: authorizationServer.issuer, resource })

  const client = await startClient(authorizationServer)
  const attacker = await startAttacker()
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
      sent: 'attacker: replay of that handshake',
      headers: handshake,
      expected: '401 invalid_dpop_proof',
    },
    {
      sent: 'attacker: no credentials',
      headers: {},
      expected: '401 no error code',
    },
    {
      sent: 'attacker: token in the query',
      query: `?access_token=${token}`,
      headers: {},
      expected: '401 no error code',
    },
    {
      sent: 'attacker: token without a proof',
      headers: { authorization },
      expected: '401 invalid_dpop_proof',
    },
    {
      sent: "attacker: proof by the attacker's own key",
      headers: { authorization, dpop: await attacker.proof('GET', feed, token) },
      expected: '401 invalid_token',
    },
    {
      sent: 'attacker: unused proof for another path',
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
  process.exitCode = report(['answer'], rows) ? 0 : 1
} finally {
  authorizationServer.close()
  close()
}

/**
 * Opens a connection. Returns a summary of its first message, or of the rejection.
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
    webSocket.on('unexpected-response', (_request, response) => resolve(readRejection(response)))
    webSocket.on('error', reject)
  })
}

/** @param {import('node:http').IncomingMessage} response */
async function readRejection(response) {
  const challenges = response.headersDistinct['www-authenticate'] ?? []
  return summarize({ status: response.statusCode, challenges, body: await text(response) })
}
