// @ts-check
// Does the memory of a guard grow? Runs as many checks in process as 30 minutes have at 5 556 a second. The bench moves the clock,
// so that used proofs, tokens and keys come and go as in that time. Fails if the heap at the end differs by more than 5 %.
//
//   node --expose-gc test/tools/bench/soak.js [--checks=10000000]
import { parseArgs } from 'node:util'
import { createTraffic } from './soak/traffic.js'
import { createGuardOf } from './support/guards.js'
import { describeMachine } from './support/machine.js'
import { spaced } from './support/numbers.js'
import { makeTable, percent } from './support/table.js'

const { values } = parseArgs({ options: { checks: { type: 'string', default: '10000000' } } })
const checks = Number(values.checks)
if (!(checks >= 1000) || globalThis.gc === undefined) {
  console.log('usage: node --expose-gc test/tools/bench/soak.js [--checks=10000000], 1000 checks or more')
  process.exit(1)
}
const collectGarbage = globalThis.gc

/** In 30 minutes. */
const checksPerSecond = 10_000_000 / (30 * 60)
/** Twice the time that a used proof is remembered. After it, as many are removed as are added. */
const warmUpSeconds = 180
const tolerance = 0.05
const rowCount = 10

const megabytes = (/** @type {number} */ bytes) => (bytes / 1e6).toFixed(1)

const changeText = (/** @type {number} */ part) => `${part < 0 ? '' : '+'}${(part * 100).toFixed(1)} %`

function measureMemory() {
  collectGarbage()
  // The first run finalises objects, the second frees them.
  collectGarbage()
  const { heapUsed, arrayBuffers, rss } = process.memoryUsage()
  return { heap: heapUsed + arrayBuffers, rss }
}

const startTime = Math.floor(Date.now() / 1000)
const clock = { now: startTime }
const traffic = createTraffic(clock)
const guard = createGuardOf(traffic, { clock: () => clock.now })

/** @type {Map<string, number>} */
const verdicts = new Map()

/** @param {import('./soak/traffic.js').Visit} visit */
async function check({ request, expected }) {
  const verdict = await guard.check(request)
  const outcome = verdict.accepted ? 'accepted' : verdict.reason
  if (outcome !== expected) throw new Error(`${outcome} instead of ${expected}`)
  verdicts.set(outcome, (verdicts.get(outcome) ?? 0) + 1)
}

/** Runs until that many have been checked in total. @param {number} total */
async function soakUntil(total) {
  while (traffic.made.checks < total) {
    const { first, again } = traffic.takeBatch()
    await Promise.all(first.map(check))
    await check(again)
    clock.now = startTime + Math.floor(traffic.made.checks / checksPerSecond)
  }
}

const begun = performance.now()
console.log(describeMachine())
await soakUntil(warmUpSeconds * checksPerSecond)
verdicts.clear()
const before = { ...traffic.made, time: clock.now }

const start = measureMemory()
let end = start
const titles = ['checks', 'seconds of the clock', 'heap, MB', 'change', 'RSS, MB']
// Prints each row at once, because the run takes long.
console.log(makeTable(titles, [['0', '0', megabytes(start.heap), '', megabytes(start.rss)]]))
for (let row = 1; row <= rowCount; row++) {
  await soakUntil(before.checks + (checks / rowCount) * row)
  end = measureMemory()
  const cells = [
    spaced(traffic.made.checks - before.checks),
    spaced(clock.now - before.time),
    megabytes(end.heap),
    changeText(end.heap / start.heap - 1),
    megabytes(end.rss),
  ]
  console.log(`| ${cells.join(' | ')} |`)
}
console.log(`\n${[...verdicts].map(([outcome, count]) => `${outcome}: ${spaced(count)}`).join(', ')}`)
console.log(
  `made meanwhile: ${spaced(traffic.made.tokens - before.tokens)} tokens, ${spaced(traffic.made.clients - before.clients)} clients`,
)
const change = end.heap / start.heap - 1
const met = Math.abs(change) <= tolerance
console.log(
  `The heap ends at ${changeText(change)} of its start, limit ${percent(tolerance)}: ${met ? 'met' : 'missed'}`,
)
console.log(`${spaced((performance.now() - begun) / 1000)} seconds`)
if (!met) process.exitCode = 1
