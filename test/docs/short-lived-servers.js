// @ts-check
// Loaded before a snippet of the documentation: its servers listen on a free port of this machine, and do not keep the process alive.
import { Server } from 'node:net'

const { listen } = Server.prototype

/** @type {(this: Server, ...parts: unknown[]) => Server} */
function listenBriefly(...parts) {
  const callback = parts.find((part) => typeof part === 'function')
  const server = listen.call(this, { port: 0, host: '127.0.0.1' }, /** @type {() => void} */ (callback))
  const [first] = parts
  const port = typeof first === 'object' && first !== null && 'port' in first ? first.port : first
  return port === 0 ? server : server.unref()
}

Object.assign(Server.prototype, { listen: listenBriefly })
