// @ts-check
// The cost of the memory replay store: bytes per entry, entries per second, pauses of the event loop.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { memoryReplayStore } from '@dpop-guard/core'
import { addForClient } from '../../../../packages/core/dist/replay/memory-store.js'
import { createKeys } from '../support/keys.js'
import { median } from '../support/numbers.js'

const million = 1_000_000
const start = 1_800_000_000

const nextClient = createKeys()
const clients = Array.from({ length: 10_000 }, () => nextClient())

setFlagsFromString('--expose-gc')
const collectGarbage = /** @type {() => void} */ (runInNewContext('gc'))

function usedBytes() {
  collectGarbage()
  // The first run finalises objects, the second frees them.
  collectGarbage()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

/** The clock of CPU time is expensive, so it is read once for this many calls. */
const batchLength = 16

/**
 * A store with a clock, and a measure of how long each call blocks the event loop: the time of the call or, if it is less, the CPU
 * time of its batch. The first includes the time of other programs, the second that of the garbage collector's other threads. The
 * call took no longer than either.
 */
function createMeasuredStore(maxEntries = million) {
  const clock = { now: start }
  const store = memoryReplayStore({ maxEntries, clock: () => clock.now })
  let longest = 0
  let longestOfBatch = 0
  let count = 0
  let cpu = process.cpuUsage()

  function endBatch() {
    const { user, system } = process.cpuUsage(cpu)
    longest = Math.max(longest, Math.min(longestOfBatch, (user + system) / 1000))
    longestOfBatch = 0
    cpu = process.cpuUsage()
  }

  return {
    clock,
    store,
    /** @param {string} key @param {number} ttlSeconds @param {string} [client] */
    addIfAbsent(key, ttlSeconds, client) {
      const begun = performance.now()
      let answer
      try {
        answer =
          client === undefined ? store.addIfAbsent(key, ttlSeconds) : addForClient(store, key, ttlSeconds, client)
      } catch {
        answer = 'full'
      }
      longestOfBatch = Math.max(longestOfBatch, performance.now() - begun)
      if (++count % batchLength === 0) endBatch()
      return answer
    },
    /** The longest pause since the last call of this function, in milliseconds. */
    takeLongest() {
      endBatch()
      const milliseconds = longest
      longest = 0
      return milliseconds
    },
  }
}

/**
 * Bytes per entry after two windows at this rate, when as many entries expire as are made.
 *
 * @param {number} rate
 * @param {number} windowSeconds
 */
function measureFlow(rate, windowSeconds) {
  const nextKey = createKeys()
  const before = usedBytes()
  const { clock, addIfAbsent, takeLongest } = createMeasuredStore(2 ** 24)
  for (let second = 0; second < 2 * windowSeconds; second++) {
    clock.now = start + second
    for (let count = 0; count < rate; count++) addIfAbsent(nextKey(), windowSeconds)
  }
  const bytes = (usedBytes() - before) / (rate * windowSeconds)
  return { rate, bytes, pause: takeLongest() }
}

/** Fills a store with a million live entries, makes it reject, and waits until all expire while a million new ones come. */
function measureMillion() {
  const nextKey = createKeys()
  const again = createKeys()
  const before = usedBytes()
  const { clock, addIfAbsent, takeLongest } = createMeasuredStore()
  for (let count = 0; count < million; count++) {
    const key = nextKey()
    // The last entries are in the reserve, which these clients cannot fill.
    if (addIfAbsent(key, 90, clients[count % clients.length]) === 'full') addIfAbsent(key, 90)
  }
  const filling = takeLongest()
  const bytes = (usedBytes() - before) / million

  for (let count = 0; count < 50_000; count++) {
    if (addIfAbsent(nextKey(), 90) !== 'full') throw new Error('a full store accepted an entry')
    if (addIfAbsent(again(), 90) !== false) throw new Error('a full store forgot an entry')
  }
  const rejecting = takeLongest()

  clock.now += 91
  for (let count = 0; count < million; count++) {
    if (addIfAbsent(nextKey(), 90) !== true) throw new Error('expired entries take space')
  }
  return { bytes, filling, rejecting, expiring: takeLongest() }
}

/** Calls per second of CPU, with keys made before. */
function measureCalls() {
  const nextKey = createKeys()
  const { store } = createMeasuredStore()
  const rates = Array.from({ length: 10 }, () => {
    const keys = Array.from({ length: million / 10 }, nextKey)
    const before = process.cpuUsage()
    for (const key of keys) store.addIfAbsent(key, 90)
    const { user, system } = process.cpuUsage(before)
    return keys.length / ((user + system) / 1e6)
  })
  return median(rates)
}

/** @param {number} windowSeconds */
export function measureMemoryStore(windowSeconds) {
  const callsPerSecond = measureCalls()
  const rounds = Array.from({ length: 3 }, measureMillion)
  /** @param {'bytes' | 'filling' | 'rejecting' | 'expiring'} member */
  const medianOf = (member) => median(rounds.map((round) => round[member]))
  return {
    callsPerSecond,
    bytesAtMillion: medianOf('bytes'),
    pauses: { filling: medianOf('filling'), rejecting: medianOf('rejecting'), expiring: medianOf('expiring') },
    flows: [1000, 10_000].map((rate) => measureFlow(rate, windowSeconds)),
  }
}
