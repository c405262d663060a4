// @ts-check
import { styleText } from 'node:util'

const colorful = process.stdout.isTTY && !process.env.NO_COLOR

/**
 * Returns the status with the error code of the challenge, or with the subject of the caller. A challenge that is not one DPoP
 * challenge with `algs` is returned unchanged.
 *
 * @param {import('./raw-request.js').Answer} answer
 */
export function summarize({ status, challenges, body }) {
  if (challenges.length > 0) return `${status} ${challenges.map(readChallenge).join(' + ')}`
  return status === 200 || status === 201 ? `${status} for ${JSON.parse(body).for}` : `${status} without a challenge`
}

/** @param {string} challenge */
function readChallenge(challenge) {
  const parameters = new Map(Array.from(challenge.matchAll(/([a-z_]+)="([^"]*)"/g), ([, name, value]) => [name, value]))
  if (!challenge.startsWith('DPoP ') || !parameters.get('algs')) return challenge
  return parameters.get('error') ?? 'no error code'
}

/**
 * Prints one line for each request, with a column for each API, and how many answers were as expected. Returns true if all were.
 *
 * @param {string[]} columns
 * @param {{ sent: string, expected: string, answers: string[] }[]} rows
 */
export function report(columns, rows) {
  const headings = ['what was sent', ...columns, '']
  const lines = rows.map(({ sent, expected, answers }) => [
    sent,
    ...answers.map((answer) => (answer === expected ? `✓ ${answer}` : `✗ ${answer}`)),
    answers.every((answer) => answer === expected) ? '' : `expected ${expected}`,
  ])
  const widths = headings.map((_, column) => Math.max(...[headings, ...lines].map((line) => line[column]?.length ?? 0)))
  /** @param {string[]} cells */
  const print = (cells) => {
    const padded = cells.map((cell, column) => paint(cell, cell.padEnd(widths[column] ?? 0)))
    console.log(padded.join('  ').trimEnd())
  }
  print(headings)
  print(widths.map((width) => '-'.repeat(width)))
  for (const line of lines) print(line)

  const asExpected = rows.flatMap(({ expected, answers }) => answers.map((answer) => answer === expected))
  const count = asExpected.filter(Boolean).length
  console.log(`\n${count} of ${asExpected.length} answers as expected`)
  return count === asExpected.length
}

/** @param {string} cell @param {string} padded */
function paint(cell, padded) {
  if (!colorful) return padded
  if (cell.startsWith('✓')) return styleText('green', padded)
  return cell.startsWith('✗') ? styleText('red', padded) : padded
}
