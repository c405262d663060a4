// @ts-check
// The parts of the scene: a process for each server, one for the clients, an authorization server's keys, and Redis. Servers and
// clients have their own cores if there are enough.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { availableParallelism, cpus } from 'node:os'
import { startChild } from '../support/child.js'
import { watchOthers } from '../support/machine.js'
import { startRedis } from '../support/redis-server.js'
import { UnexpectedVerdict } from '../support/rounds.js'

/** @typedef {import('./apps.js').App} App */
/** @typedef {Awaited<ReturnType<typeof openScene>>} Scene */
/** @typedef {Awaited<ReturnType<Scene['startServer']>>} Server */
/** @typedef {{ milliseconds: number, rate?: number }} Offer Without a rate, each connection sends its next request after an answer. */
/**
 * @typedef {object} Measurement
 * @property {number} perSecond Answered requests.
 * @property {number} p50 Milliseconds.
 * @property {number} p99 Milliseconds.
 * @property {number} unsent Requests that found no free connection until the end.
 * @property {number} cpu Microseconds of the server's CPU for a request.
 * @property {number} verification Microseconds of CPU for a bare verification in the server's process, before the round.
 * @property {number} delay Milliseconds that the server's event loop was late, 99th percentile.
 * @property {number} busy The part of a core that the clients used.
 * @property {number} others The part of the machine that other programs used.
 */

/** The cores of the clients and of Redis: not the first two cores if there are more, not the first if there are two. */
export const clientCore = Math.min(2, availableParallelism() - 1)

export async function openScene() {
  const clients = await startChild(new URL('load.js', import.meta.url), String(clientCore))
  const redis = await startRedis(String(clientCore))
  const jwks = await clients.call('jwks')
  const keyServer = createServer((_request, response) => {
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify(jwks))
  }).listen(0, '127.0.0.1')
  await once(keyServer, 'listening')
  const address = /** @type {import('node:net').AddressInfo} */ (keyServer.address())
  const surroundings = { jwks, jwksUri: `http://127.0.0.1:${address.port}/jwks`, redisPort: redis?.port }
  /** @type {import('../support/child.js').Child[]} */
  const children = [clients]

  return {
    hasRedis: redis !== undefined,

    /** @param {App} app @param {string} cores Set at the start, because a guard with one core uses no threads. */
    async startServer(app, cores) {
      const child = await startChild(new URL('server.js', import.meta.url), cores)
      children.push(child)
      const port = await child.call('start', { app, surroundings })
      const checksProofs = app.protection !== 'none'
      let expectedRate = 3000

      return {
        /** @param {Offer} offer @returns {Promise<Measurement>} */
        async measure({ milliseconds, rate }) {
          const most = ((rate ?? expectedRate * 1.2) * milliseconds) / 1000
          await clients.call('mint', { count: checksProofs ? Math.ceil(most) : 1000, reuse: !checksProofs })
          const verification = await child.call('measureVerification')
          const othersSince = watchOthers()
          const begun = performance.now()
          await child.call('begin')
          const load = await clients.call(rate === undefined ? 'saturate' : 'offer', { port, milliseconds, rate })
          const { cpuMicroseconds, delay } = await child.call('end')
          const wholeTime = (performance.now() - begun) * 1000 * cpus().length
          const answers = countAccepted(app, load.statuses)
          if (rate === undefined) expectedRate = load.perSecond
          return {
            ...load,
            unsent: load.unsent ?? 0,
            cpu: cpuMicroseconds / answers,
            verification,
            delay,
            others: Math.max(0, othersSince() - (cpuMicroseconds + load.cpuMicroseconds) / wholeTime),
          }
        },
        stop: () => child.stop(),
      }
    },

    async close() {
      await Promise.all(children.map((child) => child.stop()))
      await redis?.stop()
      keyServer.close()
    },
  }
}

/** @param {App} app @param {Record<string, number>} statuses */
function countAccepted({ framework, protection }, statuses) {
  const { 200: accepted = 0, ...others } = statuses
  if (Object.keys(others).length > 0) {
    throw new UnexpectedVerdict(`${framework}, ${protection}: answers by status are ${JSON.stringify(statuses)}`)
  }
  return accepted
}
