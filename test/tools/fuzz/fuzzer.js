// @ts-check
import { performance } from 'node:perf_hooks'
import { mutate } from './mutate.js'

/** @typedef {import('./targets/index.d.ts').FuzzTarget} Target */

/**
 * @typedef {object} Outcome
 * @property {number} executions
 * @property {readonly string[]} found Inputs, including seeds, that reached code that no other input had reached.
 * @property {{ input: string, error: unknown } | undefined} finding
 */

/** An execution that takes longer, every time, is a finding. */
const maxMilliseconds = 50
const smallestBatch = 64
const largestBatch = 4096
/** After this many executions without new code, coverage is no longer recorded, because that takes time. */
const patience = 200_000

/**
 * Executes a target with mutations of its corpus. An input that reaches new code joins the corpus.
 *
 * @param {Target} target
 * @param {{ executions: number, seconds: number, random: import('./random.js').Random, corpus: readonly string[], coverage: import('./coverage.js').Coverage }} limits
 * @returns {Promise<Outcome>}
 */
export async function fuzz({ seeds, words, execute }, { executions, seconds, random, corpus, coverage }) {
  const end = performance.now() + seconds * 1000
  let executed = 0

  /** Milliseconds of the clock, or of this process's CPU time if that is less. @param {string} input */
  async function measure(input) {
    const begun = performance.now()
    const cpu = process.cpuUsage()
    await execute(input)
    const { user, system } = process.cpuUsage(cpu)
    return Math.min(performance.now() - begun, (user + system) / 1000)
  }

  /** @param {string} input */
  async function run(input) {
    executed++
    const begun = performance.now()
    const running = execute(input)
    if (running !== undefined) await running
    if (performance.now() - begun < maxMilliseconds) return
    // Perhaps another program or the garbage collector used the processor.
    let took = Number.POSITIVE_INFINITY
    for (let again = 0; took > maxMilliseconds && again < 5; again++) took = Math.min(took, await measure(input))
    if (took > maxMilliseconds) throw new Error(`took ${took.toFixed(0)} ms`)
  }

  // Most executions end in an error, and a stack trace takes longer than the rest of the execution.
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0

  /** @type {string[]} */
  const found = []
  let current = ''

  /** @param {readonly string[]} inputs */
  async function runAll(inputs) {
    for (current of inputs) await run(current)
  }

  /**
   * Whether these inputs reached new code. Finds out which of them did by splitting them in halves.
   *
   * @param {readonly string[]} inputs
   * @returns {Promise<boolean>}
   */
  async function explore(inputs) {
    await runAll(inputs)
    const parts = coverage.take()
    if (!coverage.isNew(parts)) return false
    if (inputs.length === 1) {
      coverage.add(parts)
      found.push(current)
    } else {
      const middle = inputs.length >> 1
      await explore(inputs.slice(0, middle))
      await explore(inputs.slice(middle))
    }
    return true
  }

  // Code that other targets ran is not new.
  coverage.take()
  try {
    for (const input of [...seeds, ...corpus]) await explore([input])
    let size = smallestBatch
    let idle = 0
    while (executed < executions && performance.now() < end) {
      const inputs = Array.from({ length: Math.min(size, executions - executed) }, () =>
        mutate(random.pick(found), random, words, found),
      )
      if (idle >= patience) {
        await runAll(inputs)
      } else if (await explore(inputs)) {
        size = smallestBatch
        idle = 0
      } else {
        size = Math.min(size * 2, largestBatch)
        idle += inputs.length
      }
    }
    return { executions: executed, found, finding: undefined }
  } catch {
    Error.stackTraceLimit = stackTraceLimit
    const error = await run(current).catch((thrown) => thrown)
    return { executions: executed, found, finding: { input: current, error } }
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}
