// @ts-check
import { once } from 'node:events'
import { createServer } from 'node:http'

/** A server on a free loopback port. Its origin is known before anything answers there; add a `request` listener. */
export async function listenOnLoopback() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  return {
    server,
    origin: `http://127.0.0.1:${port}`,
    close() {
      server.close()
      // Idle keep-alive connections would hold the process for seconds.
      server.closeAllConnections()
    },
  }
}
