export interface FuzzTarget {
  readonly name: string
  /** The part of all executions. */
  readonly share: number
  /** The first inputs, with one character for each byte. */
  readonly seeds: readonly string[]
  /** Words that matter to this target. */
  readonly words: readonly string[]
  /** Throws if an invariant is broken. */
  readonly execute: (input: string) => void | Promise<void>
}

export const targets: readonly FuzzTarget[]
