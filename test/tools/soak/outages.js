// @ts-check
import { setTimeout as sleep } from 'node:timers/promises'

/** @typedef {{ from: number, until: number }} Outage */

/**
 * Kills Redis and starts it again.
 *
 * @param {Pick<import('../bench/support/redis-server.js').RedisServer, 'kill' | 'restart'>} redis
 */
export function createOutages(redis) {
  /** @type {Outage[]} */
  const outages = []
  return {
    get count() {
      return outages.length
    },
    /** Whether Redis was down at any time since `from`. @param {number} from */
    wasDown: (from) => outages.some(({ until }) => until > from),
    /** @param {number} milliseconds @param {() => Promise<void>} recover - resolves when all servers have reconnected */
    async happen(milliseconds, recover) {
      const outage = { from: performance.now(), until: Number.POSITIVE_INFINITY }
      outages.push(outage)
      await redis.kill()
      await sleep(milliseconds)
      await redis.restart()
      await recover()
      outage.until = performance.now()
    },
  }
}
