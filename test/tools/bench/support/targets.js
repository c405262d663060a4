// @ts-check

/** @typedef {{ text: string, value: number, limit: string, met: boolean }} Target */

/** @param {string} text @param {number} value @param {number} limit @returns {Target} */
export function atMost(text, value, limit) {
  return { text, value, limit: `<= ${limit.toFixed(2)}`, met: value <= limit }
}

/** @param {string} text @param {number} value @param {number} limit @returns {Target} */
export function atLeast(text, value, limit) {
  return { text, value, limit: `>= ${limit.toFixed(2)}`, met: value >= limit }
}

/** @param {Target} target */
export function verdict({ limit, met }) {
  return `${limit}: ${met ? 'met' : 'missed'}`
}
