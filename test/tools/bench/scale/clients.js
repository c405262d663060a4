// @ts-check
// What the caches of a guard cost: memory for each client, and how long a check blocks the event loop with and without eviction.
import { PerformanceObserver } from 'node:perf_hooks'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { answerCalls } from '../support/child.js'
import { createClient, createIssuer } from '../support/credentials.js'
import { createGuardOf } from '../support/guards.js'
import { present } from '../support/presentations.js'

setFlagsFromString('--expose-gc')
const collectGarbage = /** @type {() => void} */ (runInNewContext('gc'))

/** @typedef {import('../support/credentials.js').Algorithm} Algorithm */
/** @typedef {Awaited<ReturnType<typeof measureMemory>>} ClientMemory */
/** @typedef {Awaited<ReturnType<typeof measureChurn>>} Churn */

const issuer = createIssuer('ES256')

/** A request of a client that nobody has seen before. Its private key is not kept. @param {Algorithm} algorithm */
function presentNewcomer(algorithm) {
  const client = createClient(algorithm)
  return present({ client, accessToken: issuer.mintAccessToken(client.jkt) })
}

function usedBytes() {
  // The first run finalises objects, the second frees them.
  collectGarbage()
  collectGarbage()
  const { rss, heapUsed } = process.memoryUsage()
  return { resident: rss, heap: heapUsed }
}

/**
 * Bytes for each client, resident and of these in V8's heap. The clients before the first reading bring the allocators to their
 * usual size.
 *
 * @param {{ algorithm: Algorithm, clients: number }} wanted
 */
async function measureMemory({ algorithm, clients }) {
  const guard = createGuardOf(issuer, { cache: { keys: 2 * clients, tokens: 2 * clients }, replayStore: 'off' })
  /** @param {number} count */
  async function meet(count) {
    let characters = 0
    for (let index = 0; index < count; index++) {
      const { request, accessToken } = presentNewcomer(algorithm)
      characters += accessToken.length
      if (!(await guard.check(request)).accepted) throw new Error('a good request was rejected')
    }
    return characters / count
  }
  await meet(clients / 2)
  const before = usedBytes()
  const tokenLength = await meet(clients)
  const after = usedBytes()
  return {
    algorithm,
    tokenLength,
    resident: (after.resident - before.resident) / clients,
    heap: (after.heap - before.heap) / clients,
  }
}

/**
 * How long one check blocks the event loop when each client is new, with caches that are full, so that each client replaces another
 * one, and with caches that have room for all. What the first takes longer is the price of eviction. Requests are made before, so
 * that their making leaves no garbage. The time of other programs is not included: it takes the CPU time of the check if that is less.
 *
 * @param {{ kept: number, clients: number }} wanted
 */
async function measureChurn({ kept, clients }) {
  const requests = Array.from({ length: kept + clients }, () => presentNewcomer('ES256').request)
  // However long it takes, no proof becomes too old.
  const now = Date.now() / 1000
  /** @param {number} size */
  async function measure(size) {
    const guard = createGuardOf(issuer, { cache: { keys: size, tokens: size }, clock: () => now })
    await collectAllGarbage()
    const collections = watchGarbageCollection()
    /** @type {number[]} */
    const times = []
    for (const [index, request] of requests.entries()) {
      const begun = performance.now()
      const cpu = process.cpuUsage()
      if (!(await guard.check(request)).accepted) throw new Error('a good request was rejected')
      // V8 frees the native parts of what it has collected in a task of their own.
      await setImmediate()
      const { user, system } = process.cpuUsage(cpu)
      if (index >= kept) times.push(Math.min(performance.now() - begun, (user + system) / 1000))
    }
    times.sort((a, b) => a - b)
    const at = (/** @type {number} */ part) => times[Math.floor((times.length - 1) * part)] ?? Number.NaN
    return { middle: at(0.5), p99: at(0.99), longest: at(1), collection: await collections.longest() }
  }
  return { kept, clients, evicting: await measure(kept), keeping: await measure(2 * (kept + clients)) }
}

/** And frees its native parts: V8 does it in later turns of the event loop. */
async function collectAllGarbage() {
  for (let round = 0; round < 3; round++) {
    collectGarbage()
    await setTimeout(100)
  }
}

/** The longest pause that V8 reports for its garbage collection, in milliseconds. */
function watchGarbageCollection() {
  let longest = 0
  const note = (/** @type {import('node:perf_hooks').PerformanceEntry[]} */ entries) => {
    for (const { duration } of entries) longest = Math.max(longest, duration)
  }
  const observer = new PerformanceObserver((list) => note(list.getEntries()))
  observer.observe({ entryTypes: ['gc'] })
  return {
    async longest() {
      // Entries arrive in a later turn of the event loop.
      await setTimeout(10)
      note(observer.takeRecords())
      observer.disconnect()
      return longest
    },
  }
}

answerCalls({ measureMemory, measureChurn })
