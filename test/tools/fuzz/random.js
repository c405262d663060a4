// @ts-check

/**
 * Numbers from a seed, the same on every machine (mulberry32).
 *
 * @param {number} seed
 */
export function createRandom(seed) {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  /** A whole number from 0 up to, not including, `limit`. @param {number} limit */
  const below = (limit) => next() % limit
  return {
    below,
    /** @template Item @param {readonly Item[]} items @returns {Item} */
    pick: (items) => {
      const item = items[below(items.length)]
      if (item === undefined) throw new RangeError('nothing to pick from')
      return item
    },
  }
}

/** @typedef {ReturnType<typeof createRandom>} Random */
