// Not the global one, because test environments for browsers do not have it, and fake timers replace it.
import { setImmediate } from 'node:timers'

/** A signature that waits for its batch. */
export interface BatchMember {
  /** Verifies it, and settles the promise that its check waits for. `isLast`: no other one of the batch is left. */
  verify(isLast: boolean): void
}

/**
 * Signatures that are verified directly after each other. A processor is much faster if no parsers and handlers run between them.
 * The batch begins at the end of this turn of the event loop, or after 64 checks.
 */
interface Batch {
  readonly waiting: BatchMember[]
  /** All checks that began since the first signature joined. */
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
  if (current.checks === largestBatch) begin(current)
}

/** Verifies a signature in the next batch. */
export function joinBatch(member: BatchMember): void {
  current ??= openBatch()
  const batch = current
  batch.waiting.push(member)
  if (batch.waiting.length === largestBatch) begin(batch)
}

function openBatch(): Batch {
  const batch = { waiting: [], checks: 0 }
  setImmediate(begin, batch)
  return batch
}

function begin(batch: Batch): void {
  // It may have begun before, when it was full.
  if (current !== batch) return
  current = undefined
  const last = batch.waiting.length - 1
  for (const [index, member] of batch.waiting.entries()) member.verify(index === last)
}
