// @ts-check
// Processes of the bench: pinned to cores, and called through IPC.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { findBinary } from '../../../support/find-binary.js'

/** Why processes cannot be pinned to a core; undefined if they can. */
export const pinningIsMissing =
  findBinary('taskset') === undefined ? 'No taskset on this machine: no process keeps to a core.' : undefined

/**
 * A command line that is pinned to these cores, if possible. `cores` is a list for taskset, such as `0` or `0,1`.
 *
 * @param {string | undefined} cores
 * @param {[string, ...string[]]} command
 * @returns {[string, ...string[]]}
 */
function pinned(cores, command) {
  return cores === undefined || pinningIsMissing !== undefined ? command : ['taskset', '-c', cores, ...command]
}

/** No process outlives this one. @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/**
 * Starts a process that is pinned to these cores.
 *
 * @param {string | undefined} cores
 * @param {[string, ...string[]]} commandLine
 * @param {import('node:child_process').SpawnOptions} options
 */
export function spawnPinned(cores, commandLine, options) {
  const [command, ...args] = pinned(cores, commandLine)
  const child = spawn(command, args, options)
  running.add(child)
  child.on('exit', () => void running.delete(child))
  return child
}

/** @typedef {Awaited<ReturnType<typeof startChild>>} Child */

/**
 * @typedef {object} ChildOptions
 * @property {string[]} [nodeOptions] Before the module.
 * @property {NodeJS.ProcessEnv} [env] In addition to this process's own variables.
 * @property {(source: 'stdout' | 'stderr', text: string) => void} [onOutput] Default: the output of this process.
 */

/**
 * Starts a module that calls `answerCalls`.
 *
 * @param {URL} module
 * @param {string | undefined} cores
 * @param {ChildOptions} [options]
 */
export async function startChild(module, cores, { nodeOptions = [], env, onOutput } = {}) {
  const output = onOutput === undefined ? 'inherit' : 'pipe'
  const child = spawnPinned(cores, [process.execPath, ...nodeOptions, fileURLToPath(module)], {
    stdio: ['ignore', output, output, 'ipc'],
    // As in production.
    env: { ...process.env, NODE_ENV: 'production', ...env },
  })
  for (const source of /** @type {const} */ (['stdout', 'stderr'])) {
    child[source]?.setEncoding('utf8').on('data', (text) => onOutput?.(source, text))
  }
  /** @type {Map<number, { resolve: (value: any) => void, reject: (error: Error) => void }>} */
  const calls = new Map()
  let count = 0
  const ready = once(child, 'message')
  child.on('message', (/** @type {any} */ { id, result, error }) => {
    const call = calls.get(id)
    calls.delete(id)
    if (error === undefined) call?.resolve(result)
    else call?.reject(new Error(error))
  })
  child.on('exit', (code, signal) => {
    for (const { reject } of calls.values()) reject(new Error(`the process ended: ${signal ?? code}`))
    calls.clear()
  })
  await Promise.race([ready, once(child, 'exit').then(() => Promise.reject(new Error('the process did not start')))])

  return {
    /**
     * @param {string} name
     * @param {unknown} [argument]
     * @returns {Promise<any>}
     */
    call(name, argument) {
      return new Promise((resolve, reject) => {
        const id = ++count
        calls.set(id, { resolve, reject })
        child.send({ id, name, argument }, (error) => {
          if (error !== null) reject(error)
        })
      })
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exited = once(child, 'exit')
      child.kill('SIGKILL')
      await exited
    },
  }
}

/**
 * Runs in the child: the functions that its parent can call.
 *
 * @param {Record<string, (argument: any) => unknown>} functions
 */
export function answerCalls(functions) {
  process.on('message', async (/** @type {any} */ { id, name, argument }) => {
    try {
      process.send?.({ id, result: await functions[name]?.(argument) })
    } catch (error) {
      process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    }
  })
  process.send?.({ id: 0 })
}
