/** Ports for servers that must restart on the same port, or know it before they start. */
import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * A free port of 127.0.0.1. It is below the ports that the system uses for outgoing connections, so that none of them takes it
 * while its server is down, and no client connects to itself.
 */
export async function findFreePort(): Promise<number> {
  for (;;) {
    const port = 15_000 + Math.floor(Math.random() * 15_000)
    if (await isFree(port)) return port
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening')
    return true
  } catch {
    return false
  } finally {
    server.close()
  }
}
