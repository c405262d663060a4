// Not the global one, because test environments for browsers do not have it, and fake timers replace it.
import { setImmediate } from 'node:timers'

/**
 * Proofs whose signatures are verified directly after each other. A processor is much faster if no parsers and handlers run
 * between them. The batch begins at the end of this turn of the event loop, or after 64 checks.
 */
interface Batch {
  readonly begun: Promise<void>
  readonly begin: () => void
  /** The proofs that wait for it. */
  waiting: number
  /** All checks that began since the first proof joined. */
  checks: number
}

/** About 5 ms of ES256 proofs. A turn can be much longer. */
const largestBatch = 64
/** One batch for all guards, because they share one event loop. */
let current: Batch | undefined

/** Called before every check, because a check without a signature must not delay the proofs that wait. */
export function noteCheck(): void {
  if (current === undefined) return
  current.checks += 1
  if (current.checks === largestBatch) current.begin()
}

/** Waits until the next batch begins. Resolves to true for its last proof. */
export async function joinBatch(): Promise<boolean> {
  current ??= openBatch()
  const batch = current
  batch.waiting += 1
  if (batch.waiting === largestBatch) batch.begin()
  await batch.begun
  batch.waiting -= 1
  return batch.waiting === 0
}

function openBatch(): Batch {
  let begin = (): void => {}
  const begun = new Promise<void>((resolve) => {
    begin = () => {
      current = undefined
      resolve()
    }
  })
  setImmediate(begin)
  return { begun, begin, waiting: 0, checks: 0 }
}
