import type { Scheme } from './authorization.js'
import type { Reason } from './failures.js'

/** A claim that did not match, for operators alone. */
export interface Mismatch {
  readonly expected: readonly string[]
  /** As the peer sent it. */
  readonly received: unknown
}

/**
 * Thrown inside the core to end a check with one row of the failure table, and caught by the guard alone. Not an Error:
 * capturing a stack on every hostile request would cost more than the check that refused it.
 */
export class Refusal {
  readonly reason: Reason
  /** The schemes the client used, where they are known only here. */
  readonly used: readonly Scheme[] | undefined
  readonly mismatch: Mismatch | undefined

  constructor(reason: Reason, used?: readonly Scheme[], mismatch?: Mismatch) {
    this.reason = reason
    this.used = used
    this.mismatch = mismatch
  }
}

/** Thrown inside the core when an answer cannot be known: something the guard relies on is broken. Becomes a 503. */
export class Unavailable extends Error {
  readonly reason: Reason

  constructor(reason: Reason, cause: unknown) {
    super(reason, { cause })
    this.reason = reason
  }
}
