/** For how long `iat` bounds the life of proofs. */
export interface IatWindow {
  /** How old a proof may be, by its `iat`. */
  readonly maxAgeSeconds: number
  /** How far a proof may be ahead, by its `iat`. */
  readonly futureToleranceSeconds: number
}

/**
 * The time for which one guard can accept a proof. It differs for proofs with and without a nonce. Undefined if the guard does
 * not judge such proofs by `iat` at all.
 */
export interface AcceptanceWindow {
  readonly withNonce: IatWindow | undefined
  readonly withoutNonce: IatWindow | undefined
  /** For how long a nonce is accepted after it was issued. Zero if `iat` bounds the life of every proof. */
  readonly nonceSeconds: number
}

/** The parts of a proof that decide how long any guard could accept it. */
export interface BoundedProof {
  readonly iat: number
  readonly hasNonce: boolean
  /** What bounds its life at the guard that checks it: `iat`, a nonce of the guard itself, or a nonce of a service. */
  readonly boundedBy: 'iat' | 'nonce' | 'nonce service'
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

/** The largest of several windows, for one kind of proofs: those with a nonce, or those without. */
class LargestIatWindow {
  #maxAgeSeconds = 0
  #smallestAgeSeconds = Number.POSITIVE_INFINITY
  #futureToleranceSeconds = 0
  #growths: Growth[] = []

  get maxAgeSeconds(): number {
    return this.#maxAgeSeconds
  }

  get smallestAgeSeconds(): number {
    return this.#smallestAgeSeconds
  }

  include({ maxAgeSeconds, futureToleranceSeconds }: IatWindow, lastUse: number | undefined): void {
    if (maxAgeSeconds > this.#maxAgeSeconds && lastUse !== undefined) {
      const iatUntil = lastUse + this.#futureToleranceSeconds
      this.#growths.push({ iatUntil, maxAgeSeconds: this.#maxAgeSeconds })
    }
    this.#maxAgeSeconds = Math.max(this.#maxAgeSeconds, maxAgeSeconds)
    this.#smallestAgeSeconds = Math.min(this.#smallestAgeSeconds, maxAgeSeconds)
    this.#futureToleranceSeconds = Math.max(this.#futureToleranceSeconds, futureToleranceSeconds)
  }

  mayHaveOutlived(iat: number, now: number): boolean {
    if (this.#growths.length === 0) return false
    this.#growths = this.#growths.filter(({ iatUntil }) => now <= iatUntil + longestAgeSeconds)
    return this.#growths.some(({ iatUntil, maxAgeSeconds }) => iat <= iatUntil && now > iat + maxAgeSeconds)
  }
}

/**
 * The largest window of all guards that share a memory of used proofs. A used proof is remembered for as long as any of these
 * guards could accept it. So no guard accepts a proof that another guard with a smaller window has already forgotten.
 */
export class AcceptanceWindows {
  readonly #withNonce = new LargestIatWindow()
  readonly #withoutNonce = new LargestIatWindow()
  #nonceSeconds = 0
  #lastUse: number | undefined

  include({ withNonce, withoutNonce, nonceSeconds }: AcceptanceWindow): void {
    if (withNonce !== undefined) this.#withNonce.include(withNonce, this.#lastUse)
    if (withoutNonce !== undefined) this.#withoutNonce.include(withoutNonce, this.#lastUse)
    this.#nonceSeconds = Math.max(this.#nonceSeconds, nonceSeconds)
  }

  noteUse(now: number): void {
    this.#lastUse = Math.max(this.#lastUse ?? now, now)
  }

  /**
   * The last second at which a guard with a larger window than `own` could accept a proof that is used now. Zero if there is no
   * such guard.
   */
  latestAcceptance({ iat, hasNonce, boundedBy }: BoundedProof, own: AcceptanceWindow, now: number): number {
    const isByIat = boundedBy === 'iat'
    const { maxAgeSeconds } = this.#of(hasNonce)
    const ownAgeSeconds = (isByIat && (hasNonce ? own.withNonce : own.withoutNonce)?.maxAgeSeconds) || 0
    const byIat = maxAgeSeconds > ownAgeSeconds ? Math.min(iat, now + mostSecondsAhead) + maxAgeSeconds : 0
    const byNonce = hasNonce && this.#nonceSeconds > (isByIat ? 0 : own.nonceSeconds) ? now + this.#nonceSeconds : 0
    return Math.max(byIat, byNonce)
  }

  /** The earliest second at which any guard could have stopped to accept such a proof. */
  earliestEnd({ iat, hasNonce }: BoundedProof): number {
    return iat + this.#of(hasNonce).smallestAgeSeconds
  }

  /** Whether a store may have forgotten such a proof, because it was used when the largest window was smaller. */
  mayHaveOutlived({ iat, hasNonce, boundedBy }: BoundedProof, now: number): boolean {
    return boundedBy === 'iat' && this.#of(hasNonce).mayHaveOutlived(iat, now)
  }

  #of(hasNonce: boolean): LargestIatWindow {
    return hasNonce ? this.#withNonce : this.#withoutNonce
  }
}
