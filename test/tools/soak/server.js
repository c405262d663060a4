// @ts-check
// The process of one server.
import { setTimeout as sleep } from 'node:timers/promises'
import { redisReplayStore } from '@dpop-guard/redis'
import { createClient } from 'redis'
import { answerCalls } from '../bench/support/child.js'
import { resourceUrl } from '../bench/support/credentials.js'
import { nonceSecret } from './api.js'
import { startApp } from './apps.js'
import { keySetTuning } from './issuer.js'

/** @typedef {{ framework: import('./apps.js').Framework, store: 'redis' | 'memory', nonces: boolean, debug: boolean, publicUrl: string }} Plan */
/** @typedef {{ issuerUrl: string, redisPort: number }} Surroundings */
/** @typedef {Awaited<ReturnType<typeof measure>>} Measurement */

/** The `jti` of each accepted proof since the last report. @type {string[]} */
let accepted = []
/** @type {import('node:http').Server | undefined} */
let server
/** @type {ReturnType<typeof createClient> | undefined} */
let redis

/** @param {number} port */
async function connectToRedis(port) {
  redis = createClient({ url: `redis://127.0.0.1:${port}`, disableOfflineQueue: true })
  // The answers show what the error means for requests.
  redis.on('error', () => {})
  await redis.connect()
  const client = redis
  // Longer than the default, because the machine may be busy, and this test does not look for late answers.
  return redisReplayStore({ sendCommand: (...args) => client.sendCommand(args), timeoutSeconds: 10 })
}

/** @param {Plan} plan @param {Surroundings} surroundings */
async function start({ framework, store, nonces, publicUrl }, { issuerUrl, redisPort }) {
  const options = {
    issuer: issuerUrl,
    resource: resourceUrl,
    publicUrl,
    jwksCache: keySetTuning,
    // Short, so that the store removes as many entries as it adds long before the end.
    proof: { maxAgeSeconds: 20, futureToleranceSeconds: 5 },
    replayStore: store === 'redis' ? await connectToRedis(redisPort) : undefined,
    ...(nonces && {
      freshness: /** @type {const} */ ('both'),
      nonce: { secrets: [nonceSecret], rotationSeconds: 10 },
    }),
  }
  server = await startApp[framework](options, ({ proofClaims: proof }) => void accepted.push(proof?.jti ?? 'no proof'))
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : Number.NaN
}

async function measure() {
  // The first run finalises objects, the second frees them.
  globalThis.gc?.()
  await sleep(0)
  globalThis.gc?.()
  const { heapUsed, arrayBuffers, rss } = process.memoryUsage()
  const connections = await new Promise((resolve) => server?.getConnections((_error, count) => resolve(count)))
  /** @type {Record<string, number>} */
  const handles = {}
  for (const type of process.getActiveResourcesInfo()) {
    // Handles to the parent, which Node opens when they are first needed.
    if (type !== 'PipeWrap') handles[type] = (handles[type] ?? 0) + 1
  }
  return { heap: heapUsed + arrayBuffers, rss, connections: Number(connections), handles }
}

// The process always ends with its parent.
process.on('disconnect', () => process.exit())

answerCalls({
  /** @param {{ plan: Plan, surroundings: Surroundings }} wanted */
  start: ({ plan, surroundings }) => start(plan, surroundings),
  takeAccepted() {
    const taken = accepted
    accepted = []
    return taken
  },
  /** Whether its store answers. */
  reachesStore: async () => {
    await redis?.ping()
  },
  measure,
})
