import { SecondRanges } from './second-ranges.js'

/** A proof is remembered for this time after its last second, because clocks of processes differ, and a check takes time. */
export const marginSeconds = 30

/** The difference of two readings of a correct clock differs from the real time between them by less than this. */
const toleranceSeconds = 1

/** The end of a use is a whole second, computed from two readings of the clock. */
const roundingSeconds = 2

/** A proof that may have been used before. */
export interface PossibleUse {
  /** The store's entry for it ends between these two seconds. They may be past or future. */
  readonly earliestEnd: number
  readonly latestEnd: number
  readonly now: number
  /** The latest end of all entries that the store has forgotten. Infinity if the store does not know it. */
  readonly forgottenUntil: number
}

/** The entries that a store had when the clock was set back. */
interface SetBack {
  readonly ends: SecondRanges
  /** The latest time that the clock had shown. */
  readonly latest: number
  /** By how much the clock was set back since. A store with its own clock forgets the entries that much earlier. */
  seconds: number
}

const maxSetBacks = 16

/**
 * The times until which a store remembers the proofs that were used by one clock. A store forgets a proof when its time is over.
 * If the clock is then set back, the proof is fresh again, but the store no longer knows it. This history detects that. It holds
 * a few ranges of seconds instead of proofs. So it can mistake a new proof for a forgotten one, but only in seconds that the
 * clock shows twice.
 */
export class UseHistory {
  /** A clock in seconds that nobody can set. Undefined if a test moves the clock. */
  readonly #steadyClock: (() => number) | undefined
  /** The ends of uses since the clock was last set back. */
  #ends = new SecondRanges()
  readonly #setBacks: SetBack[] = []
  #latest = Number.NEGATIVE_INFINITY
  #seen: { readonly now: number; readonly steady: number } | undefined

  constructor(steadyClock?: () => number) {
    this.#steadyClock = steadyClock
  }

  /** Notes the time. Call it before each use. */
  observe(now: number): void {
    const steady = this.#steadyClock?.()
    if (steady !== undefined) {
      // A store can also forget while no request comes.
      const expected = this.#seen === undefined ? now : this.#seen.now + steady - this.#seen.steady
      this.#latest = Math.max(this.#latest, expected)
      this.#seen = { now, steady }
    }
    const seconds = this.#latest - now
    if (seconds > toleranceSeconds) {
      this.#noteSetBack(now, seconds)
      this.#latest = now
    }
    this.#latest = Math.max(this.#latest, now)
  }

  /** Notes that a store remembers a proof until `end`. */
  add(end: number): void {
    this.#ends.add(end, end)
  }

  /** Whether a store may have forgotten this proof, because the clock was set back. */
  mayHaveForgotten({ earliestEnd, latestEnd, now, forgottenUntil }: PossibleUse): boolean {
    if (this.#setBacks.length === 0) return false
    // A proof whose entry ends within the margin is not fresh any more.
    const first = Math.max(earliestEnd, now + marginSeconds) - roundingSeconds
    return this.#setBacks.some(({ ends, latest, seconds }) => {
      // Without a steady clock, the store uses the clock that was set back.
      const passedUntil = this.#steadyClock === undefined ? latest : now + seconds
      return ends.overlaps(first, Math.min(latestEnd, passedUntil, forgottenUntil) + roundingSeconds)
    })
  }

  #noteSetBack(now: number, seconds: number): void {
    for (const earlier of this.#setBacks) earlier.seconds += seconds
    this.#setBacks.push({ ends: this.#ends, latest: now + seconds, seconds })
    this.#ends = new SecondRanges()
    if (this.#setBacks.length <= maxSetBacks) return
    const [oldest, next] = this.#setBacks.splice(0, 2)
    if (oldest !== undefined && next !== undefined) {
      const latest = Math.max(oldest.latest, next.latest)
      this.#setBacks.unshift({ ends: oldest.ends.with(next.ends), latest, seconds: oldest.seconds })
    }
  }
}
