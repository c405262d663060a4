// @ts-check
// Compares the guard with the minimum cost of its work and with other validators, as ratios within one run. Arguments are names
// of sections, which then run alone.
import { installPeers } from './support/install.js'
import { describeMachine } from './support/machine.js'
import { UnexpectedVerdict } from './support/rounds.js'
import { makeTable } from './support/table.js'

/** @typedef {import('./support/targets.js').Target} Target */
/** @typedef {{ title: string, run: (print: (text?: string) => void) => Promise<Target[]> }} Section */

/** Each section is the module of that name. */
const sections = ['warm', 'cold', 'rejections', 'peers', 'growth', 'http']

const print = (text = '') => console.log(text)
const wanted = process.argv.length > 2 ? process.argv.slice(2) : sections
const unknown = wanted.filter((name) => !sections.includes(name))
if (unknown.length > 0) {
  print(`There is no section ${unknown.join(', ')}. There are: ${sections.join(', ')}`)
  process.exit(1)
}

installPeers()
print(describeMachine())
print(
  'Median and, in brackets, quartiles of 15 rounds: those of at most 21 in which other programs used the least of the machine.',
)
print(
  '"others" is the part they used in the middle round. Checks a second need all cores, so a high part makes them few.',
)

const begun = performance.now()
const targets = []
for (const name of wanted) {
  /** @type {Section} */
  const { title, run } = await import(`./sections/${name}.js`)
  print(`\n## ${title}\n`)
  try {
    targets.push(...(await run(print)))
  } catch (error) {
    if (!(error instanceof UnexpectedVerdict)) throw error
    print(`Not measured. ${error.message}`)
    process.exitCode = 1
  }
}

if (targets.length > 0) {
  print('\n## Targets\n')
  const rows = targets.map(({ text, value, limit, met }) => [text, value.toFixed(3), limit, met ? 'met' : 'missed'])
  print(makeTable(['target', 'ratio', 'limit', ''], rows))
  print(`\n${targets.filter(({ met }) => met).length} of ${targets.length} met`)
}
print(`\n${Math.round((performance.now() - begun) / 1000)} seconds`)
