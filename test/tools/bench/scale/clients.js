// @ts-check
// What the caches of a guard cost: memory for each client, and the longest pause while clients replace each other in a full cache.
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
 * The longest time that one check blocks the event loop while each client is new and replaces another one, garbage collection
 * included. The time of other programs is not: it takes the CPU time of the check if that is less.
 *
 * @param {{ kept: number, clients: number }} wanted
 */
async function measureChurn({ kept, clients }) {
  const guard = createGuardOf(issuer, { cache: { keys: kept, tokens: kept } })
  /** @type {number[]} */
  const times = []
  for (let index = 0; index < kept + clients; index++) {
    const { request } = presentNewcomer('ES256')
    const begun = performance.now()
    const cpu = process.cpuUsage()
    if (!(await guard.check(request)).accepted) throw new Error('a good request was rejected')
    const { user, system } = process.cpuUsage(cpu)
    if (index >= kept) times.push(Math.min(performance.now() - begun, (user + system) / 1000))
  }
  times.sort((a, b) => a - b)
  const at = (/** @type {number} */ part) => times[Math.floor((times.length - 1) * part)] ?? Number.NaN
  return { kept, clients, middle: at(0.5), p99: at(0.99), longest: at(1) }
}

answerCalls({ measureMemory, measureChurn })
