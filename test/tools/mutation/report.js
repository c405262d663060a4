// @ts-check
// Reads Stryker's report, prints how many mutants of each group were killed, and fails for a survivor without an explanation.
import { readFileSync } from 'node:fs'
import { survivors } from './survivors.js'

/**
 * @typedef {{ line: number, column: number }} Position Both count from 1.
 * @typedef {{ replacement: string, status: string, location: { start: Position, end: Position } }} Mutant
 * @typedef {{ files: Record<string, { source: string, mutants: Mutant[] }> }} Report
 */

const sources = 'packages/core/src/'

/** How many percent of the mutants that can be killed must be killed. */
const thresholds = {
  'proof/': 95,
  'replay/': 95,
  'request/': 95,
  'response/': 95,
}
const thresholdElsewhere = 90

/** @param {string} text */
const onOneLine = (text) => text.trim().replace(/\s+/g, ' ')

/**
 * The lines that a mutant changes, before and after the change.
 * @param {string} source
 * @param {Mutant} mutant
 */
function textsOf(source, { replacement, location: { start, end } }) {
  const lines = source.split('\n').slice(start.line - 1, end.line)
  const before = lines[0]?.slice(0, start.column - 1) ?? ''
  const after = lines.at(-1)?.slice(end.column - 1) ?? ''
  return { original: onOneLine(lines.join('\n')), mutated: onOneLine(before + replacement + after) }
}

/** @param {string} path */
function groupOf(path) {
  const [directory, ...rest] = path.split('/')
  return rest.length === 0 ? path : `${directory}/`
}

/** @type {Report} */
const { files } = JSON.parse(readFileSync(process.argv[2] ?? '.tmp/mutation/report.json', 'utf8'))
/** @type {Map<string, { killed: number, survived: number, explained: number, ignored: number }>} */
const groups = new Map()
/** @type {string[]} */
const problems = []

for (const [name, { source, mutants }] of Object.entries(files).sort()) {
  const file = name.replace(sources, '')
  const group = groups.get(groupOf(file)) ?? { killed: 0, survived: 0, explained: 0, ignored: 0 }
  groups.set(groupOf(file), group)
  const unused = new Set(survivors.filter((survivor) => survivor.file === file))
  for (const mutant of mutants) {
    if (mutant.status === 'Killed' || mutant.status === 'Timeout') group.killed++
    if (mutant.status === 'Ignored') group.ignored++
    if (mutant.status === 'Killed') continue
    const { original, mutated } = textsOf(source, mutant)
    const explained = survivors.filter(
      (survivor) => survivor.file === file && survivor.original === original && survivor.mutated === mutated,
    )
    // On a busy machine a survivor may time out.
    for (const survivor of explained) unused.delete(survivor)
    if (mutant.status !== 'Survived' && mutant.status !== 'NoCoverage') continue
    group.survived++
    if (explained.length > 0) group.explained++
    else problems.push(`${file}:${mutant.location.start.line} survived:\n  - ${original}\n  + ${mutated}`)
  }
  for (const { mutated } of unused) problems.push(`${file}: explained, but no survivor:\n  + ${mutated}`)
}

for (const [name, group] of groups) {
  const score = scoreOf(group)
  const threshold = new Map(Object.entries(thresholds)).get(name) ?? thresholdElsewhere
  if (score < threshold) problems.push(`${name}: ${score.toFixed(1)} % were killed, less than ${threshold} %`)
}

const total = { killed: 0, survived: 0, explained: 0, ignored: 0 }
const row = (/** @type {(string | number)[]} */ ...cells) =>
  console.log(cells.map((cell, index) => (index === 0 ? String(cell).padEnd(24) : String(cell).padStart(10))).join(''))

row('group', 'killed', 'survived', 'explained', 'ignored', 'score')
for (const [name, group] of groups) {
  row(name, group.killed, group.survived, group.explained, group.ignored, scoreOf(group).toFixed(1))
  for (const key of /** @type {const} */ (['killed', 'survived', 'explained', 'ignored'])) total[key] += group[key]
}
row('all', total.killed, total.survived, total.explained, total.ignored, scoreOf(total).toFixed(1))
for (const problem of problems) console.log(problem)
process.exitCode = problems.length === 0 ? 0 : 1

/** @param {{ killed: number, survived: number, explained: number }} group */
function scoreOf({ killed, survived, explained }) {
  const killable = killed + survived - explained
  return killable === 0 ? 100 : (100 * killed) / killable
}
