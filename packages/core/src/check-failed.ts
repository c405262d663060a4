import type { Reason, Scheme } from './failures.js'

/** The two sides of a check, as the core compared them. A rejection must stay cheap, so nothing is escaped before you read it. */
export interface Comparison {
  readonly name: string
  readonly expected: readonly string[] | ReadonlySet<string>
  /** As the client sent it. Undefined if it is missing. */
  readonly received: unknown
}

/**
 * Thrown inside the core to end a check with one row of the failure table. Only the guard catches it. It is not an Error:
 * capturing a stack for every hostile request would cost more than the check that failed.
 */
export class CheckFailed {
  readonly #reason: Reason
  readonly comparison: Comparison | undefined
  /** The schemes that the client used, if only this check knows them. */
  readonly used: readonly Scheme[] | undefined

  constructor(reason: Reason, comparison?: Comparison, used?: readonly Scheme[]) {
    this.#reason = reason
    this.comparison = comparison
    this.used = used
  }

  get reason(): Reason {
    return this.#reason
  }

  /** Runs no code of the value, because a hook may have thrown it. `instanceof` would run code of a proxy. */
  static is(thrown: unknown): thrown is CheckFailed {
    return typeof thrown === 'object' && thrown !== null && #reason in thrown
  }
}

/** Thrown inside the core if something that a check needs is broken, so that it cannot be decided. Becomes a 503. */
export class CheckUnavailable extends Error {
  readonly #reason: Reason

  constructor(reason: Reason, cause: unknown) {
    super(reason, { cause })
    this.#reason = reason
  }

  get reason(): Reason {
    return this.#reason
  }

  /** See {@link CheckFailed.is}. */
  static is(thrown: unknown): thrown is CheckUnavailable {
    return typeof thrown === 'object' && thrown !== null && #reason in thrown
  }
}
