// @ts-check
// Builds a long string from short ones, because expensive input is nearly always a short string many times.
import { mutate } from '../../fuzz/mutate.js'

/** @typedef {import('../../fuzz/random.js').Random} Random */

/**
 * `head`, then `unit` at most `most` times, `core`, `filler` as often as there is room, `closing` as often as `unit`, and `tail`.
 * `{n}` in a unit is another short name each time, `{i}` another whole number. A character for each byte.
 *
 * @typedef {{ head: string, unit: string, core: string, filler: string, closing: string, tail: string, most: number, context: string }} Recipe
 */

/** @typedef {{ words: readonly string[], contexts: readonly string[], seeds: readonly Partial<Recipe>[] }} Grammar */

const maxPartLength = 96

/** @param {Grammar} grammar @returns {Recipe[]} The seeds and every word as a unit, in every context. */
export function firstRecipes({ words, contexts, seeds }) {
  const plain = words.filter((word) => word !== '').map((unit) => ({ unit }))
  return contexts.flatMap((context) => [...seeds, ...plain].map((seed) => createRecipe({ context, ...seed })))
}

/** @param {Partial<Recipe>} parts @returns {Recipe} */
function createRecipe({
  head = '',
  unit = '',
  core = '',
  filler = '',
  closing = '',
  tail = '',
  most = all,
  context = '',
}) {
  return { head, unit, core, filler, closing, tail, most, context }
}

const parts = /** @type {const} */ (['head', 'unit', 'unit', 'unit', 'core', 'filler', 'closing', 'tail'])

const all = Number.POSITIVE_INFINITY
/** Readers have bounds. The most expensive input is just within them. */
const counts = [all, 25, 50, 75, 100, 150, 200, 300, 350, 400, 600, 800, 1200, 1600]

/**
 * @param {Recipe} recipe
 * @param {Random} random
 * @param {Grammar} grammar
 * @param {readonly Recipe[]} others
 * @returns {Recipe}
 */
export function mutateRecipe(recipe, random, { words, contexts }, others) {
  const changed = { ...recipe }
  for (let count = 1 + random.below(2); count > 0; count--) {
    const part = random.pick(parts)
    switch (random.below(7)) {
      case 0:
        changed[part] = mutate(changed[part], random, words, words)
        break
      case 1:
        changed[part] = random.pick(words)
        break
      case 2:
        changed[part] += random.pick(words)
        break
      case 3:
        changed[part] = random.pick(others)[part]
        break
      case 4:
        changed.context = random.pick(contexts)
        break
      case 5:
        changed.most = random.pick(counts)
        break
      default:
        changed[part] = changed[part].slice(random.below(changed[part].length + 1))
    }
    changed[part] = changed[part].slice(0, maxPartLength)
  }
  return changed
}

/**
 * @param {Recipe} recipe
 * @param {number} size In characters.
 * @param {number} [from] The first of the names and numbers.
 */
export function writeRecipe({ head, unit, core, filler, closing, tail, most }, size, from = 0) {
  const room = Math.max(0, size - head.length - core.length - tail.length)
  const first = fill(unit, from)
  const count = first === '' ? 0 : Math.min(most, Math.floor(room / (first.length + closing.length)))
  const units =
    first === unit ? unit.repeat(count) : Array.from({ length: count }, (_, at) => fill(unit, from + at)).join('')
  const rest = room - count * (first.length + closing.length)
  const fillers = filler === '' ? '' : filler.repeat(rest / filler.length)
  return (head + units + core + fillers + closing.repeat(count) + tail).slice(0, size)
}

/** Whether each string of a recipe can have new names. @param {Recipe} recipe */
export const hasNames = ({ unit }) => /\{[ni]\}/.test(unit)

/** Names and numbers of the same length. @param {string} unit @param {number} at */
function fill(unit, at) {
  if (!unit.includes('{')) return unit
  return unit
    .replaceAll('{n}', (at % 36 ** 4).toString(36).padStart(4, 'm'))
    .replaceAll('{i}', String(1_000_000 + ((at * 7919) % 1_000_000)))
}

/** Describes a recipe in visible ASCII. @param {Recipe} recipe */
export function describeRecipe({ head, unit, core, filler, closing, tail, most, context }) {
  const show = (/** @type {string} */ text) =>
    JSON.stringify(text)
      .slice(1, -1)
      .replace(/[^ -~]/g, escapeByte)
  const escapeByte = (/** @type {string} */ text) => `\\x${text.charCodeAt(0).toString(16).padStart(2, '0')}`
  const cut = (/** @type {string} */ text) => (text.length > 28 ? `${text.slice(0, 28)}...` : text)
  const times = most === all ? '*' : `{${most}}`
  const shown = [head, `(${unit})${times}`, core, filler && `(${filler})*`, closing && `(${closing})${times}`, tail]
    .map((part) => cut(show(part)))
    .join('')
  return context === '' ? shown : `${shown}, ${context}`
}
