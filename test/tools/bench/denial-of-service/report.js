// @ts-check
// The most expensive inputs that a search finds, as multiples of one accepted warm check.
import { createRandom } from '../../fuzz/random.js'
import { quartiles } from '../support/numbers.js'
import { makeTable, spread } from '../support/table.js'
import { readers } from './readers.js'
import { describeRecipe } from './recipe.js'
import { createAccepted } from './scene.js'
import { search } from './search.js'
import { copyStrings, timeAtLeast } from './stopwatch.js'

/** @typedef {import('./search.js').Found} Found */

/** How many of a reader's most expensive inputs are measured again. */
const finalists = 3
const rounds = 15
/** Nanoseconds of a turn. */
const turnLength = 2e6

/**
 * @param {{ seed: number, seconds: number, limit: number, reader: string | undefined }} options
 */
export async function reportSearch({ seed, seconds, limit, reader: wanted }) {
  const chosen = readers.filter(({ name }) => wanted === undefined || name.includes(wanted))
  const { request, check } = await createAccepted()
  const accepted = { fresh: () => copyStrings(request), run: check }
  console.log(`seed ${seed}; 16 KB for each input`)
  const rows = []
  /** @type {string[]} */
  const over = []
  let sum = 0
  for (const reader of chosen) {
    await timeAtLeast(accepted, { turns: 20, laps: 16 })
    const share = (seconds / chosen.length) * 0.8
    const limits = { random: createRandom(seed), seconds: share, evaluations: Number.POSITIVE_INFINITY }
    const { evaluated, populations } = await search(reader, limits)
    sum += evaluated
    for (const population of populations.values()) {
      const candidates = population.slice(0, finalists)
      const measured = await measure(candidates, accepted)
      const [worst] = measured.toSorted((a, b) => b.ratio.middle - a.ratio.middle)
      if (worst === undefined) continue
      const { recipe, kind } = worst.found
      const isUntrusted = !reader.name.includes('of an issuer')
      if (kind === 'without keys' && isUntrusted && worst.ratio.low > limit) over.push(reader.name)
      rows.push([reader.name, kind, spread(worst.ratio), `\`${describeRecipe(recipe)}\``, String(evaluated)])
    }
  }
  console.log(makeTable(['reader', 'signature or key import', 'CPU / accepted', 'most expensive input', 'tried'], rows))
  console.log(`${sum} inputs tried`)
  for (const name of over) console.log(`MORE THAN ${limit} ACCEPTED: ${name}`)
  if (over.length > 0) process.exitCode = 1
}

/**
 * Each round measures every input once, and before it an accepted check under the same conditions.
 *
 * @param {readonly Found[]} candidates
 * @param {import('./stopwatch.js').Subject} accepted
 */
async function measure(candidates, accepted) {
  const ratios = candidates.map(() => /** @type {number[]} */ ([]))
  for (let round = 0; round < rounds; round++) {
    for (const [index, { subject, nanoseconds }] of candidates.entries()) {
      const laps = Math.max(2, Math.min(50, Math.round(turnLength / nanoseconds)))
      const { differs } = subject
      const base = await timeAtLeast({ ...accepted, differs }, { turns: 2, laps })
      ratios[index]?.push((await timeAtLeast(subject, { turns: 2, laps })) / base)
    }
  }
  return candidates.map((found, index) => ({ found, ratio: quartiles(ratios[index] ?? []) }))
}
