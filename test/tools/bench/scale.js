// @ts-check
// The cost of replay protection at scale: measures one entry here, and computes 1 000 to 1 000 000 requests a second from it. Also
// the memory that a guard needs for each client: `npm run bench:scale -- --json=scale.json` writes the figures of its targets, which
// `npm run bench -- --median=` reads. `--part=clients` and `--part=replay` measure one of the two alone.
// Its output, without the machine, is in packages/core/docs/scale.md.
import { availableParallelism, cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { measureMemoryStore } from './scale/memory-store.js'
import { measureRedis } from './scale/redis.js'
import {
  makeTable,
  nonceWindowSeconds,
  packetBytes,
  rateThatFills,
  rotationSeconds,
  utilisation,
  windowSeconds,
} from './scale/table.js'
import { startChild } from './support/child.js'
import { bytesText, round, spaced } from './support/numbers.js'
import { atMost, describeTargets, writeTargets } from './support/targets.js'

const gigabyte = 1e9
const defaultMaxEntries = 1_000_000

const begun = performance.now()
const { values } = parseArgs({ options: { json: { type: 'string' }, part: { type: 'string' } } })
const print = (/** @type {string} */ text = '') => console.log(text)
const rounded = (/** @type {number} */ value) => spaced(round(value))

print(`Node ${process.versions.node}, ${availableParallelism()} cores, ${cpus()[0]?.model ?? 'unknown processor'}`)
print()

/** @type {import('./support/targets.js').Target[]} */
const targets = []
if (values.part !== 'clients') targets.push(...(await reportReplay()))
if (values.part !== 'replay') await reportClients()
print(`\n${describeTargets(targets)}`)
if (values.json !== undefined) writeTargets(values.json, targets)
print()
print(`${((performance.now() - begun) / 1000).toFixed(0)} seconds`)

async function reportReplay() {
  const memory = measureMemoryStore(windowSeconds)
  const { filling, rejecting, expiring } = memory.pauses
  print('Measured, memory store:')
  print(`- bytes an entry: ${memory.bytesAtMillion.toFixed(1)} when filled to a million`)
  for (const { rate, bytes } of memory.flows) print(`  and ${bytes.toFixed(1)} in a flow of ${spaced(rate)} a second`)
  print(`- calls of \`addIfAbsent\` a second: ${rounded(memory.callsPerSecond)}`)
  print('- the longest pause at a million entries, garbage collection included, other programs not:')
  print(`  filling ${filling.toFixed(1)} ms, expiring ${expiring.toFixed(1)} ms, rejecting ${rejecting.toFixed(1)} ms`)
  for (const { rate, pause } of memory.flows) print(`  in a flow of ${spaced(rate)} a second ${pause.toFixed(1)} ms`)
  print()

  const redis = await measureRedis()
  if (redis === undefined) {
    print('Redis was not measured: there is no redis-server here.')
  } else {
    const { single, pipelined, wire } = redis
    print(`Measured, Redis ${redis.version}, without persistence and replicas:`)
    print(`- bytes a key: ${Math.ceil(redis.bytesPerKey)}`)
    print(`- calls of \`addIfAbsent\` a second, 50 connections that wait for each reply: ${rounded(single.byClock)},`)
    print(`  and ${rounded(single.byCpu)} a second of the server's CPU`)
    print(`- calls of \`addIfAbsent\` a second, 100 in flight on one connection: ${rounded(pipelined.byClock)},`)
    print(`  and ${rounded(pipelined.byCpu)} a second of the server's CPU`)
    print(`- bytes on the wire: ${Math.round(wire.request)} to Redis, ${Math.round(wire.reply)} back`)
  }
  print()

  print(makeTable({ flows: memory.flows, ...(redis && { redis }) }))
  print()
  print('* measured. All else in the table is computed from the figures above:')
  print(`- a used proof is remembered for ${windowSeconds} s after "iat": 60, and 30 for clock differences`)
  print(`- with nonces for ${nonceWindowSeconds} s at most: two rotations of ${rotationSeconds} s, and the same 30`)
  if (redis !== undefined) {
    print(`- a shard takes ${utilisation * 100} % of the calls that one core of Redis can answer one by one`)
    print(`- every command and reply has its own packet, ${packetBytes} bytes more`)
  }
  print()

  const fullAt = [windowSeconds, nonceWindowSeconds].map((seconds) => defaultMaxEntries / seconds)
  const [iatFull = 0, nonceFull = 0] = fullAt
  const mostBytes = Math.max(...memory.flows.map(({ bytes }) => bytes))
  print(
    `The memory store's default of ${spaced(defaultMaxEntries)} entries is full at ${rounded(iatFull)} requests a second,`,
  )
  print(
    `with such nonces at ${rounded(nonceFull)}. A larger \`maxEntries\` costs ${bytesText(mostBytes * 1e6)} a million.`,
  )
  if (redis !== undefined) {
    const [iat = 0, nonce = 0] = [windowSeconds, nonceWindowSeconds].map((seconds) =>
      rateThatFills(gigabyte, redis.bytesPerKey, seconds),
    )
    print(
      `Prefer nonces with a short window from ${rounded(iat)} requests a second: at that rate, used proofs need more than 1 GB in Redis,`,
    )
    print(
      `with nonces at ${rounded(nonce)}. The number of shards and the network traffic stay the same: a request is one call.`,
    )
  }
  const goal = 'memory replay store at a million live entries'
  return [
    atMost(`${goal}: bytes an entry`, 'scale, memory store: bytes an entry', memory.bytesAtMillion, 40),
    atMost(
      `${goal}: longest pause, ms`,
      'scale, memory store: longest pause, ms',
      Math.max(filling, expiring, rejecting),
      10,
    ),
  ]
}

/** In processes of their own, so that other measurements leave no garbage there. */
async function reportClients() {
  print('Measured, memory for each client in the caches of a guard:')
  for (const algorithm of /** @type {const} */ (['ES256', 'Ed25519'])) {
    const child = await startChild(new URL('scale/clients.js', import.meta.url), undefined)
    /** @type {import('./scale/clients.js').ClientMemory} */
    const { tokenLength, resident, heap } = await child.call('measureMemory', { algorithm, clients: 20_000 })
    await child.stop()
    print(
      `- ${algorithm}, a token of ${rounded(tokenLength)} characters: ${bytesText(resident)}, of this in V8's heap ${bytesText(heap)}`,
    )
  }
  print(
    'Measured, how long a check of a new client blocks the event loop, when it replaces another one in full caches:',
  )
  for (const kept of [10_000, 20_000]) {
    const child = await startChild(new URL('scale/clients.js', import.meta.url), undefined)
    /** @type {import('./scale/clients.js').Churn} */
    const { clients, evicting, keeping } = await child.call('measureChurn', { kept, clients: 20_000 })
    await child.stop()
    print(`- ${spaced(kept)} kept, ${spaced(clients)} new: ${describePauses(evicting)}`)
    print(`  the same in caches with room for all: ${describePauses(keeping)}`)
  }
}

/** @param {import('./scale/clients.js').Churn['evicting']} pauses */
function describePauses({ middle, p99, longest, collection }) {
  const text = (/** @type {number} */ milliseconds) => `${milliseconds.toFixed(milliseconds < 10 ? 2 : 0)} ms`
  return `median ${text(middle)}, p99 ${text(p99)}, longest ${text(longest)}; longest garbage collection ${text(collection)}`
}
