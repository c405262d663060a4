// @ts-check

/** In Markdown. @param {readonly string[]} titles @param {readonly (readonly string[])[]} rows */
export function makeTable(titles, rows) {
  return [titles, titles.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

/** A median with its quartiles. @param {import('./numbers.js').Quartiles} quartiles */
export function spread({ low, middle, high }, digits = 2) {
  return `${middle.toFixed(digits)} (${low.toFixed(digits)} to ${high.toFixed(digits)})`
}

/** @param {number} part */
export function percent(part) {
  return `${Math.round(part * 100)} %`
}
