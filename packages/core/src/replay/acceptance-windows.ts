/** The time for which one guard can accept a proof. A part is zero if the guard does not check it. */
export interface AcceptanceWindow {
  /** How old a proof may be, by its `iat`. */
  readonly maxAgeSeconds: number
  /** How far a proof may be ahead, by its `iat`. */
  readonly futureToleranceSeconds: number
  /** For how long a nonce is accepted after it was issued. */
  readonly nonceSeconds: number
}

/** Proofs that were used while the largest window was smaller than it is now. */
interface Growth {
  /** The latest possible `iat` of such a proof. */
  readonly iatUntil: number
  /** How long a store remembers such a proof past its `iat`. */
  readonly maxAgeSeconds: number
}

/** Growths are forgotten after this time: no proof is accepted for longer. */
const longestAgeSeconds = 3600

/**
 * A guard with nonces accepts a proof with any `iat`. A guard that checks `iat` could accept the same proof later, when that
 * time comes. So the proof is remembered until then, if its `iat` is at most this far ahead. Without this limit, a client could
 * fill the store for days.
 */
const mostSecondsAhead = 600

/**
 * The largest window of all guards that share a memory of used proofs. A used proof is remembered for as long as any of these
 * guards could accept it. So no guard accepts a proof that another guard with a smaller window has already forgotten.
 */
export class AcceptanceWindows {
  #maxAgeSeconds = 0
  #smallestAgeSeconds = Number.POSITIVE_INFINITY
  #futureToleranceSeconds = 0
  #nonceSeconds = 0
  #lastUse: number | undefined
  #growths: Growth[] = []

  include({ maxAgeSeconds, futureToleranceSeconds, nonceSeconds }: AcceptanceWindow): void {
    if (maxAgeSeconds > this.#maxAgeSeconds && this.#lastUse !== undefined) {
      const iatUntil = this.#lastUse + this.#futureToleranceSeconds
      this.#growths.push({ iatUntil, maxAgeSeconds: this.#maxAgeSeconds })
    }
    this.#maxAgeSeconds = Math.max(this.#maxAgeSeconds, maxAgeSeconds)
    if (maxAgeSeconds > 0) this.#smallestAgeSeconds = Math.min(this.#smallestAgeSeconds, maxAgeSeconds)
    this.#futureToleranceSeconds = Math.max(this.#futureToleranceSeconds, futureToleranceSeconds)
    this.#nonceSeconds = Math.max(this.#nonceSeconds, nonceSeconds)
  }

  noteUse(now: number): void {
    this.#lastUse = Math.max(this.#lastUse ?? now, now)
  }

  /**
   * The last second at which a guard with a larger window than `own` could accept a proof that is used now. Zero if there is no
   * such guard.
   */
  latestAcceptance(
    proof: { readonly iat: number; readonly hasNonce: boolean },
    own: AcceptanceWindow,
    now: number,
  ): number {
    const byIat =
      this.#maxAgeSeconds > own.maxAgeSeconds ? Math.min(proof.iat, now + mostSecondsAhead) + this.#maxAgeSeconds : 0
    const byNonce = proof.hasNonce && this.#nonceSeconds > own.nonceSeconds ? now + this.#nonceSeconds : 0
    return Math.max(byIat, byNonce)
  }

  /** The earliest second at which any guard could have stopped to accept a proof with this `iat`. */
  earliestEnd(iat: number): number {
    return iat + this.#smallestAgeSeconds
  }

  /** Whether a store may have forgotten a proof with this `iat`, because it was used when the largest window was smaller. */
  mayHaveOutlived(iat: number, now: number): boolean {
    if (this.#growths.length === 0) return false
    this.#growths = this.#growths.filter(({ iatUntil }) => now <= iatUntil + longestAgeSeconds)
    return this.#growths.some(({ iatUntil, maxAgeSeconds }) => iat <= iatUntil && now > iat + maxAgeSeconds)
  }
}
