// @ts-check
// The section `http` alone.
import { run, title } from './sections/http.js'
import { describeMachine } from './support/machine.js'
import { makeTable } from './support/table.js'

const begun = performance.now()
console.log(`${describeMachine()}\n\n## ${title}\n`)
const targets = await run(console.log)
const rows = targets.map(({ text, value, limit, met }) => [text, value.toFixed(3), limit, met ? 'met' : 'missed'])
console.log(`\n${makeTable(['target', 'ratio', 'limit', ''], rows)}`)
console.log(`\n${((performance.now() - begun) / 1000).toFixed(0)} seconds`)
