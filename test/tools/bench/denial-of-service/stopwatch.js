// @ts-check
// What one input costs. Other programs and the garbage collector only ever add, so the smallest of some turns counts.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
/** @type {(options: { type: 'minor' }) => void} */
const collectGarbage = runInNewContext('gc')

/**
 * @typedef {object} Subject
 * @property {() => unknown} fresh A copy of the input: V8 remembers things about a string that it has seen.
 * @property {(input: any) => unknown} run
 * @property {true | undefined} [differs] Whether no two copies are equal. Writing them leaves garbage, whose collection is not the reader's cost.
 */

/**
 * Nanoseconds of one run, each with a copy of its own.
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

/** Strings with nothing that an earlier run has left behind. @template Value @param {Value} value @returns {Value} */
export function copyStrings(value) {
  if (typeof value === 'string') return /** @type {Value} */ (Buffer.from(value, 'latin1').toString('latin1'))
  if (Array.isArray(value)) return /** @type {Value} */ (value.map(copyStrings))
  if (typeof value !== 'object' || value === null) return value
  return /** @type {Value} */ (
    Object.fromEntries(Object.entries(value).map(([name, member]) => [name, copyStrings(member)]))
  )
}
