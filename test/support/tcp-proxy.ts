/** A TCP proxy between a client and a server. With it, a test causes failures that a server does not have by itself. */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export interface TcpProxy {
  readonly port: number
  /** New connections go there from now on. */
  target: number
  /**
   * Whether to cut the connection after the server has answered these bytes, and before the client sees the answer. Called for
   * every piece of data that a client sends.
   */
  cutAfter: ((sent: Buffer) => boolean) | undefined
  /** Connections that `cutAfter` has cut. */
  readonly cuts: number
  /** Drops all data in both directions, without an error, as a broken network does. */
  partition(): void
  /** Closes every connection. */
  disconnect(): void
  close(): Promise<void>
}

/** Starts a proxy to this port of 127.0.0.1. */
export async function startTcpProxy(target: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  let partitioned = false
  let cuts = 0

  const server = createServer((client) => {
    const upstream = connect(proxy.target, '127.0.0.1')
    let doomed = false
    const pair = [client, upstream]
    const destroy = () => {
      for (const socket of pair) socket.destroy()
    }
    for (const socket of pair) {
      socket.setNoDelay()
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        if (!partitioned) destroy()
      })
    }
    client.on('data', (data) => {
      if (partitioned) return
      doomed ||= proxy.cutAfter?.(data) ?? false
      upstream.write(data)
    })
    upstream.on('data', (data) => {
      if (partitioned) return
      if (!doomed) {
        client.write(data)
        return
      }
      cuts++
      destroy()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')

  const disconnect = () => {
    for (const socket of sockets) socket.destroy()
  }
  const proxy: TcpProxy = {
    port: address.port,
    target,
    cutAfter: undefined,
    get cuts() {
      return cuts
    },
    partition() {
      partitioned = true
    },
    disconnect,
    async close() {
      const closed = once(server, 'close')
      server.close()
      disconnect()
      await closed
    },
  }
  return proxy
}
