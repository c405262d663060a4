/** Servers on free loopback ports, for tests. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'

export interface LoopbackServer {
  /** Answers nothing until it gets a `request` listener. */
  server: Server
  port: number
  origin: string
  /** Stops listening and cuts every open connection. */
  close(): Promise<void>
}

/** A server whose origin is known before it answers, because a guard needs its own address as an option. */
export async function listenOnLoopback(): Promise<LoopbackServer> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return {
    server,
    port: address.port,
    origin: `http://127.0.0.1:${address.port}`,
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
