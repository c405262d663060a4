import type { Reason, Scheme } from './failures.js'
import type { Comparison } from './mismatch.js'

/**
 * Thrown inside the core to end a check with one row of the failure table, and caught by the guard alone. Not an Error:
 * capturing a stack on every hostile request would cost more than the check that refused it.
 */
export class CheckFailed {
  readonly #reason: Reason
  readonly comparison: Comparison | undefined
  /** The schemes the client used, where they are known only here. */
  readonly used: readonly Scheme[] | undefined

  constructor(reason: Reason, comparison?: Comparison, used?: readonly Scheme[]) {
    this.#reason = reason
    this.comparison = comparison
    this.used = used
  }

  get reason(): Reason {
    return this.#reason
  }

  /** Runs none of the code of a value that a hook has thrown, as `instanceof` would with a proxy. */
  static is(thrown: unknown): thrown is CheckFailed {
    return typeof thrown === 'object' && thrown !== null && #reason in thrown
  }
}

/** Thrown inside the core when an answer cannot be known: something the guard relies on is broken. Becomes a 503. */
export class CheckUnavailable extends Error {
  readonly #reason: Reason

  constructor(reason: Reason, cause: unknown) {
    super(reason, { cause })
    this.#reason = reason
  }

  get reason(): Reason {
    return this.#reason
  }

  /** As {@link CheckFailed.is}. */
  static is(thrown: unknown): thrown is CheckUnavailable {
    return typeof thrown === 'object' && thrown !== null && #reason in thrown
  }
}
