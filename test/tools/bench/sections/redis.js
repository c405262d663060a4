// @ts-check
// What a shared store adds to a check: the CPU of this process for one call of `addIfAbsent`, beside that of the client library
// alone, which sends the same command. The libraries connect as the README of @dpop-guard/redis says.

import { once } from 'node:events'
import { createConnection } from 'node:net'
import { redisReplayStore } from '@dpop-guard/redis'
import { redisClients } from '../../../faults/redis-clients.js'
import { createIssuer } from '../support/credentials.js'
import { warmFloor } from '../support/floor.js'
import { warmGuard } from '../support/guards.js'
import { createKeys } from '../support/keys.js'
import { createGrants, presentInTurn } from '../support/presentations.js'
import { startRedis } from '../support/redis-server.js'
import { inLanes, measureRounds } from '../support/rounds.js'
import { makeTable, percent, spread } from '../support/table.js'

export const title = 'A replay store in Redis'

const concurrency = 16
const items = 600
const ttlSeconds = 91

/** @typedef {import('@dpop-guard/redis').SendCommand} SendCommand */
/** @typedef {import('../support/presentations.js').Presentation} Presentation */

const titles = [
  'client',
  'the client alone / verification',
  'the store / verification',
  'a check with it / verification',
  'commands for a call',
  'commands in one read',
  'others',
]

/** @param {(text?: string) => void} print @returns {Promise<import('../support/targets.js').Target[]>} */
export async function run(print) {
  const server = await startRedis()
  if (server === undefined) {
    print('Not measured: there is no redis-server here.')
    return []
  }
  const rows = []
  try {
    for (const client of redisClients) {
      if (client.topology !== 'single') continue
      if (client.missing !== undefined) {
        print(`${client.name} was not measured: ${client.missing}.`)
        continue
      }
      const { sendCommand, close } = await client.connect([server.port])
      try {
        rows.push(await measureClient(client.name, sendCommand, server.port))
      } finally {
        close()
      }
    }
  } finally {
    await server.stop()
  }
  print(
    `CPU of all threads of this process, ${concurrency} in flight, as multiples of one verification of an ES256 proof. The server's CPU`,
  )
  print('is not in it. With less than one command in a call, or one command in a read, nothing would be pipelined.\n')
  print(makeTable(titles, rows))
  return []
}

/** @param {string} name @param {SendCommand} sendCommand @param {number} port */
async function measureClient(name, sendCommand, port) {
  const issuer = createIssuer('ES256')
  const grants = createGrants({ algorithm: 'ES256', issuer, count: 1 })
  const nextKey = createKeys()
  const store = redisReplayStore({ sendCommand, prefix: `${name}:store:` })
  const guardStore = redisReplayStore({ sendCommand, prefix: `${name}:guard:` })
  const ttl = String(ttlSeconds * 1000)
  const contenders = [
    warmFloor('floor'),
    callsOf(
      'client',
      nextKey,
      async (key) => (await sendCommand('SET', `${name}:bare:${key}`, '1', 'NX', 'PX', ttl)) === 'OK',
    ),
    callsOf('store', nextKey, async (key) => (await store.addIfAbsent(key, ttlSeconds)) === true),
    await warmGuard({ name: 'guard', issuer, grants, concurrency, changes: { replayStore: guardStore } }),
  ]
  const rounds = await measureRounds({ contenders, makeItems: presentInTurn(grants, items) })
  const before = await readStatistics(port)
  const calls = 2000
  const keys = Array.from({ length: calls }, nextKey)
  await inLanes(
    concurrency,
    async (/** @type {string} */ key) => (await store.addIfAbsent(key, ttlSeconds)) === true,
  )(keys)
  const after = await readStatistics(port)
  return [
    name,
    spread(rounds.cpu('client', 'floor')),
    spread(rounds.cpu('store', 'floor')),
    spread(rounds.cpu('guard', 'floor')),
    ((after.commands - before.commands) / calls).toFixed(2),
    (calls / (after.reads - before.reads)).toFixed(1),
    percent(rounds.others),
  ]
}

/**
 * @param {string} name
 * @param {() => string} nextKey
 * @param {(key: string) => Promise<boolean>} call
 * @returns {import('../support/rounds.js').Contender<Presentation>}
 */
function callsOf(name, nextKey, call) {
  /** @type {string[]} */
  let keys = []
  const run = inLanes(concurrency, call)
  return {
    name,
    prepare(places) {
      keys = places.map(nextKey)
    },
    run: () => run(keys),
  }
}

/** How many `SET` commands the server has had, and how many reads from sockets. @param {number} port */
async function readStatistics(port) {
  const socket = createConnection({ port, host: '127.0.0.1' }).setEncoding('latin1')
  await once(socket, 'connect')
  let text = ''
  socket.write('INFO everything\r\nQUIT\r\n')
  for await (const chunk of socket) text += chunk
  /** @param {RegExp} pattern */
  const read = (pattern) => Number(pattern.exec(text)?.[1] ?? 0)
  return { commands: read(/^cmdstat_set:calls=(\d+)/m), reads: read(/^total_reads_processed:(\d+)/m) }
}
