import { SecondRanges } from './second-ranges.js'

/** Two readings of a clock that is right differ by less than this from the time between them. */
const toleranceSeconds = 1

/** The end of a use is a whole second, reckoned from two readings of the clock. */
const roundingSeconds = 2

/**
 * Until when the proofs that were used by one clock are remembered. A store forgets a proof when its time is over. If the
 * clock is then set back, the proof is fresh again and the store no longer knows it. This history says so. It holds a few
 * ranges of seconds instead of proofs, so it can take a new proof for a forgotten one, but only for seconds that the clock
 * shows twice.
 */
export class UseHistory {
  /** Advances by itself, in seconds, and is never set. Undefined for a clock that a test moves. */
  readonly #steadyClock: (() => number) | undefined
  /** The ends of uses since the clock was last set back. */
  readonly #ends = new SecondRanges()
  /** The ends that had passed when the clock was set back. */
  readonly #passedEnds = new SecondRanges()
  #wasSetBack = false
  #latest = Number.NEGATIVE_INFINITY
  #seen: { readonly now: number; readonly steady: number } | undefined

  constructor(steadyClock?: () => number) {
    this.#steadyClock = steadyClock
  }

  /** Notes the time. To be called before each use. */
  observe(now: number): void {
    const steady = this.#steadyClock?.()
    if (steady !== undefined) {
      // A store can forget while nobody looks at the clock.
      const expected = this.#seen === undefined ? now : this.#seen.now + steady - this.#seen.steady
      this.#latest = Math.max(this.#latest, expected)
      this.#seen = { now, steady }
    }
    if (this.#latest - now > toleranceSeconds) {
      this.#ends.moveUntil(this.#latest, this.#passedEnds)
      this.#wasSetBack = true
      this.#latest = now
    }
    this.#latest = Math.max(this.#latest, now)
  }

  /** Notes that a store remembers a proof until `end`. */
  add(end: number): void {
    this.#ends.add(end, end)
  }

  /** Whether a store may have forgotten a proof that it remembered until a second from `earliestEnd` to `latestEnd`. */
  mayHaveForgotten(earliestEnd: number, latestEnd: number, now: number): boolean {
    if (!this.#wasSetBack) return false
    return this.#passedEnds.overlaps(Math.max(earliestEnd - roundingSeconds, now), latestEnd + roundingSeconds)
  }
}
