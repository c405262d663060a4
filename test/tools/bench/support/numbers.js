// @ts-check

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

/** Rounds to two significant digits, for a single measurement on one machine: 73 812 is 74 000. @param {number} value */
export function round(value) {
  return Number(value.toPrecision(2))
}

/** With spaces between thousands. @param {number} value */
export function spaced(value) {
  return Math.round(value).toLocaleString('en').replaceAll(',', ' ')
}

/** @param {number} bytes */
export function bytesText(bytes) {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let scaled = bytes
  let unit = 0
  while (scaled >= 1000 && unit < units.length - 1) {
    scaled /= 1000
    unit++
  }
  return `${round(scaled)} ${units[unit]}`
}

/** @param {number} bitsPerSecond */
export function bitsText(bitsPerSecond) {
  const megabits = bitsPerSecond / 1e6
  return megabits < 1000 ? `${round(megabits)} Mbit/s` : `${round(megabits / 1000)} Gbit/s`
}

/** @typedef {{ low: number, middle: number, high: number }} Quartiles */

/** @param {readonly number[]} values @returns {Quartiles} */
export function quartiles(values) {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (/** @type {number} */ part) => sorted[Math.floor((sorted.length - 1) * part)] ?? Number.NaN
  return { low: at(0.25), middle: median(sorted), high: at(0.75) }
}
