// @ts-check
// Starts a redis-server on loopback, by default without persistence.
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { findBinary } from '../../../support/find-binary.js'
import { spawnPinned } from './child.js'

/** @typedef {NonNullable<Awaited<ReturnType<typeof startRedis>>>} RedisServer */

async function findFreePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** @param {number} port */
async function accepts(port) {
  const socket = connect({ port, host: '127.0.0.1' })
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

/**
 * Undefined without a redis-server.
 *
 * @param {string} [cores] - a list for taskset
 * @param {Record<string, string>} [settings] - of redis.conf
 */
export async function startRedis(cores, settings) {
  const binary = findBinary('redis-server')
  if (binary === undefined) return undefined
  const [, version = ''] = /v=([\d.]+)/.exec(execFileSync(binary, ['--version'], { encoding: 'utf8' })) ?? []
  const directory = mkdtempSync(join(tmpdir(), 'dpop-guard-bench-'))
  const port = await findFreePort()
  const all = { port, bind: '127.0.0.1', save: '', appendonly: 'no', dir: directory, ...settings }
  const options = Object.entries(all).flatMap(([name, value]) => [`--${name}`, String(value)])

  async function launch() {
    const server = spawnPinned(cores, [/** @type {string} */ (binary), ...options], { stdio: 'ignore' })
    const closed = once(server, 'close')
    for (let attempt = 0; !(await accepts(port)); attempt++) {
      if (attempt === 50 || server.exitCode !== null) throw new Error('redis-server does not start')
      await sleep(100)
    }
    return { server, closed }
  }

  let running = await launch()

  /** @param {NodeJS.Signals} signal */
  async function end(signal) {
    running.server.kill(signal)
    await running.closed
  }
  return {
    version,
    port,
    /** Ends the server as a crash does, without closing connections. */
    kill: () => end('SIGKILL'),
    /** Starts the killed server again, on the same port and with the same folder. */
    async restart() {
      running = await launch()
    },
    async stop() {
      await end('SIGTERM')
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
