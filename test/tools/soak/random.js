// @ts-check
// Random choices that a seed repeats.

/** @typedef {ReturnType<typeof createRandom>} Random */

/** Mulberry32. @param {number} seed */
export function createRandom(seed) {
  let state = seed >>> 0

  /** A number from 0 up to, not including, 1. */
  function fraction() {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** A whole number from `low` to `high`, including both. @param {number} low @param {number} high */
  const between = (low, high) => low + Math.floor(fraction() * (high - low + 1))

  /** @template Item @param {readonly Item[]} items @returns {Item} */
  const one = (items) => /** @type {Item} */ (items[between(0, items.length - 1)])

  /** Latin1 characters of these codes. @param {number} length @param {number} low @param {number} high */
  const characters = (length, low, high) =>
    Array.from({ length }, () => String.fromCharCode(between(low, high))).join('')

  return { fraction, between, one, characters }
}
