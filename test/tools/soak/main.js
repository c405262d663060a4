// @ts-check
// Guarded servers on three frameworks get good, bad, slow, cut and repeated traffic, while keys rotate and Redis crashes. Fails
// after an unexpected answer, if a proof is accepted twice, or if a server crashes, leaks or grows.
//
//   npm run soak [-- --minutes=10 --seed=1], or --seconds=10
import { parseArgs } from 'node:util'
import { describeMachine } from '../bench/support/machine.js'
import { spaced } from '../bench/support/numbers.js'
import { makeTable } from '../bench/support/table.js'
import { kinds } from './kinds.js'
import { createRandom } from './random.js'
import { growthOf, heapTolerance, runSoak } from './soak.js'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seconds: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 1e6) },
  },
})
const seconds = Number(values.seconds ?? Number(values.minutes) * 60)
const seed = Number(values.seed)
if (!(seconds >= 5) || !Number.isInteger(seed)) {
  console.log('usage: npm run soak -- [--minutes=10 | --seconds=10] [--seed=1], five seconds or more')
  process.exit(1)
}

const megabytes = (/** @type {number} */ bytes) => (bytes / 1e6).toFixed(1)

/** @param {import('./soak.js').Report} report */
function print({
  servers,
  counts,
  violations,
  accepted,
  slowest,
  outages,
  rotations,
  isMeasured,
  memory,
  start,
  last,
}) {
  const outcomes = [...new Set([...counts.values()].flatMap((row) => [...row.keys()]))].sort()
  const rows = Object.keys(kinds).map((name) => {
    const row = counts.get(/** @type {keyof typeof kinds} */ (name))
    return [name, ...outcomes.map((outcome) => spaced(row?.get(outcome) ?? 0))]
  })
  console.log(`\n${makeTable(['what was sent', ...outcomes.map(String)], rows)}`)
  const answers = [...counts.values()].flatMap((row) => [...row.values()]).reduce((sum, count) => sum + count, 0)
  console.log(`\n${spaced(answers)} requests, ${spaced(accepted)} proofs accepted, each once unless it says so below`)
  console.log(`The slowest answer took ${(slowest / 1000).toFixed(1)} s`)
  console.log(`Redis was killed ${outages} times, the issuer's key was replaced ${rotations} times\n`)

  const heaps = memory.map(({ seconds: time, measurements }) => [
    `heap after ${time} s, MB`,
    ...measurements.map(({ heap }) => megabytes(heap)),
  ])
  const growth = servers.map((_, index) => `${(growthOf(memory, index) * 100).toFixed(1)} %`)
  const handlesOf = (/** @type {import('./server.js').Measurement} */ { handles }) =>
    Object.entries(handles)
      .map(([type, count]) => `${count} ${type}`)
      .join(', ')
  const lines = [
    ...heaps,
    [`growth, limit ${heapTolerance * 100} %${isMeasured ? '' : ' in longer runs'}`, ...growth],
    ['RSS at the end, MB', ...last.map(({ rss }) => megabytes(rss))],
    ['handles at the start', ...start.map(handlesOf)],
    ['handles at the end', ...last.map(handlesOf)],
    ['connections at the end', ...last.map(({ connections }) => String(connections))],
  ]
  console.log(makeTable(['', ...servers], lines))
  for (const [text, count] of violations) console.log(`\nVIOLATION, ${count} times: ${text}`)
  console.log(`\n${violations.size === 0 ? 'All invariants hold.' : `${violations.size} invariants do not hold.`}`)
}

console.log(`${describeMachine()}, seed ${seed}`)
const report = await runSoak({ seconds, random: createRandom(seed), say: console.log })
if (report === undefined) console.log('No redis-server on this machine.')
else print(report)
if (report === undefined || report.violations.size > 0) process.exitCode = 1
