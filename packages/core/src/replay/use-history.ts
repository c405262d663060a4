import { SecondRanges } from './second-ranges.js'

/** For how long past its last second a proof is remembered: clocks of processes differ, and a check takes time. */
export const marginSeconds = 30

/** Two readings of a clock that is right differ by less than this from the time between them. */
const toleranceSeconds = 1

/** The end of a use is a whole second, reckoned from two readings of the clock. */
const roundingSeconds = 2

/** A proof that may have been used before. */
export interface PossibleUse {
  /** The seconds between which the memory of it ended, or will end. */
  readonly earliestEnd: number
  readonly latestEnd: number
  readonly now: number
  /** The latest end that the store says it has forgotten; infinity where it cannot say. */
  readonly forgottenUntil: number
}

/** What was remembered when the clock was set back. */
interface SetBack {
  readonly ends: SecondRanges
  /** The latest time that the clock had shown. */
  readonly latest: number
  /** By how much the clock was set back since. A store that counts seconds by itself forgets so much earlier. */
  seconds: number
}

const maxSetBacks = 16

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
  #ends = new SecondRanges()
  readonly #setBacks: SetBack[] = []
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
    // A proof that is remembered for less than the margin is not fresh any more.
    const first = Math.max(earliestEnd, now + marginSeconds) - roundingSeconds
    return this.#setBacks.some(({ ends, latest, seconds }) => {
      // Where no clock is steady, a store goes by the clock that was set back.
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
