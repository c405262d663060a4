// @ts-check
import { once } from 'node:events'
import { createServer } from 'node:http'

/** Starts a server on a free loopback port. Its origin is known at once; add a `request` listener later. */
export async function listenOnLoopback() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  return {
    server,
    origin: `http://127.0.0.1:${port}`,
    close() {
      server.close()
      // Idle keep-alive connections would keep the process alive for seconds.
      server.closeAllConnections()
    },
  }
}
