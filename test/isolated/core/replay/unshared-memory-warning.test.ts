// `test/integration/cluster.test.ts` has real workers and threads; this file has the message.
import { memoryReplayStore } from '@dpop-guard/core'
import { expect, test, vi } from 'vitest'

vi.mock('node:cluster', () => ({ default: { isWorker: true } }))

test('a worker of a cluster warns once that its memory is not shared, and names the solution', () => {
  const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  memoryReplayStore()
  memoryReplayStore()
  expect(emitWarning.mock.calls).toEqual([
    [
      'dpop-guard: this cluster worker remembers used proofs in its own memory, so each worker accepts a proof once. ' +
        'Give them one store: replayStore: redisReplayStore({ ... }) from @dpop-guard/redis',
      { code: 'DPOP_GUARD_MEMORY_STORE_IN_CLUSTER' },
    ],
  ])
})
