/** Redis breaks under steady load. The table of counts is written to .tmp/faults.md. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import {
  durable,
  type RedisServer,
  redisIsMissing,
  startRedis,
  startRedisCluster,
  startReplica,
} from '../support/redis-server.js'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js'
import {
  type ApiOptions,
  accepting,
  atLeast,
  type Counts,
  countAnswers,
  type Load,
  type LoadedApi,
  rejecting,
  startLoad,
  startLoadedApi,
} from './load.js'
import { redisClients } from './redis-clients.js'

const frameworkNames = ['Express 5', 'Koa 3', 'Fastify 5']

const rows: { fault: string; client: string; counts: Counts }[] = []

/** One API for each client library of this kind. The frameworks take turns. */
async function startApis(
  topology: 'single' | 'cluster',
  options: Pick<ApiOptions, 'ports' | 'prefix'>,
  whenFinished: (close: () => Promise<void>) => void = onTestFinished,
): Promise<LoadedApi[]> {
  const clients = redisClients.filter((client) => client.topology === topology && client.missing === undefined)
  return Promise.all(
    clients.map(async (client, index) => {
      const framework = frameworkNames[index % frameworkNames.length] ?? ''
      const api = await startLoadedApi({ client, framework, ...options })
      whenFinished(api.close)
      return api
    }),
  )
}

interface Fault {
  title: string
  /** Resolves when the fault is repaired. */
  happen(load: Load): Promise<void>
}

/** Sends load before, during and after the fault until proofs are accepted again. Then sends every proof a second time. */
async function count(apis: readonly LoadedApi[], { title, happen }: Fault): Promise<Counts[]> {
  const load = startLoad(apis)
  try {
    await load.waitFor(accepting)
    await happen(load)
    await load.waitFor(accepting)
  } finally {
    await load.stop()
  }
  await Promise.all(apis.map((api) => api.sendAllAgain()))
  return apis.map((api) => {
    const counts = countAnswers(api)
    rows.push({ fault: title, client: api.client, counts })
    return counts
  })
}

/** The expectations for every fault that loses no data. */
function expectPromises({ sent, accepted, unavailable, wrong, rejectedLater, acceptedLater, acceptedTwice }: Counts) {
  expect(wrong).toBe(0)
  expect(accepted + unavailable).toBe(sent)
  expect(accepted).toBeGreaterThanOrEqual(40)
  expect(acceptedTwice).toBe(0)
  expect(rejectedLater + acceptedLater).toBe(sent)
  expect(rejectedLater).toBeGreaterThanOrEqual(accepted)
}

/**
 * A server is down: no request is accepted, and few wait for a reply. Only one request at a time asks the server, so most of many
 * simultaneous requests fail at once, even on a slow machine.
 */
async function expectFastRejections(apis: readonly LoadedApi[], load: Load): Promise<void> {
  await load.waitFor(atLeast(1, 'unavailable'))
  // Requests from before the first timeout wait for their own timeout.
  await load.settle()
  for (const api of apis) {
    const before = countAnswers(api)
    await Promise.all(Array.from({ length: 50 }, () => api.sendNew()))
    await load.settle()
    const after = countAnswers(api)
    expect(after.accepted).toBe(before.accepted)
    expect(after.timeouts - before.timeouts).toBeLessThan((after.unavailable - before.unavailable) / 2)
  }
}

