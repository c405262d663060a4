/** Real Redis servers on free loopback ports. Tests can kill, pause and restart them. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findBinary } from './find-binary.js'
import { findFreePort } from './free-port.js'

const run = promisify(execFile)

const redisServer = findBinary('redis-server')
const redisCli = findBinary('redis-cli')

/** Why these tests cannot run here. Undefined if they can. CI must have Redis. */
export const redisIsMissing =
  redisServer === undefined || redisCli === undefined ? 'no redis-server on this machine' : undefined
if (redisIsMissing !== undefined && process.env.CI === 'true') throw new Error(redisIsMissing)

export interface RedisServer {
  readonly port: number
  /** Runs one command and resolves to its reply, as redis-cli prints it. Rejects on an error reply. */
  command(...args: (string | number)[]): Promise<string>
  /** Ends the process as a crash does, without closing anything. */
  kill(): Promise<void>
  /** Stops the process. Connections stay open, but get no answer. */
  pause(): void
  resume(): void
  /** Starts the killed server again, on the same port and with the same folder. */
  restart(): Promise<void>
  /** Ends the server and removes its folder. */
  close(): Promise<void>
}

/**
 * After a kill, the server still has every write that it confirmed. Without `always`, Redis confirms a write before a slow disk
 * has it.
 */
export const durable = { appendonly: 'yes', appendfsync: 'always' }

/** `options` are options of redis.conf. Without any, nothing is written to disk. */
export async function startRedis(options: Record<string, string | number> = {}): Promise<RedisServer> {
  const port = await findFreePort()
  const folder = await mkdtemp(join(tmpdir(), 'dpop-guard-redis-'))
  const settings = { port, bind: '127.0.0.1', dir: folder, save: '', appendonly: 'no', ...options }
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)])
  let child = await launch(args)
  // A test run that ends early must not leave a server running.
  const killWithParent = () => child.kill('SIGKILL')
  process.on('exit', killWithParent)

  async function kill() {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }
  return {
    port,
    async command(...parts) {
      const { stdout } = await run(redisCli ?? '', ['-e', '-p', String(port), ...parts.map(String)], {
        timeout: 60_000,
      })
      return stdout.trimEnd()
    },
    kill,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async restart() {
      child = await launch(args)
    },
    async close() {
      await kill()
      process.off('exit', killWithParent)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function launch(args: string[]): Promise<ChildProcess> {
  const child = spawn(redisServer ?? '', args, { stdio: ['ignore', 'pipe', 'ignore'] })
  let log = ''
  for await (const chunk of child.stdout) {
    log += chunk
    if (log.includes('Ready to accept connections')) {
      child.stdout.resume()
      return child
    }
  }
  throw new Error(`redis-server did not start:\n${log}`)
}

export interface RedisCluster {
  readonly nodes: readonly RedisServer[]
  /** The ports to which clients connect: the nodes' own ports, or the announced ones. */
  readonly ports: readonly number[]
  close(): Promise<void>
}

/** A server and a cluster, for suites that run with every client. */
export async function startEveryTopology() {
  const server = await startRedis()
  const cluster = await startRedisCluster()
  return {
    cluster,
    ports: { single: [server.port], cluster: cluster.ports },
    async close() {
      await Promise.all([server.close(), cluster.close()])
    },
  }
}

const slotCount = 16_384

export interface RedisClusterOptions {
  /** Returns the port that clients use for a node's port, such as the port of a proxy. */
  announce?: (port: number) => Promise<number>
}

/** Three masters with a third of the slots each. If a node is down or hangs, the others still work. */
export async function startRedisCluster({ announce }: RedisClusterOptions = {}): Promise<RedisCluster> {
  const nodes = await Promise.all([startNode(), startNode(), startNode()])
  const close = async () => {
    await Promise.all(nodes.map((node) => node.close()))
  }
  try {
    const [first] = nodes
    const ports = nodes.map(({ port }) => port)
    await Promise.all(
      nodes.map(async (node, index) => {
        const start = Math.ceil((slotCount * index) / nodes.length)
        const end = Math.ceil((slotCount * (index + 1)) / nodes.length) - 1
        await node.command('CLUSTER', 'ADDSLOTSRANGE', start, end)
        await node.command('CLUSTER', 'SET-CONFIG-EPOCH', index + 1)
      }),
    )
    for (const node of nodes) {
      if (node === first) continue
      await first.command('CLUSTER', 'MEET', '127.0.0.1', node.port, await busPort(node))
    }
    await Promise.all(nodes.map((node) => waitFor(() => isWhole(node, nodes.length))))
    if (announce === undefined) return { nodes, ports, close }
    const announced = await Promise.all(ports.map(announce))
    await Promise.all(
      nodes.map((node, index) => node.command('CONFIG', 'SET', 'cluster-announce-port', announced[index] ?? 0)),
    )
    await Promise.all(nodes.map((node) => waitFor(() => hasHeardOf(node, announced))))
    return { nodes, ports: announced, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function startNode(): Promise<RedisServer> {
  return startRedis({
    'cluster-enabled': 'yes',
    'cluster-port': await findFreePort(),
    'cluster-node-timeout': 2000,
    'cluster-require-full-coverage': 'no',
    // A master's slots stay usable when it cannot see most of the others.
    'cluster-allow-reads-when-down': 'no',
    ...durable,
  })
}

async function busPort(node: RedisServer): Promise<string> {
  const [, port = ''] = (await node.command('CONFIG', 'GET', 'cluster-port')).split('\n')
  return port
}

async function isWhole(node: RedisServer, size: number): Promise<boolean> {
  const info = await node.command('CLUSTER', 'INFO')
  return ['cluster_state:ok', `cluster_known_nodes:${size}`, `cluster_slots_ok:${slotCount}`].every((line) =>
    info.includes(line),
  )
}

async function hasHeardOf(node: RedisServer, ports: readonly number[]): Promise<boolean> {
  const slots = await node.command('CLUSTER', 'SLOTS')
  return ports.every((port) => slots.split('\n').includes(String(port)))
}

/** Repeats a check for up to a minute. */
export async function waitFor(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`this did not become true: ${condition}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** A replica of the server that listens on `primaryPort`, once it has caught up. */
export async function startReplica(primaryPort: number): Promise<RedisServer> {
  const replica = await startRedis({ replicaof: `127.0.0.1 ${primaryPort}`, 'repl-diskless-sync-delay': 0 })
  await waitFor(async () => (await replica.command('INFO', 'replication')).includes('master_link_status:up'))
  return replica
}
