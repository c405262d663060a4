// @ts-check
// The process of the clients: a hundred of them over one keep-alive pool. Proofs are signed before a round, one for each request.
import { createHistogram } from 'node:perf_hooks'
import { answerCalls } from '../support/child.js'
import { createIssuer } from '../support/credentials.js'
import { createGrants } from '../support/presentations.js'
import { openConnection } from './connection.js'
import { createPace } from './pace.js'
import { makeRequestText } from './request-text.js'

/** @typedef {import('./connection.js').Connection} Connection */
/** @typedef {Awaited<ReturnType<typeof measure>>} Load */

const clientCount = 100
const connectionCount = 64

const issuer = createIssuer('ES256')
const grants = createGrants({ algorithm: 'ES256', issuer, count: clientCount })

/** @type {{ messages: string[], used: number, reuse: boolean }} */
let requests = { messages: [], used: 0, reuse: false }

const hasRequest = () => requests.reuse || requests.used < requests.messages.length

/** @returns {string} */
function takeRequest() {
  const text = hasRequest() ? requests.messages[requests.used++ % requests.messages.length] : undefined
  if (text === undefined) throw new Error('no proof is left')
  return text
}

/**
 * @typedef {object} Recorder
 * @property {Connection[]} connections
 * @property {(status: number, begun: number) => void} record - an answer, and its latency until now
 * @property {(begun: number) => void} recordWait - the latency until now of a request without an answer
 */

/** @param {number} port @param {(recorder: Recorder) => Promise<void>} run */
async function measure(port, run) {
  const latency = createHistogram()
  /** @type {Record<number, number>} */
  const statuses = {}
  /** @param {number} status */
  const count = (status) => {
    statuses[status] = (statuses[status] ?? 0) + 1
  }
  /** @param {number} begun */
  const recordWait = (begun) => latency.record(Math.max(1, Math.round((performance.now() - begun) * 1000)))
  /** @param {number} status @param {number} begun */
  const record = (status, begun) => {
    count(status)
    recordWait(begun)
  }
  const connections = await Promise.all(Array.from({ length: connectionCount }, () => openConnection(port)))
  try {
    // The first request on a connection also pays for accepting it.
    await Promise.all(connections.map(async (connection) => count(await connection.ask(takeRequest()))))
    const begun = performance.now()
    const cpu = process.cpuUsage()
    await run({ connections, record, recordWait })
    const { user, system } = process.cpuUsage(cpu)
    const seconds = (performance.now() - begun) / 1000
    const answers = Object.values(statuses).reduce((sum, one) => sum + one, -connections.length)
    return {
      statuses,
      perSecond: answers / seconds,
      p50: latency.percentile(50) / 1000,
      p99: latency.percentile(99) / 1000,
      cpuMicroseconds: user + system,
      busy: (user + system) / 1e6 / seconds,
    }
  } finally {
    for (const connection of connections) connection.close()
  }
}

answerCalls({
  jwks: () => issuer.jwks,

  /** `reuse` is for servers that do not check proofs. @param {{ count: number, reuse: boolean }} wanted */
  mint({ count, reuse }) {
    const messages = Array.from({ length: count + connectionCount }, (_, index) =>
      makeRequestText(/** @type {(typeof grants)[number]} */ (grants[index % grants.length])),
    )
    requests = { messages, used: 0, reuse }
  },

  /**
   * Every connection sends the next request after each answer. Ends early when all proofs are used.
   *
   * @param {{ port: number, milliseconds: number }} round
   */
  saturate: ({ port, milliseconds }) =>
    measure(port, async ({ connections, record }) => {
      const end = performance.now() + milliseconds
      const askAgain = async (/** @type {Connection} */ connection) => {
        while (performance.now() < end && hasRequest()) {
          const begun = performance.now()
          record(await connection.ask(takeRequest()), begun)
        }
      }
      await Promise.all(connections.map(askAgain))
    }),

  /**
   * Requests come at a constant rate, even if earlier ones are slow. A request without a free connection waits, and the wait is
   * part of its latency.
   *
   * @param {{ port: number, milliseconds: number, rate: number }} round
   */
  async offer({ port, milliseconds, rate }) {
    const total = Math.round((rate * milliseconds) / 1000)
    let next = 0
    const load = await measure(port, async ({ connections, record, recordWait }) => {
      const pace = createPace()
      const begun = performance.now()
      const end = begun + milliseconds
      const dueTime = (/** @type {number} */ index) => begun + (index * 1000) / rate
      const askInTime = async (/** @type {Connection} */ connection) => {
        while (next < total && performance.now() < end) {
          const due = dueTime(next++)
          await pace.until(due)
          record(await connection.ask(takeRequest()), due)
        }
      }
      await Promise.all(connections.map(askInTime))
      pace.stop()
      for (let index = next; index < total; index++) recordWait(dueTime(index))
    })
    return { ...load, unsent: total - next }
  },
})
