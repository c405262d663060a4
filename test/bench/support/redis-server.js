// @ts-check
// A redis-server of the bench's own, on loopback, without persistence.
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { findBinary } from '../../support/find-binary.js'
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

/** Undefined where there is no redis-server. @param {string} [cores] - as taskset takes them */
export async function startRedis(cores) {
  const binary = findBinary('redis-server')
  if (binary === undefined) return undefined
  const [, version = ''] = /v=([\d.]+)/.exec(execFileSync(binary, ['--version'], { encoding: 'utf8' })) ?? []
  const directory = mkdtempSync(join(tmpdir(), 'dpop-guard-bench-'))
  const port = await findFreePort()
  const options = { '--port': port, '--bind': '127.0.0.1', '--save': '', '--appendonly': 'no', '--dir': directory }
  const server = spawnPinned(cores, [binary, ...Object.entries(options).flat().map(String)], { stdio: 'ignore' })
  const closed = once(server, 'close')
  for (let attempt = 0; !(await accepts(port)); attempt++) {
    if (attempt === 50 || server.exitCode !== null) throw new Error('redis-server does not start')
    await sleep(100)
  }
  return {
    version,
    port,
    async stop() {
      server.kill()
      await closed
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
