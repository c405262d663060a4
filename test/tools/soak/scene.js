// @ts-check
// The parts of the scene: a process for each server, Redis, and an issuer.
import { setTimeout as sleep } from 'node:timers/promises'
import { startChild } from '../bench/support/child.js'
import { startRedis } from '../bench/support/redis-server.js'
import { startIssuer } from './issuer.js'

/** @typedef {import('./server.js').Plan} Plan */
/** @typedef {import('./server.js').Measurement} Measurement */
/** @typedef {NonNullable<Awaited<ReturnType<typeof openScene>>>} Scene */
/** @typedef {Awaited<ReturnType<typeof startServer>>} Server */
/** @typedef {(server: { name: string, plan: Plan }, source: 'stdout' | 'stderr', line: string) => void} OnLine */

/** Servers that share a store have one public URL, so that a proof for one is a proof for all of them. */
const sharedUrl = 'http://localhost:8001'
const ownUrl = 'http://localhost:8002'

/** @type {Record<string, Plan>} */
const plans = {
  'Express 5, Redis': { framework: 'express', store: 'redis', nonces: false, debug: false, publicUrl: sharedUrl },
  'Koa 3, Redis, NODE_DEBUG': { framework: 'koa', store: 'redis', nonces: false, debug: true, publicUrl: sharedUrl },
  'Fastify 5, Redis, nonces': {
    framework: 'fastify',
    store: 'redis',
    nonces: true,
    debug: false,
    publicUrl: sharedUrl,
  },
  'Express 5, memory': { framework: 'express', store: 'memory', nonces: false, debug: false, publicUrl: ownUrl },
}

/** With these settings a killed Redis loses nothing that it has confirmed. */
const durable = { appendonly: 'yes', appendfsync: 'always' }

/** Undefined without a redis-server. @param {OnLine} onLine */
export async function openScene(onLine) {
  const redis = await startRedis(undefined, durable)
  if (redis === undefined) return undefined
  const issuer = await startIssuer()
  const surroundings = { issuerUrl: issuer.url, redisPort: redis.port }
  const servers = await Promise.all(
    Object.entries(plans).map(([name, plan]) => startServer({ name, plan }, surroundings, onLine)),
  )
  return {
    redis,
    issuer,
    servers,
    async close() {
      await Promise.all(servers.map((server) => server.stop()))
      await redis.stop()
      await issuer.close()
    },
  }
}

/**
 * @param {{ name: string, plan: Plan }} identity
 * @param {import('./server.js').Surroundings} surroundings
 * @param {OnLine} onLine
 */
async function startServer({ name, plan }, surroundings, onLine) {
  const rest = { stdout: '', stderr: '' }
  const child = await startChild(new URL('server.js', import.meta.url), undefined, {
    nodeOptions: ['--expose-gc'],
    env: { NODE_DEBUG: plan.debug ? 'dpop-guard' : '' },
    onOutput(source, text) {
      const lines = `${rest[source]}${text}`.split('\n')
      rest[source] = lines.pop() ?? ''
      for (const line of lines) onLine({ name, plan }, source, line)
    },
  })
  const port = /** @type {number} */ (await child.call('start', { plan, surroundings }))
  return {
    name,
    plan,
    port,
    /** The newest nonce that it has sent. @type {string | undefined} */
    nonce: undefined,
    /** @type {() => Promise<string[]>} */
    takeAccepted: () => child.call('takeAccepted'),
    /** @type {() => Promise<Measurement>} */
    measure: () => child.call('measure'),

    /** Resolves when its store answers. */
    async findStore() {
      for (;;) {
        try {
          await child.call('reachesStore')
          return
        } catch {
          await sleep(50)
        }
      }
    },
    stop: child.stop,
  }
}
