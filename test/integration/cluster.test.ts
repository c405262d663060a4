/** A memory store in one of several processes, with real workers of node:cluster. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'

const run = promisify(execFile)
const script = fileURLToPath(new URL('./cluster-workers.js', import.meta.url))

/** Lines on stderr that are warnings, without process ids. */
async function warningsOf(replay: string, role: 'workers' | 'threads' | 'alone'): Promise<string[]> {
  const { stdout, stderr } = await run(process.execPath, [script, replay, role], { env: {}, timeout: 120_000 })
  expect(stdout).toBe('')
  const lines = stderr.split('\n').filter((line) => line !== '' && !line.startsWith('(Use `node --trace-warnings'))
  return lines.map((line) => line.replace(/^\(node:\d+\) /, ''))
}

const warning =
  '[DPOP_GUARD_MEMORY_STORE_IN_CLUSTER] Warning: dpop-guard: this cluster worker remembers used proofs in its own memory, so ' +
  'each worker accepts a proof once. Give them one store: replayStore: redisReplayStore({ ... }) from @dpop-guard/redis'

describe('in workers of node:cluster', () => {
  test.each(['default', 'memory'])('each of two workers with two stores warns once (%s)', async (replay) => {
    expect(await warningsOf(replay, 'workers')).toEqual([warning, warning])
  })

  test.each(['shared', 'off'])('without a memory store there is no warning (%s)', async (replay) => {
    expect(await warningsOf(replay, 'workers')).toEqual([])
  })
})

describe('in worker threads', () => {
  const inThread = warning
    .replace('IN_CLUSTER', 'IN_THREAD')
    .replace('this cluster worker', 'this worker thread')
    .replace('each worker', 'each thread')

  test.each(['default', 'memory'])('each of two threads with two stores warns once (%s)', async (replay) => {
    expect(await warningsOf(replay, 'threads')).toEqual([inThread, inThread])
  })

  test.each(['shared', 'off'])('without a memory store there is no warning (%s)', async (replay) => {
    expect(await warningsOf(replay, 'threads')).toEqual([])
  })
})

test.each(['default', 'memory'])('a process that is not a worker does not warn (%s)', async (replay) => {
  expect(await warningsOf(replay, 'alone')).toEqual([])
})
