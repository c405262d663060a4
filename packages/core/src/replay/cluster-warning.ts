import cluster from 'node:cluster'

/** Of the process, as the warning is. */
let warned = false

/** In a worker of `node:cluster`, says once what its memory does not know, and what to do about it. */
export function warnInClusterWorker(): void {
  if (!cluster.isWorker || warned) return
  warned = true
  process.emitWarning(
    'dpop-guard: this cluster worker remembers used proofs in its own memory, so each worker accepts a proof once. ' +
      'Give all workers one store: replay: redisReplayStore({ ... }) from @dpop-guard/redis',
    { code: 'DPOP_GUARD_MEMORY_STORE_IN_CLUSTER' },
  )
}
