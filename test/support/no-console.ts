/** Vitest setup: console output and process warnings fail their test. Unhandled rejections already do. */
import { Console } from 'node:console'
import { Writable } from 'node:stream'
import { afterAll, afterEach } from 'vitest'

const unexpected: string[] = []

const recorder = new Writable({
  decodeStrings: false,
  write(text: string, _encoding, done) {
    unexpected.push(text.trimEnd())
    done()
  },
})
globalThis.console = new Console(recorder)

const { emitWarning } = process
process.emitWarning = (warning: string | Error, ...rest: unknown[]) => {
  const [first] = rest
  const option = typeof first === 'object' && first !== null && 'type' in first ? first.type : first
  const type = typeof warning === 'string' ? (option ?? 'Warning') : warning.name
  if (type === 'ExperimentalWarning') Reflect.apply(emitWarning, process, [warning, ...rest])
  else unexpected.push(`${type}: ${typeof warning === 'string' ? warning : warning.message}`)
}

// Registered before the hooks of the test file, so that they run after them.
afterEach(failIfUnexpected)
afterAll(failIfUnexpected)

function failIfUnexpected() {
  const output = unexpected.splice(0)
  if (output.length > 0) throw new Error(`unexpected output:\n${output.join('\n')}`)
}
