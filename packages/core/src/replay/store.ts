import { hash } from 'node:crypto'
import { readTime } from '../clock.js'
import { codeOf, loggable } from '../loggable-error.js'
import { Refusal, Unavailable } from '../refusal.js'

/**
 * Remembers which proofs were used (RFC 9449 section 11.1). One atomic verb, so that of many simultaneous claims of one key
 * exactly one is told true. Check your own store with `@dpop-guard/core/replay-store-contract`.
 */
export interface ReplayStore {
  /**
   * True for the first claim of `key` within `ttlSeconds`, false for every later one. Rejects (or throws) when it cannot
   * know; the guard then answers 503.
   *
   * @param key - 43 base64url characters: a digest of the key's thumbprint and the proof's `jti`.
   * @param ttlSeconds - a whole number of seconds, 1 or more; the key must not be forgotten before.
   */
  claim(key: string, ttlSeconds: number): boolean | Promise<boolean>
}

/** The `code` of the error with which a store says that it is full, as opposed to broken. */
export const replayStoreFullCode = 'ERR_REPLAY_STORE_FULL'

/** A proof that holds in every other way. Its identity is its key and `jti`, never its text: many spellings verify. */
interface UsedProof {
  readonly jkt: string
  readonly jti: string
  /** The last second at which it can be accepted. */
  readonly acceptedUntil: number
}

/** For how long past its last second a proof is remembered: clocks of processes differ, and a check takes time. */
const marginSeconds = 30

/**
 * RFC 9449 section 11.1: each proof once. The clock is read anew, for whatever was waited for since the check began must not
 * carry a claim past the time for which an earlier one is remembered; nor must a store that takes as long to answer. Gives a
 * promise where the store does.
 */
export function claimOnce(store: ReplayStore, proof: UsedProof, clock: () => number): Promise<void> | undefined {
  const claimedAt = readTime(clock)
  const remaining = Math.floor(proof.acceptedUntil) - claimedAt
  if (remaining < 0) throw new Refusal('proof_expired')
  const ttlSeconds = remaining + marginSeconds + 1
  const judge = (first: unknown): void => {
    if (readTime(clock) - claimedAt >= ttlSeconds) throw new Unavailable('replay_store_unavailable', lateAnswer())
    if (first === false) throw new Refusal('proof_replayed')
    if (first !== true)
      throw new Unavailable('replay_store_unavailable', loggable(new TypeError('claim() must give a boolean')))
  }
  let answer: unknown
  try {
    answer = store.claim(replayKey(proof.jkt, proof.jti), ttlSeconds)
  } catch (error) {
    throw unavailable(error)
  }
  if (typeof answer === 'boolean') {
    judge(answer)
    return undefined
  }
  return judgeLater(answer, judge)
}

/** With `await`, for it never asks the `then` of a promise that a store or its instrumentation has put there. */
async function judgeLater(answer: unknown, judge: (first: unknown) => void): Promise<void> {
  let first: unknown
  try {
    first = await answer
  } catch (error) {
    throw unavailable(error)
  }
  judge(first)
}

function unavailable(error: unknown): Unavailable {
  return new Unavailable(isFull(error) ? 'replay_store_full' : 'replay_store_unavailable', error)
}

/** A thumbprint has a fixed length, so no two pairs of (jkt, jti) run together into one text. */
function replayKey(jkt: string, jti: string): string {
  return hash('sha256', jkt + jti, 'base64url')
}

/** By then another claim may have been remembered and forgotten. */
function lateAnswer(): Error {
  return loggable(new Error('the replay store answered after the claim had expired'))
}

function isFull(error: unknown): boolean {
  return codeOf(error) === replayStoreFullCode
}
