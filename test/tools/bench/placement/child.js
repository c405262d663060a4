// @ts-check
// Verifies the signatures of proofs on the event loop or in the thread pool, with a given number of concurrent checks.
import { createPublicKey, verify } from 'node:crypto'
import { createHistogram, monitorEventLoopDelay } from 'node:perf_hooks'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { answerCalls } from '../support/child.js'
import { algorithms, createClient, resourceUrl } from '../support/credentials.js'
import { watchOthers } from '../support/machine.js'

/** @typedef {import('../support/credentials.js').Algorithm} Algorithm */
/** @typedef {'loop' | 'pool'} Place */
/** @typedef {{ algorithm: Algorithm, place: Place, concurrency: number, workMicroseconds: number, milliseconds: number }} Setting */
/** @typedef {Awaited<ReturnType<typeof measure>>} Measurement */
/** @typedef {{ key: import('node:crypto').VerifyKeyObjectInput, data: Buffer, signature: Buffer }} Signature */

const clientCount = 8
const proofsOfClient = 8
/** The resolution of the event loop's delay, in milliseconds. */
const delayResolution = 1

/** @type {Map<Algorithm, ReturnType<typeof prepareSignatures>>} */
const prepared = new Map()

/** @param {Algorithm} algorithm @returns {Signature[]} */
function prepareSignatures(algorithm) {
  const { options } = algorithms[algorithm]
  const facts = { method: 'GET', url: `${resourceUrl}/orders`, accessToken: 'token' }
  return Array.from({ length: clientCount }, () => createClient(algorithm)).flatMap(({ jwk, mintProof }) => {
    const key = { key: createPublicKey({ key: jwk, format: 'jwk' }), ...options }
    return Array.from({ length: proofsOfClient }, () => {
      const [header, payload, signature = ''] = mintProof(facts).split('.')
      return { key, data: Buffer.from(`${header}.${payload}`), signature: Buffer.from(signature, 'base64url') }
    })
  })
}

/** The other work of a request on the event loop. It counts steps, not time, because time includes other programs. */
function doWork(/** @type {number} */ steps) {
  let value = 1
  for (let step = 0; step < steps; step++) value = (value * 1_103_515_245 + 12_345) | 0
  return value
}

/** Steps of work in a microsecond on this machine. */
function calibrateWork() {
  const steps = 2_000_000
  const rates = Array.from({ length: 20 }, () => {
    const { user: before } = process.cpuUsage()
    doWork(steps)
    return steps / (process.cpuUsage().user - before)
  })
  return Math.max(...rates.filter(Number.isFinite))
}
const stepsOfMicrosecond = calibrateWork()

/** @type {Record<Place, (digest: string | null, signature: Signature) => boolean | Promise<boolean>>} */
const places = {
  loop: (digest, { data, key, signature }) => verify(digest, data, key, signature),
  pool: (digest, { data, key, signature }) =>
    new Promise((resolve) => {
      verify(digest, data, key, signature, (error, verified) => resolve(error === null && verified))
    }),
}

/**
 * Each worker begins its next check in a later turn of the event loop, like a request from a socket. The latency of a check begins
 * there, so it includes the wait for earlier checks.
 *
 * @param {Setting} setting
 */
async function measure({ algorithm, place, concurrency, workMicroseconds, milliseconds }) {
  const signatures = prepared.get(algorithm) ?? prepareSignatures(algorithm)
  prepared.set(algorithm, signatures)
  const { digest = null } = algorithms[algorithm]
  const verifyThere = places[place]
  const steps = Math.round(workMicroseconds * stepsOfMicrosecond)
  const latency = createHistogram()
  const delay = monitorEventLoopDelay({ resolution: delayResolution })
  let count = 0
  let running = true

  async function work() {
    while (running) {
      const begun = performance.now()
      await nextTurn()
      doWork(steps)
      const signature = /** @type {Signature} */ (signatures[count++ % signatures.length])
      if (!(await verifyThere(digest, signature))) throw new Error('a good signature was rejected')
      latency.record(Math.max(1, Math.round((performance.now() - begun) * 1000)))
    }
  }

  const workers = Array.from({ length: concurrency }, work)
  await sleep(milliseconds / 5)
  latency.reset()
  delay.enable()
  const othersSince = watchOthers()
  const cpuBefore = process.cpuUsage()
  const begun = performance.now()
  await sleep(milliseconds)
  const checks = latency.count
  const seconds = (performance.now() - begun) / 1000
  const { user, system } = process.cpuUsage(cpuBefore)
  const others = othersSince()
  delay.disable()
  running = false
  await Promise.all(workers)
  return {
    perSecond: checks / seconds,
    cpuMicroseconds: (user + system) / checks - workMicroseconds,
    p50: latency.percentile(50) / 1000,
    p99: latency.percentile(99) / 1000,
    delay: Math.max(0, delay.percentile(99) / 1e6 - delayResolution),
    others,
  }
}

answerCalls({ measure })