describe.skipIf(redisIsMissing)(`outages${redisIsMissing ? `, skipped: ${redisIsMissing}` : ''}`, () => {
  afterAll(() => {
    const folder = fileURLToPath(new URL('../../.tmp', import.meta.url))
    mkdirSync(folder, { recursive: true })
    writeFileSync(`${folder}/faults.md`, formatTable())
  })

  describe('one server', () => {
    async function start(options: Record<string, string> = {}) {
      const server = await startRedis(options)
      onTestFinished(server.close)
      return { server, apis: await startApis('single', { ports: [server.port] }) }
    }

    test('killed and restarted, with an append-only file that is written before the answer', async () => {
      const { server, apis } = await start(durable)
      const counts = await count(apis, {
        title: 'killed, restarted with its append-only file',
        async happen(load) {
          await server.kill()
          await expectFastRejections(apis, load)
          await server.restart()
        },
      })
      for (const one of counts) expectPromises(one)
    })

    test('killed and restarted, with nothing on disk: proofs from before can be used once more', async () => {
      const { server, apis } = await start()
      const before: number[] = []
      const counts = await count(apis, {
        title: 'killed, restarted with nothing on disk',
        async happen(load) {
          await server.kill()
          await load.settle()
          before.push(...apis.map((api) => countAnswers(api).accepted))
          await server.restart()
        },
      })
      for (const [index, { wrong, acceptedTwice }] of counts.entries()) {
        expect(wrong).toBe(0)
        expect(acceptedTwice).toBeGreaterThanOrEqual(20)
        expect(acceptedTwice).toBeLessThanOrEqual(before[index] ?? 0)
      }
    })

    test('paused and resumed', async () => {
      const { server, apis } = await start()
      const counts = await count(apis, {
        title: 'paused (SIGSTOP), resumed',
        async happen(load) {
          server.pause()
          await expectFastRejections(apis, load)
          server.resume()
        },
      })
      for (const one of counts) {
        expectPromises(one)
        expect(one.timeouts).toBeGreaterThan(0)
      }
    })

    test('out of memory', async () => {
      const { server, apis } = await start({ 'maxmemory-policy': 'noeviction' })
      const counts = await count(apis, {
        title: 'maxmemory reached, noeviction',
        async happen(load) {
          await server.command('CONFIG', 'SET', 'maxmemory', 1)
          await expectFastRejections(apis, load)
          await server.command('CONFIG', 'SET', 'maxmemory', 0)
        },
      })
      for (const one of counts) expectPromises(one)
    })

    test('read-only', async () => {
      const { server, apis } = await start()
      const counts = await count(apis, {
        title: 'READONLY: it became a replica',
        async happen(load) {
          await server.command('REPLICAOF', '127.0.0.1', 1)
          await expectFastRejections(apis, load)
          await server.command('REPLICAOF', 'NO', 'ONE')
        },
      })
      for (const one of counts) expectPromises(one)
    })

    test('connections cut between a command and its reply', async () => {
      const { port, close } = await startRedis()
      onTestFinished(close)
      const proxy = await startTcpProxy(port)
      onTestFinished(proxy.close)
      const apis = await startApis('single', { ports: [proxy.port] })
      const counts = await count(apis, {
        title: 'connection cut before the reply',
        async happen(load) {
          proxy.cutAfter = everyTenthClaim()
          await load.waitFor(atLeast(3, 'unavailable'))
          proxy.cutAfter = undefined
        },
      })
      expect(proxy.cuts).toBeGreaterThanOrEqual(apis.length)
      for (const one of counts) {
        expectPromises(one)
        expect(one.unavailable).toBeGreaterThan(0)
      }
      // The server had stored the keys although the client got no reply.
      expect(counts.some(({ rejectedLater, accepted }) => rejectedLater > accepted)).toBe(true)
    })
  })

  describe('a cluster of three', () => {
    async function start(prefix?: string) {
      const cluster = await startRedisCluster()
      onTestFinished(cluster.close)
      return { nodes: cluster.nodes, apis: await startApis('cluster', { ports: cluster.ports, prefix }) }
    }

    test('one node killed and restarted', async () => {
      const { nodes, apis } = await start()
      const counts = await count(apis, {
        title: 'one node of three killed, restarted',
        async happen(load) {
          await nodes[1]?.kill()
          await load.waitFor(atLeast(10, 'unavailable'))
          await nodes[1]?.restart()
        },
      })
      for (const one of counts) {
        expectPromises(one)
        expect(one.unavailable).toBeGreaterThan(0)
      }
    })

    test('one node paused and resumed', async () => {
      const { nodes, apis } = await start()
      const counts = await count(apis, {
        title: 'one node of three paused (SIGSTOP), resumed',
        async happen(load) {
          nodes[1]?.pause()
          await load.waitFor(atLeast(10, 'unavailable'))
          nodes[1]?.resume()
        },
      })
      for (const one of counts) expectPromises(one)
    })

    test('the slot of every key moved to another node', async () => {
      const { nodes, apis } = await start('{orders}:')
      const counts = await count(apis, {
        title: 'slot moved to another node',
        happen: (load) =>
          moveSlot(nodes, '{orders}:', async () => {
            await load.waitFor(atLeast(10, 'accepted'))
            await Promise.all(apis.map((api) => api.sendAllAgain()))
          }),
      })
      for (const one of counts) expectPromises(one)
    })

    test('connections cut between a command and its reply', async () => {
      const proxies: TcpProxy[] = []
      const cluster = await startRedisCluster({
        async announce(port) {
          const proxy = await startTcpProxy(port)
          onTestFinished(proxy.close)
          proxies.push(proxy)
          return proxy.port
        },
      })
      onTestFinished(cluster.close)
      const apis = await startApis('cluster', { ports: cluster.ports })
      const counts = await count(apis, {
        title: 'connections to the cluster cut before the reply',
        async happen(load) {
          for (const proxy of proxies) proxy.cutAfter = everyTenthClaim()
          await load.waitFor((answers) => atLeast(3, 'unavailable')(answers) && proxies.every(({ cuts }) => cuts > 0))
          for (const proxy of proxies) proxy.cutAfter = undefined
        },
      })
      for (const { cuts } of proxies) expect(cuts).toBeGreaterThan(0)
      for (const one of counts) {
        expectPromises(one)
        expect(one.unavailable).toBeGreaterThan(0)
      }
    })
  })

  // Both at the same time, because they take long.
  describe.concurrent('a primary whose replica is cut off, then promoted', () => {
    /** Answers that reached a client, but not the replica, before it was cut off. */
    const notYetReplicated = 25

    /** The primary dies some time after its last contact with the replica. */
    async function failOver(
      title: string,
      options: Record<string, number>,
      cutOff: (apis: readonly LoadedApi[], load: Load) => Promise<void>,
      whenFinished: (close: () => Promise<void>) => void,
    ) {
      const primary = await startRedis(options)
      whenFinished(primary.close)
      const replication = await startTcpProxy(primary.port)
      whenFinished(replication.close)
      const replica = await startReplica(replication.port)
      whenFinished(replica.close)
      const service = await startTcpProxy(primary.port)
      whenFinished(service.close)
      const apis = await startApis('single', { ports: [service.port] }, whenFinished)
      const accepted = () => apis.map((api) => countAnswers(api).accepted)
      let atFirst: number[] = []
      let atLast: number[] = []
      const counts = await count(apis, {
        title,
        async happen(load) {
          atFirst = accepted()
          replication.partition()
          await cutOff(apis, load)
          await primary.kill()
          await load.settle()
          atLast = accepted()
          await replica.command('REPLICAOF', 'NO', 'ONE')
          service.target = replica.port
          service.disconnect()
        },
      })
      return counts.map((one, index) => ({ ...one, acceptedCutOff: (atLast[index] ?? 0) - (atFirst[index] ?? 0) }))
    }

    test('loses only the keys since then: those proofs can be used once more', async ({
      onTestFinished: whenFinished,
    }) => {
      const takeMore = (_apis: unknown, load: Load) => load.waitFor(atLeast(100, 'accepted'))
      const counts = await failOver('failover to a replica that was cut off', {}, takeMore, whenFinished)
      for (const { wrong, acceptedTwice, acceptedCutOff } of counts) {
        expect(wrong).toBe(0)
        expect(acceptedTwice).toBeGreaterThan(0)
        expect(acceptedTwice).toBeLessThanOrEqual(acceptedCutOff + notYetReplicated)
      }
    })

    test('accepts no more keys where min-replicas-to-write is 1, so it loses no more of them', async ({
      onTestFinished: whenFinished,
    }) => {
      const options = { 'min-replicas-to-write': 1, 'min-replicas-max-lag': 1 }
      const stop = async (apis: readonly LoadedApi[], load: Load) => {
        await load.waitFor(rejecting)
        await expectFastRejections(apis, load)
      }
      const counts = await failOver('the same, with min-replicas-to-write 1 and max-lag 1', options, stop, whenFinished)
      for (const { wrong, acceptedTwice, acceptedCutOff } of counts) {
        expect(wrong).toBe(0)
        expect(acceptedTwice).toBeLessThanOrEqual(acceptedCutOff + notYetReplicated)
      }
    })
  })
})

