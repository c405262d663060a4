// @ts-check
// A WebSocket server, protected. Run it with the issuer's and its own public address:
// ISSUER=https://as.example.com RESOURCE=https://api.example.com PORT=3000 node server.js
//
// A handshake is a GET, and that is what clients sign: `htm` is GET, `htu` is the URL with http for ws and https for wss.
// To open wss://api.example.com/feed they sign https://api.example.com/feed. Scripts in a browser cannot do that: their
// WebSocket sends no headers of theirs.
import { createServer, ServerResponse } from 'node:http'
import { applyHeaders, createGuard } from '@dpop-guard/core'
import { WebSocketServer } from 'ws'

/**
 * @param {import('node:http').Server} server
 * @param {{ issuer: string, resource: string }} options
 */
export function acceptWebSockets(server, { issuer, resource }) {
  const guard = createGuard({ issuer, resource, requiredScopes: ['orders:read'] })
  const webSockets = new WebSocketServer({ noServer: true })

  server.on('upgrade', async (request, socket, head) => {
    // Node has no listener of its own left here, and a client that goes away meanwhile would end the process.
    const ignore = () => {}
    socket.on('error', ignore)
    const { method, url: target, rawHeaders: headers } = request
    const verdict = await guard.check({ method, target, headers, incoming: request })
    if (verdict.accepted) {
      socket.off('error', ignore)
      webSockets.handleUpgrade(request, socket, head, (webSocket) => serve(webSocket, verdict.auth))
    } else {
      refuse(request, socket, verdict)
    }
  })
}

/** @param {import('ws').WebSocket} webSocket @param {import('@dpop-guard/core').Auth} auth */
function serve(webSocket, { subject, expiresAt = Number.POSITIVE_INFINITY }) {
  // Bytes that are no frame end the connection, and must not end the process.
  webSocket.on('error', () => {})
  webSocket.send(JSON.stringify({ for: subject }))
  // Nothing checks the token again, so the connection ends when the token does. Timers take 31 bits of milliseconds.
  const lifetime = Math.min(expiresAt * 1000 - Date.now(), 2 ** 31 - 1)
  const timer = setTimeout(() => webSocket.close(3000, 'the access token expired'), lifetime)
  webSocket.on('close', () => clearTimeout(timer))
}

/**
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:stream').Duplex} socket
 * @param {import('@dpop-guard/core').Rejection} rejection
 */
function refuse(request, socket, { status, headers, body }) {
  const response = new ServerResponse(request)
  response.assignSocket(/** @type {import('node:net').Socket} */ (socket))
  response.shouldKeepAlive = false
  applyHeaders(headers, response)
  response.writeHead(status).end(body, () => socket.destroy())
}

if (process.argv[1] === import.meta.filename) {
  const { ISSUER = 'https://as.example.com', RESOURCE = 'https://api.example.com', PORT = '3000' } = process.env
  const server = createServer((_request, response) => response.writeHead(426, { upgrade: 'websocket' }).end())
  acceptWebSockets(server, { issuer: ISSUER, resource: RESOURCE })
  server.listen(Number(PORT), () => {
    console.log('listening on', server.address())
  })
}
