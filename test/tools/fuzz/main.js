// @ts-check
// Runs every reader of untrusted input with mutated input: `npm run fuzz -- --executions=N --seconds=S --seed=X --target=NAME
// --keep`. All are optional. `--keep` adds inputs that reached new code to the corpus. Exits with 1 for a finding.
import { parseArgs } from 'node:util'
import { keep, loadCorpus } from '../../fuzz/corpus.js'
import { startCoverage } from './coverage.js'
import { fuzz } from './fuzzer.js'
import { createRandom } from './random.js'

const createCoverage = startCoverage('/packages/core/dist/')
const { targets } = await import('./targets/index.js')

const { values } = parseArgs({
  options: {
    executions: { type: 'string', default: '10000000' },
    seconds: { type: 'string' },
    seed: { type: 'string', default: '9449' },
    target: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
})

const chosen = targets.filter(({ name }) => values.target === undefined || name === values.target)
const total = Number(values.executions)
const seconds = values.seconds === undefined ? Number.POSITIVE_INFINITY : Number(values.seconds) / chosen.length
const seed = values.seed === 'random' ? Date.now() : Number(values.seed)
if (chosen.length === 0 || ![total, seconds, seed].every((number) => number > 0)) throw new RangeError('see main.js')

console.log(`seed ${seed}`)
console.log(`${'target'.padEnd(22)}${'executions'.padStart(12)}${'a second'.padStart(10)}${'corpus'.padStart(8)}`)
let sum = 0
for (const target of chosen) {
  const corpus = loadCorpus(target.name).map(({ input }) => input)
  const share = chosen.length === 1 ? 1 : target.share
  const limits = {
    executions: Math.round(total * share),
    seconds,
    random: createRandom(seed),
    corpus,
    coverage: createCoverage(),
  }
  const begun = performance.now()
  const { executions, found, finding } = await fuzz(target, limits)
  const rate = executions / ((performance.now() - begun) / 1000)
  sum += executions
  const columns = [String(executions).padStart(12), rate.toFixed(0).padStart(10), String(found.length).padStart(8)]
  console.log(`${target.name.padEnd(22)}${columns.join('')}`)
  if (values.keep)
    for (const input of found.filter((one) => !target.seeds.includes(one))) keep(target.name, input, 'input')
  if (finding !== undefined) {
    console.log(`kept ${keep(target.name, finding.input, 'finding')}:`)
    console.log(finding.error)
    process.exitCode = 1
  }
}
console.log(`${sum} executions`)
