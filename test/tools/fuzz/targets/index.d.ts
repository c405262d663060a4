export interface FuzzTarget {
  readonly name: string
  /** Of all executions. */
  readonly share: number
  /** Inputs to begin with, a character for each byte. */
  readonly seeds: readonly string[]
  /** Words that mean something here. */
  readonly words: readonly string[]
  /** Throws where an invariant is broken. */
  readonly execute: (input: string) => void | Promise<void>
}

export const targets: readonly FuzzTarget[]
