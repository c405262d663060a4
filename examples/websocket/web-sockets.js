// @ts-check
import { ServerResponse } from 'node:http'
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
    // Node removes its own error listener before this event. Without one, a client that disconnects now would end the process.
    const ignore = () => {}
    socket.on('error', ignore)
    const { method, url: target, rawHeaders: headers } = request
    const verdict = await guard.check({ method, target, headers, incoming: request })
    if (verdict.accepted) {
      socket.off('error', ignore)
      webSockets.handleUpgrade(request, socket, head, (webSocket) => serve(webSocket, verdict.auth))
    } else {
      sendRejection(request, socket, verdict)
    }
  })
}

/** @param {import('ws').WebSocket} webSocket @param {import('@dpop-guard/core').Auth} auth */
function serve(webSocket, { subject, expiresAt = Number.POSITIVE_INFINITY }) {
  // An invalid frame closes the connection. Without this listener it would end the process too.
  webSocket.on('error', () => {})
  webSocket.send(JSON.stringify({ for: subject }))
  // The token is not checked again, so close the connection when the token expires. A timer holds 31 bits of milliseconds.
  const lifetime = Math.min(expiresAt * 1000 - Date.now(), 2 ** 31 - 1)
  const timer = setTimeout(() => webSocket.close(3000, 'the access token expired'), lifetime)
  webSocket.on('close', () => clearTimeout(timer))
}

/**
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:stream').Duplex} socket
 * @param {import('@dpop-guard/core').Rejection} rejection
 */
function sendRejection(request, socket, { status, headers, body }) {
  const response = new ServerResponse(request)
  response.assignSocket(/** @type {import('node:net').Socket} */ (socket))
  response.shouldKeepAlive = false
  applyHeaders(headers, response)
  response.writeHead(status).end(body, () => socket.destroy())
}
