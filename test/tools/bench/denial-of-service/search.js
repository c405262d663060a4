// @ts-check
// Looks for the most expensive inputs of one reader, with a population of recipes in which expensive ones have more offspring.
import { keyOperations } from './key-operations.js'
import { firstRecipes, hasNames, mutateRecipe, writeRecipe } from './recipe.js'
import { timeAtLeast } from './stopwatch.js'

/** @typedef {import('./readers.js').Reader} Reader */
/** @typedef {import('./recipe.js').Recipe} Recipe */
/** @typedef {import('./stopwatch.js').Subject} Subject */

/** @typedef {'with keys' | 'without keys'} Kind Whether a signature was verified or a key imported. */
/** @typedef {{ reader: Reader, recipe: Recipe, subject: Subject, kind: Kind, nanoseconds: number }} Found */

const populationSize = 16
const quick = { turns: 2, laps: 2 }
const careful = { turns: 8, laps: 4 }

/**
 * Returns the most expensive input of each kind, the worst first.
 *
 * @param {Reader} reader
 * @param {{ random: import('../../fuzz/random.js').Random, seconds: number, evaluations: number }} limits
 */
export async function search(reader, { random, seconds, evaluations }) {
  /** @type {Map<Kind, Found[]>} */
  const populations = new Map([
    ['without keys', []],
    ['with keys', []],
  ])
  const seen = new Set()
  const end = performance.now() + seconds * 1000
  let evaluated = 0

  /** @param {Recipe} recipe */
  async function evaluate(recipe) {
    const text = writeRecipe(recipe, reader.size)
    const key = `${recipe.context}\n${text}`
    if (seen.has(key)) return
    seen.add(key)
    evaluated++
    const subject = subjectOf(reader, recipe, text)
    const before = keyOperations()
    await subject.run(subject.fresh())
    const kind = keyOperations() === before ? 'without keys' : 'with keys'
    const population = populations.get(kind) ?? []
    const last = population[populationSize - 1]?.nanoseconds ?? 0
    let nanoseconds = await timeAtLeast(subject, quick)
    if (nanoseconds <= last) return
    nanoseconds = Math.min(nanoseconds, await timeAtLeast(subject, careful))
    if (nanoseconds <= last) return
    population.push({ reader, recipe, subject, kind, nanoseconds })
    population.sort((a, b) => b.nanoseconds - a.nanoseconds)
    if (population.length > populationSize) population.length = populationSize
  }

  // Compiled code is faster than code that the runtime has not yet compiled.
  const first = firstRecipes(reader)
  for (const recipe of first.slice(0, 20)) {
    const subject = subjectOf(reader, recipe, writeRecipe(recipe, reader.size))
    await timeAtLeast(subject, careful)
  }
  for (const recipe of first) if (performance.now() < end) await evaluate(recipe)
  while (evaluated < evaluations && performance.now() < end) {
    const parents = [...populations.values()].filter((population) => population.length > 0)
    // The search is for inputs without key operations.
    const population = random.below(8) === 0 ? parents.at(-1) : parents[0]
    if (population === undefined) break
    const parent = population[Math.min(random.below(population.length), random.below(population.length))]
    if (parent === undefined) break
    const others = population.map(({ recipe }) => recipe)
    await evaluate(mutateRecipe(parent.recipe, random, reader, others))
  }
  return { evaluated, populations }
}

let names = 0

/**
 * A name that V8 has seen before is cheaper than a new one, so each run gets new names where possible.
 *
 * @param {Reader} reader
 * @param {Recipe} recipe
 * @param {string} text
 * @returns {Subject}
 */
function subjectOf(reader, recipe, text) {
  const subject = reader.subject(text, recipe.context)
  if (!hasNames(recipe)) return subject
  const write = () => {
    names += 5000
    return reader.subject(writeRecipe(recipe, reader.size, names), recipe.context).fresh()
  }
  return { fresh: write, run: subject.run, differs: true }
}
