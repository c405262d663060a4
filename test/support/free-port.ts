/** Ports for servers that must restart on the same port, or know it before they start. */
import { once } from 'node:events'
import { createServer } from 'node:net'

const first = 15_000
const count = 15_000
/** Ports are handed out one after the other, from a random one on: two servers of one process never get the same. */
let offset = Math.floor(Math.random() * count)

/**
 * A free port of 127.0.0.1. It is below the ports that the system uses for outgoing connections, so that none of them takes it
 * while its server is down, and no client connects to itself.
 */
export async function findFreePort(): Promise<number> {
  for (;;) {
    offset = (offset + 1) % count
    const port = first + offset
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