/** Moves the slot of this key, like `redis-cli --cluster reshard`. Calls `halfway` while the slot is on both nodes. */
async function moveSlot(nodes: readonly RedisServer[], key: string, halfway: () => Promise<unknown>): Promise<void> {
  const [first] = nodes
  const slot = Number(await first?.command('CLUSTER', 'KEYSLOT', key))
  const keysIn = async (node: RedisServer, count: number) =>
    (await node.command('CLUSTER', 'GETKEYSINSLOT', slot, count)).split('\n').filter((found) => found !== '')
  const counts = await Promise.all(nodes.map(async (node) => (await keysIn(node, 1)).length))
  const source = nodes[counts.indexOf(1)]
  const target = nodes[counts.indexOf(0)]
  if (source === undefined || target === undefined) throw new Error('no node has keys in this slot')
  const sourceId = await source.command('CLUSTER', 'MYID')
  const targetId = await target.command('CLUSTER', 'MYID')
  const migrate = async (keys: readonly string[]) => {
    await source.command('MIGRATE', '127.0.0.1', target.port, '', 0, 5000, 'KEYS', ...keys)
  }

  await target.command('CLUSTER', 'SETSLOT', slot, 'IMPORTING', sourceId)
  await source.command('CLUSTER', 'SETSLOT', slot, 'MIGRATING', targetId)
  const before = await keysIn(source, 10_000)
  await migrate(before.slice(0, before.length / 2))
  await halfway()
  for (let rest = await keysIn(source, 1000); rest.length > 0; rest = await keysIn(source, 1000)) await migrate(rest)
  for (const node of [target, source, ...nodes.filter((other) => other !== source && other !== target)]) {
    await node.command('CLUSTER', 'SETSLOT', slot, 'NODE', targetId)
  }
  expect((await keysIn(target, 10_000)).length).toBeGreaterThan(before.length)
}

/** True for a tenth of the pieces of data that contain a command to add a key. */
function everyTenthClaim(): (sent: Buffer) => boolean {
  let claims = 0
  return (sent) => sent.includes('dpop-guard:') && ++claims % 10 === 0
}

function formatTable(): string {
  const head = [
    'fault',
    'client',
    'proofs sent',
    'accepted',
    '503',
    'of these after the timeout',
    'wrong answers',
    'sent again: rejected',
    'sent again: accepted after a 503',
    'accepted twice',
  ]
  const cells = rows.map(({ fault, client, counts }) => [fault, client, ...Object.values(counts)])
  return [head, head.map(() => '---'), ...cells].map((row) => `| ${row.join(' | ')} |\n`).join('')
}
