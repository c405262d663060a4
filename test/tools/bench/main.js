// @ts-check
// Compares the guard with the minimum cost of its work and with other validators, as ratios within one run.
//
//   npm run bench                                       all sections, about six minutes
//   npm run bench -- warm cold                          these sections alone
//   npm run bench -- --json=1.json                      also writes the figures of all targets
//   npm run bench -- --median=1.json,2.json,3.json      measures nothing: prints the medians of several runs
//   npm run bench -- --nodes                            the sections `warm` and `cold` on each version of Node.js
import { parseArgs } from 'node:util'
import { installPeers } from './support/install.js'
import { describeMachine } from './support/machine.js'
import { UnexpectedVerdict } from './support/rounds.js'
import { describeTargets, medianTargets, writeTargets } from './support/targets.js'

/** @typedef {import('./support/targets.js').Target} Target */
/** @typedef {{ title: string, run: (print: (text?: string) => void) => Promise<Target[]> }} Section */

/** Each section is the module of that name. */
const sections = ['warm', 'cold', 'rejections', 'peers', 'growth', 'redis', 'http']

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'string' }, median: { type: 'string' }, nodes: { type: 'boolean' } },
})
const print = (text = '') => console.log(text)

if (values.median !== undefined) {
  const paths = values.median.split(',')
  print(`Medians of ${paths.length} runs\n`)
  print(describeTargets(medianTargets(paths)))
} else if (values.nodes) {
  const { compareNodes } = await import('./nodes.js')
  await compareNodes(positionals.length > 0 ? positionals : ['warm', 'cold'], print)
} else await measure(positionals.length > 0 ? positionals : sections)

/** @param {readonly string[]} wanted */
async function measure(wanted) {
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
    const sectionBegun = performance.now()
    print(`\n## ${title}\n`)
    try {
      targets.push(...(await run(print)))
    } catch (error) {
      if (!(error instanceof UnexpectedVerdict)) throw error
      print(`Not measured. ${error.message}`)
      process.exitCode = 1
    }
    print(`\n(${Math.round((performance.now() - sectionBegun) / 1000)} seconds)`)
  }

  if (targets.length > 0) print(`\n## Targets\n\n${describeTargets(targets)}`)
  if (values.json !== undefined) writeTargets(values.json, targets)
  print(`\n${Math.round((performance.now() - begun) / 1000)} seconds`)
}
