// @ts-check
// Hours of an API in minutes. It checks single answers, and also that no server crashes, grows or reveals too much, and that no
// proof is accepted for two requests.
import { setTimeout as sleep } from 'node:timers/promises'
import { createJudge } from './judge.js'
import { createOutages } from './outages.js'
import { openScene } from './scene.js'
import { createVisits } from './visits.js'

/** @typedef {import('./scene.js').Server} Server */
/** @typedef {import('./server.js').Measurement} Measurement */
/** @typedef {{ seconds: number, measurements: Measurement[] }} MemoryRow */
/** @typedef {NonNullable<Awaited<ReturnType<typeof runSoak>>>} Report */

const laneCount = 16
/** The pause between two visits of a lane, in milliseconds. */
const longestPause = 100
/** More clients than a guard remembers tokens and keys for, so that its caches are full. */
const newcomerCount = 10_200
const newcomerLanes = 6
/** In seconds. Shorter runs end before memory could grow, and before entries expire. */
const shortestRunThatIsMeasured = 120
export const heapTolerance = 0.1
const outageMilliseconds = 800

/**
 * Undefined without a redis-server.
 *
 * @param {{ seconds: number, random: import('./random.js').Random, say: (text: string) => void }} options
 */
export async function runSoak({ seconds, random, say }) {
  /** @type {ReturnType<typeof createOutages> | undefined} */
  let outages
  const storeWasDown = (/** @type {number} */ from) => outages?.wasDown(from) ?? false
  const judge = createJudge(storeWasDown)
  const scene = await openScene(judge.readOutput)
  if (scene === undefined) return undefined
  const { redis, issuer, servers } = scene
  outages = createOutages(redis)
  const visits = createVisits({ servers, issuer, judge, random, storeWasDown })
  const isMeasured = seconds >= shortestRunThatIsMeasured

  const collectAcceptances = () =>
    Promise.all(servers.map(async (server) => judge.recordAccepted(server, await server.takeAccepted())))

  try {
    await Promise.all(servers.map(visits.meet))
    if (isMeasured) {
      say(`${newcomerCount} clients come to each server, so that it remembers as many as it can`)
      await Promise.all(
        servers.flatMap((server) =>
          Array.from({ length: newcomerLanes }, () =>
            visits.bringNewcomers(server, Math.ceil(newcomerCount / newcomerLanes)),
          ),
        ),
      )
      await collectAcceptances()
    }
    const start = await Promise.all(servers.map((server) => settleDown(server)))

    say(`${seconds} seconds of everything`)
    const begun = performance.now()
    const end = begun + seconds * 1000
    const elapsed = () => Math.round((performance.now() - begun) / 1000)

    async function visitAgain() {
      while (performance.now() < end) {
        await visits.visit()
        await sleep(random.between(0, longestPause))
      }
    }

    async function breakRedis() {
      const pause = Math.min(20_000, (seconds * 1000) / 3)
      while (performance.now() + pause < end - 2 * outageMilliseconds) {
        await sleep(pause)
        await outages?.happen(outageMilliseconds, async () => {
          await Promise.all(servers.map((server) => server.findStore()))
        })
      }
    }

    async function collectAgain() {
      while (performance.now() < end) {
        await sleep(1000)
        await collectAcceptances()
      }
    }

    /** @type {MemoryRow[]} */
    const memory = []
    async function measureQuarters() {
      for (const part of [0.25, 0.5, 0.75, 0.99]) {
        await sleep(Math.max(0, begun + part * seconds * 1000 - performance.now()))
        memory.push({ seconds: elapsed(), measurements: await Promise.all(servers.map((server) => server.measure())) })
      }
    }

    const lanes = Array.from({ length: laneCount }, visitAgain)
    await Promise.all([...lanes, breakRedis(), collectAgain(), measureQuarters()])
    const last = await Promise.all(servers.map((server, index) => settleDown(server, start[index])))
    await collectAcceptances()

    servers.forEach(({ name }, index) => {
      const open = findLeftOver(start[index], last[index])
      if (open !== undefined) judge.violate(`${name} ends with ${open}`)
      const growth = growthOf(memory, index)
      if (isMeasured && growth > heapTolerance) judge.violate(`${name} grew by ${Math.round(growth * 100)} %`)
    })
    return {
      servers: servers.map(({ name }) => name),
      counts: judge.counts,
      violations: judge.violations,
      accepted: judge.compareAcceptances(servers),
      slowest: judge.slowest,
      outages: outages.count,
      rotations: issuer.rotations,
      isMeasured,
      memory,
      start,
      last,
    }
  } catch (error) {
    // The violations before the error may explain it.
    for (const text of judge.violations.keys()) say(text)
    throw error
  } finally {
    await scene.close()
  }
}

/** The growth of a heap from the first row to the last one. @param {readonly MemoryRow[]} rows @param {number} index */
export function growthOf(rows, index) {
  const first = rows[0]?.measurements[index]?.heap ?? Number.NaN
  return (rows.at(-1)?.measurements[index]?.heap ?? Number.NaN) / first - 1
}

/** Waits until connections and new handles are closed. @param {Server} server @param {Measurement} [before] */
async function settleDown(server, before) {
  const deadline = performance.now() + 20_000
  for (;;) {
    const now = await server.measure()
    const settled = now.connections === 0 && (before === undefined || findLeftOver(before, now) === undefined)
    if (settled || performance.now() > deadline) return now
    await sleep(250)
  }
}

/** @param {Measurement | undefined} before @param {Measurement | undefined} after */
function findLeftOver(before, after) {
  if (after?.connections !== 0) return `${after?.connections} connections`
  const more = Object.entries(after.handles).find(([type, count]) => count > (before?.handles[type] ?? 0))
  return more && `${more[1]} ${more[0]}, ${before?.handles[more[0]] ?? 0} at the start`
}
