import { CheckFailed, CheckUnavailable } from '../check-failed.js'
import type { Nonces } from './nonces.js'
import type { ProofClaims } from './open-proof.js'

/** What bounds the life of a proof: the client's clock, the server's nonce, or both. */
export interface FreshnessPolicy {
  readonly freshness: 'iat' | 'nonce' | 'both'
  /** Present unless `freshness` is `iat`. */
  readonly nonces: Nonces | undefined
  readonly maxAgeSeconds: number
  readonly futureToleranceSeconds: number
}

/**
 * RFC 9449 section 4.3, check 11, and section 11.1. The nonce comes before: a client whose proof has neither nonce nor a good
 * `iat` must learn of the nonce. Gives the last second at which this proof can be accepted; `nonceUntil` is the nonce's.
 */
export function checkTime(
  claims: ProofClaims,
  now: number,
  { freshness, maxAgeSeconds, futureToleranceSeconds }: FreshnessPolicy,
  nonceUntil = Number.POSITIVE_INFINITY,
): number {
  checkStatedTimes(claims, now, futureToleranceSeconds)
  if (freshness === 'nonce') return nonceUntil
  const { iat } = claims
  if (now - iat > maxAgeSeconds) throw badTime('proof_expired', 'iat', `${now - maxAgeSeconds} or later`, iat)
  if (iat - now > futureToleranceSeconds) {
    throw badTime('proof_from_future', 'iat', `${now + futureToleranceSeconds} or earlier`, iat)
  }
  return iat + maxAgeSeconds
}

/** The newest nonce. */
export async function issueNonce(nonces: Nonces, now: number): Promise<string> {
  try {
    return await nonces.issue(now)
  } catch (error) {
    throw new CheckUnavailable('nonces_unavailable', error)
  }
}

/** RFC 9449 section 4.3, check 10, and sections 8 to 9. Gives the last second at which a proof with this nonce can be accepted. */
export async function checkNonce({ nonce }: ProofClaims, now: number, nonces: Nonces): Promise<number> {
  if (nonce === undefined) throw badNonce('nonce_missing', undefined)
  if (typeof nonce !== 'string') throw badNonce('nonce_not_accepted', nonce)
  let until: number | undefined
  try {
    until = await nonces.check(nonce, now)
  } catch (error) {
    throw new CheckUnavailable('nonces_unavailable', error)
  }
  if (until === undefined) throw badNonce('nonce_not_accepted', 'wrong')
  return until
}

/** Nonces are not shown: the one that came may still be good elsewhere. */
function badNonce(reason: 'nonce_missing' | 'nonce_not_accepted', received: unknown): CheckFailed {
  return new CheckFailed(reason, { name: 'nonce', expected: ['a nonce of this server that has not expired'], received })
}

/** `exp` and `nbf` are not part of a proof's syntax, but honoured where a client sends them. */
function checkStatedTimes({ exp, nbf }: ProofClaims, now: number, toleranceSeconds: number): void {
  if (exp !== undefined && now >= exp + toleranceSeconds) {
    throw badTime('proof_expired', 'exp', `later than ${now - toleranceSeconds}`, exp)
  }
  if (nbf !== undefined && nbf - now > toleranceSeconds) {
    throw badTime('proof_from_future', 'nbf', `${now + toleranceSeconds} or earlier`, nbf)
  }
}

function badTime(
  reason: 'proof_expired' | 'proof_from_future',
  name: string,
  expected: string,
  received: number,
): CheckFailed {
  return new CheckFailed(reason, { name, expected: [expected], received: String(received) })
}
