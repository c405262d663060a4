// @ts-check
// The cost of one input. Other programs and the garbage collector only add to it, so the smallest of some turns counts.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
/** @type {(options: { type: 'minor' }) => void} */
const collectGarbage = runInNewContext('gc')

/**
 * @typedef {object} Subject
 * @property {() => unknown} fresh A copy of the input, because V8 caches properties of a string.
 * @property {(input: any) => unknown} run
 * @property {true | undefined} [differs] True if all copies are different. Making them leaves garbage, and collecting it is not a cost of the reader.
 */

/**
 * Nanoseconds of one run. Each run has its own copy.
 *
 * @param {Subject} subject
 * @param {number} laps
 */
export async function timeTurn({ fresh, run, differs }, laps) {
  const inputs = Array.from({ length: laps }, fresh)
  if (differs) collectGarbage({ type: 'minor' })
  const begun = process.hrtime.bigint()
  for (const input of inputs) await run(input)
  return Number(process.hrtime.bigint() - begun) / laps
}

/** @param {Subject} subject @param {{ turns: number, laps: number }} plan */
export async function timeAtLeast(subject, { turns, laps }) {
  let least = Number.POSITIVE_INFINITY
  for (let turn = 0; turn < turns; turn++) least = Math.min(least, await timeTurn(subject, laps))
  return least
}

/** Copies strings, so that nothing from an earlier run is cached. @template Value @param {Value} value @returns {Value} */
export function copyStrings(value) {
  if (typeof value === 'string') return /** @type {Value} */ (Buffer.from(value, 'latin1').toString('latin1'))
  if (Array.isArray(value)) return /** @type {Value} */ (value.map(copyStrings))
  if (typeof value !== 'object' || value === null) return value
  return /** @type {Value} */ (
    Object.fromEntries(Object.entries(value).map(([name, member]) => [name, copyStrings(member)]))
  )
}
