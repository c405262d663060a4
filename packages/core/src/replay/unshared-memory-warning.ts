import cluster from 'node:cluster'
import { isMainThread } from 'node:worker_threads'

const advice = 'Give them one store: replayStore: redisReplayStore({ ... }) from @dpop-guard/redis'

/** Whether this thread has emitted the warning. */
let warned = false

/** In a worker of `node:cluster` or a worker thread, warns once that its memory is not shared, and says what to do. */
export function warnOfUnsharedMemory(): void {
  const kind = workerKind()
  if (kind === undefined || warned) return
  warned = true
  process.emitWarning(
    `dpop-guard: this ${kind.name} remembers used proofs in its own memory, so each ${kind.each} accepts a proof once. ${advice}`,
    { code: kind.code },
  )
}

function workerKind(): { name: string; each: string; code: string } | undefined {
  if (cluster.isWorker) return { name: 'cluster worker', each: 'worker', code: 'DPOP_GUARD_MEMORY_STORE_IN_CLUSTER' }
  if (!isMainThread) return { name: 'worker thread', each: 'thread', code: 'DPOP_GUARD_MEMORY_STORE_IN_THREAD' }
  return undefined
}
