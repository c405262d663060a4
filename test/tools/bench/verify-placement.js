// @ts-check
// Where should a signature be verified: on the event loop, or in the thread pool? Run by hand, it takes five minutes:
//
//   node test/tools/bench/verify-placement.js
//
// A process with one core or two runs many checks at once. A check is some other work on the event loop, then one verification.
// The table compares both places, as loop / pool: checks a second, CPU of all threads for a verification, latency of a check, and
// the event loop's delay, which all other work in the process has to wait. "others" is the part of the machine that other programs
// used.
import { pinningIsMissing, startChild } from './support/child.js'
import { median, spaced } from './support/numbers.js'
import { makeTable, percent } from './support/table.js'

/** @typedef {import('./placement/child.js').Measurement} Measurement */
/** @typedef {import('./placement/child.js').Setting} Setting */

const milliseconds = 150
/** The half in which other programs used the least of the machine counts. */
const rounds = 12

const algorithms = /** @type {const} */ (['ES256', 'Ed25519', 'PS256'])
const places = /** @type {const} */ (['loop', 'pool'])
const scenes = [
  { title: 'One core, no other work', cores: '0', workMicroseconds: 0 },
  { title: 'One core, 100 us of other work', cores: '0', workMicroseconds: 100 },
  { title: 'Two cores, no other work', cores: '0,1', workMicroseconds: 0 },
  { title: 'Two cores, 100 us of other work', cores: '0,1', workMicroseconds: 100 },
]
const titles = ['proofs', 'at once', 'checks a second', 'CPU, us', 'p50, ms', 'p99, ms', 'delay p99, ms', 'others']

/** Rounds of both places, in turn. @param {import('./support/child.js').Child} child @param {Omit<Setting, 'place'>} setting */
async function measurePlaces(child, setting) {
  const measured = new Map(places.map((place) => [place, /** @type {Measurement[]} */ ([])]))
  for (let round = 0; round < rounds; round++) {
    for (const [place, measurements] of measured) {
      measurements.push(await child.call('measure', { ...setting, place }))
    }
  }
  return [...measured.values()].map((measurements) =>
    measurements.toSorted((a, b) => a.others - b.others).slice(0, rounds / 2),
  )
}

const precise = (/** @type {number} */ value) => value.toFixed(value < 10 ? 2 : 1)

if (pinningIsMissing !== undefined) console.log(pinningIsMissing)
for (const { title, cores, workMicroseconds } of scenes) {
  const child = await startChild(new URL('placement/child.js', import.meta.url), cores)
  const rows = []
  for (const algorithm of algorithms) {
    for (const concurrency of [1, 2, 4, 16, 64]) {
      const both = await measurePlaces(child, { algorithm, concurrency, workMicroseconds, milliseconds })
      /** @param {keyof Measurement} member @param {(value: number) => string} write */
      const cell = (member, write) =>
        both.map((measurements) => write(median(measurements.map((one) => one[member])))).join(' / ')
      rows.push([
        algorithm,
        String(concurrency),
        cell('perSecond', spaced),
        cell('cpuMicroseconds', precise),
        cell('p50', precise),
        cell('p99', precise),
        cell('delay', precise),
        cell('others', percent),
      ])
    }
  }
  await child.stop()
  console.log(`\n## ${title}\n\n${makeTable(titles, rows)}`)
}
