import { hash } from 'node:crypto'
import { CheckFailed, CheckUnavailable } from '../check-failed.js'
import { currentSeconds } from '../clock.js'
import { codeOf, loggable } from '../loggable-error.js'
import type { AcceptanceWindow, AcceptanceWindows, BoundedProof } from './acceptance-windows.js'
import { addForClient, forgottenUntil, memoryReplayStore } from './memory-store.js'
import { historyOf, usesOfRequest, windowsOf } from './process-replay-state.js'
import { type ReplayStore, replayStoreFullCode } from './store.js'
import { marginSeconds, type UseHistory } from './use-history.js'

/** A proof that passed all other checks. Its identity is its key and `jti`, not its string, because many spellings verify. */
export interface UsedProof extends BoundedProof {
  readonly jkt: string
  readonly jti: string
  /** The last second at which this guard can accept it. */
  readonly acceptedUntil: number
}

/** Makes sure that one guard accepts each proof once (RFC 9449 section 11.1). */
export class ReplayProtection {
  readonly #store: ReplayStore
  readonly #clock: () => number
  readonly #ownClock: (() => number) | undefined
  readonly #window: AcceptanceWindow
  readonly #windows: AcceptanceWindows
  readonly #history: UseHistory

  /** `ownClock` is undefined for the system clock. */
  constructor(store: ReplayStore, clock: () => number, ownClock: (() => number) | undefined, window: AcceptanceWindow) {
    this.#store = store
    this.#clock = clock
    this.#ownClock = ownClock
    this.#window = window
    this.#windows = windowsOf(store, ownClock)
    this.#history = historyOf(ownClock)
    this.#windows.include(window)
  }

  /** The same with a memory of its own, which no other guard asks. */
  withOwnMemory(): ReplayProtection {
    const store = memoryReplayStore(this.#ownClock && { clock: this.#ownClock })
    return new ReplayProtection(store, this.#clock, this.#ownClock, this.#window)
  }

  /**
   * Throws or rejects if the proof was used before, or if the store cannot decide that. Returns a promise only if the store
   * does.
   *
   * `request` is the framework's own object, undefined without a framework. Several guards that check one request use its proof
   * once. So a store is asked once, and each guard gets that answer. If the guards have different stores, all are asked, because
   * each store must remember the proof.
   */
  useOnce(proof: UsedProof, request: object | undefined): Promise<void> | undefined {
    if (request === undefined) return this.#use(proof)
    const key = proof.jkt + proof.jti
    const store = this.#store
    const uses = usesOfRequest(request)
    const known = uses.find((use) => use.store === store && use.key === key)
    if (known !== undefined) return known.using
    const using = this.#remembered(proof)
    uses.push({ store, key, using })
    return using
  }

  /** Returns a rejected promise if it fails, so that the next guard gets the same answer. */
  #remembered(proof: UsedProof): Promise<void> | undefined {
    try {
      return this.#use(proof)
    } catch (thrown) {
      const failed = Promise.reject(thrown)
      failed.catch(() => {})
      return failed
    }
  }

  /**
   * The clock is read again, because the check may have waited since it began. A proof must not be used after the store has
   * forgotten an earlier use. A store may also answer too late for that.
   */
  #use(proof: UsedProof): Promise<void> | undefined {
    const windows = this.#windows
    const history = this.#history
    const askedAt = currentSeconds(this.#clock)
    if (Math.floor(proof.acceptedUntil) < askedAt) throw expired(proof, `accepted at ${askedAt} still`)
    if (windows.mayHaveOutlived(proof, askedAt)) {
      throw expired(proof, 'later than all whose uses may be forgotten since a guard with a larger window began')
    }
    const until = Math.floor(Math.max(proof.acceptedUntil, windows.latestAcceptance(proof, this.#window, askedAt)))
    const ttlSeconds = until - askedAt + marginSeconds + 1
    const end = askedAt + ttlSeconds
    history.observe(askedAt)
    const earliestEnd = this.#earliestEnd(proof, askedAt)
    const use = { earliestEnd, latestEnd: end, now: askedAt, forgottenUntil: forgottenUntil(this.#store) }
    if (history.mayHaveForgotten(use)) throw unavailable(setBack())
    let answer: unknown
    try {
      answer = addForClient(this.#store, replayKey(proof), ttlSeconds, proof.jkt)
    } catch (error) {
      throw unavailable(error)
    }
    if (typeof answer !== 'boolean') return this.#judgeLater(answer, askedAt, end)
    this.#judge(answer, askedAt, end)
    return undefined
  }

  /** Throws unless the store answers that this was the first use. `end` is when the store forgets it. */
  #judge(first: unknown, askedAt: number, end: number): void {
    if (currentSeconds(this.#clock) >= end) throw unavailable(lateAnswer())
    if (first === false) throw new CheckFailed('proof_replayed')
    if (first !== true) throw unavailable(loggable(new TypeError('addIfAbsent() must return a boolean')))
    this.#windows.noteUse(askedAt)
    this.#history.add(end)
  }

  /** Uses `await`, because it never calls a `then` that a store or its instrumentation has put on a promise. */
  async #judgeLater(answer: unknown, askedAt: number, end: number): Promise<void> {
    let first: unknown
    try {
      first = await answer
    } catch (error) {
      throw unavailable(error)
    }
    this.#judge(first, askedAt, end)
  }

  /** The earliest second at which a store can have forgotten an earlier use of this proof. */
  #earliestEnd(proof: UsedProof, now: number): number {
    const { boundedBy, acceptedUntil } = proof
    // The end of a nonce of a service depends on the time of the check.
    if (boundedBy === 'nonce service') return now
    const lastSecond = boundedBy === 'nonce' ? acceptedUntil : this.#windows.earliestEnd(proof)
    return Math.floor(lastSecond) + marginSeconds + 1
  }
}

/** Does not show a nonce. */
function expired({ boundedBy, iat }: UsedProof, expected: string): CheckFailed {
  const comparison =
    boundedBy === 'iat' ? { name: 'iat', received: String(iat) } : { name: 'nonce', received: 'expired' }
  return new CheckFailed('proof_expired', { ...comparison, expected: [expected] })
}

function unavailable(error: unknown): CheckUnavailable {
  return new CheckUnavailable(isFull(error) ? 'replay_store_full' : 'replay_store_unavailable', error)
}

/** A thumbprint has a fixed length, so two different pairs of (jkt, jti) never become the same string. */
function replayKey({ jkt, jti }: UsedProof): string {
  return hash('sha256', jkt + jti, 'base64url')
}

/** By then, the store may have remembered and forgotten another use. */
function lateAnswer(): Error {
  return loggable(new Error('the replay store answered after the proof had expired'))
}

function setBack(): Error {
  return loggable(new Error('the clock was set back: the replay store may have forgotten proofs that are fresh again'))
}

function isFull(error: unknown): boolean {
  return codeOf(error) === replayStoreFullCode
}
