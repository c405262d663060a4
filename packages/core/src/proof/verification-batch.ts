// From its module: test environments of browsers have no global one, and fake timers put another in its place.
import { setImmediate } from 'node:timers'

/**
 * Proofs whose signatures are verified in a row, which a processor does much faster than each between a parser and a handler.
 * It begins at the end of this turn of the event loop, or after 64 checks.
 */
interface Batch {
  readonly begun: Promise<void>
  readonly begin: () => void
  /** Proofs that wait for it. */
  waiting: number
  /** Of all kinds, that began since its first proof came. */
  checks: number
}

/** Some 5 ms of ES256 proofs. A turn can be much longer. */
const largestBatch = 64
/** One for all guards, for they share the turns of one event loop. */
let current: Batch | undefined

/** Every check calls this first: those that never get as far as a signature must not hold up the proofs that wait. */
export function noteCheck(): void {
  if (current === undefined) return
  current.checks += 1
  if (current.checks === largestBatch) current.begin()
}

/** Waits until the next batch begins. Gives true to the last proof of it. */
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
