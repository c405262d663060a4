/** Runs the contract of replay stores with every client library, with the README's recipes, against real servers. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { replayStoreContract } from '@dpop-guard/core/replay-store-contract'
import { redisReplayStore } from '@dpop-guard/redis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { redisIsMissing, startEveryTopology } from '../support/redis-server.js'
import { type RedisConnection, recipes, redisClients } from './redis-clients.js'

test('every recipe in the README has a client here, and every client has a recipe', () => {
  expect([...new Set(redisClients.map(({ row }) => row))]).toEqual([...recipes.keys()])
  expect(redisClients.map(({ name }) => name)).toEqual([
    'redis',
    'redis cluster',
    'ioredis',
    'ioredis Cluster',
    'valkey-glide',
    'valkey-glide cluster',
  ])
})

describe.skipIf(redisIsMissing)(`contract${redisIsMissing ? `, skipped: ${redisIsMissing}` : ''}`, () => {
  let servers: Awaited<ReturnType<typeof startEveryTopology>>
  beforeAll(async () => {
    servers = await startEveryTopology()
  }, 30_000)
  afterAll(() => servers?.close())

  // At the same time, because most of the tests wait.
  describe.concurrent.each(redisClients)('$name', ({ topology, missing, connect }) => {
    describe.skipIf(missing)(missing ? `skipped: ${missing}` : 'by its recipe', () => {
      let connection: RedisConnection
      let other: RedisConnection

      beforeAll(async () => {
        connection = await connect(servers.ports[topology])
        other = await connect(servers.ports[topology])
      })

      afterAll(() => {
        connection?.close()
        other?.close()
      })

      test.each(replayStoreContract)('$name', async ({ run }) => {
        const prefix = `${randomUUID()}:`
        const store = redisReplayStore({ sendCommand: connection.sendCommand, prefix })
        const peer = redisReplayStore({ sendCommand: other.sendCommand, prefix })
        // Servers wait a little longer than requested, never less.
        await run({ store, peer, advance: (seconds) => sleep(seconds * 1000 + 50) })
      })
    })
  })

  test('the keys were on every node of the cluster', async () => {
    const sizes = await Promise.all(servers.cluster.nodes.map(async (node) => Number(await node.command('DBSIZE'))))
    expect(Math.min(...sizes)).toBeGreaterThan(100)
  })
})
