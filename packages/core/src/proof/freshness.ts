import { type Awaitable, isPending } from '../awaitable.js'
import { CheckFailed } from '../check-failed.js'
import type { Nonces } from './nonces.js'
import type { Proof, ProofClaims } from './open-proof.js'

/** By what a proof is fresh: by the client's clock, the server's nonce, both, or the nonce if it has one and else the clock. */
export type Freshness = 'iat' | 'nonce' | 'both' | 'adaptive'

/** How fresh a proof must be. */
export interface FreshnessPolicy {
  readonly freshness: Freshness
  /** Present unless `freshness` is `iat`. */
  readonly nonces: Nonces | undefined
  readonly maxAgeSeconds: number
  readonly futureToleranceSeconds: number
}

/** Whether the nonce alone bounds the life of a proof. `iat` bounds it in every other case. */
export function isBoundedByNonce({ freshness }: FreshnessPolicy, { nonce }: ProofClaims): boolean {
  return freshness === 'nonce' || (freshness === 'adaptive' && nonce !== undefined)
}

/**
 * RFC 9449 section 4.3, checks 10 and 11. The nonce is checked first, so that a client without a nonce and with a wrong clock
 * gets a nonce. Returns the last second at which this proof can be accepted. Returns a promise only if it waits for a nonce
 * service.
 */
export function checkFreshness({ claims }: Proof, now: number, policy: FreshnessPolicy): Awaitable<number> {
  const { nonces, freshness } = policy
  if (nonces === undefined) return checkTime(claims, now, policy, Number.POSITIVE_INFINITY)
  if (freshness === 'adaptive' && claims.nonce === undefined) return checkTimeOrAskForNonce(claims, now, policy)
  const nonceUntil = checkNonce(claims, now, nonces)
  return isPending(nonceUntil)
    ? nonceUntil.then((until) => checkTime(claims, now, policy, until))
    : checkTime(claims, now, policy, nonceUntil)
}

/** Check 10, and sections 8 to 9. Returns the last second at which a proof with this nonce can be accepted. */
function checkNonce({ nonce }: ProofClaims, now: number, nonces: Nonces): Awaitable<number> {
  if (nonce === undefined) throw badNonce('nonce_missing', undefined)
  if (typeof nonce !== 'string') throw badNonce('nonce_not_accepted', nonce)
  const until = nonces.check(nonce, now)
  return isPending(until) ? until.then(requireEnd) : requireEnd(until)
}

function requireEnd(until: number | undefined): number {
  if (until === undefined) throw badNonce('nonce_not_accepted', 'wrong')
  return until
}

/** Nonces are not shown, because the received one may be valid on another server. */
function badNonce(reason: 'nonce_missing' | 'nonce_not_accepted', received: unknown): CheckFailed {
  return new CheckFailed(reason, { name: 'nonce', expected: ['a nonce of this server that has not expired'], received })
}

/** Check 11, and section 11.1. Returns the last second at which a proof with this `iat` and nonce can be accepted. */
function checkTime(
  claims: ProofClaims,
  now: number,
  { freshness, maxAgeSeconds, futureToleranceSeconds }: FreshnessPolicy,
  nonceUntil: number,
): number {
  checkStatedTimes(claims, now, futureToleranceSeconds)
  if (freshness === 'nonce' || freshness === 'adaptive') return nonceUntil
  const { iat } = claims
  if (now - iat > maxAgeSeconds) throw badTime('proof_expired', 'iat', `${now - maxAgeSeconds} or later`, iat)
  if (iat - now > futureToleranceSeconds) {
    throw badTime('proof_from_future', 'iat', `${now + futureToleranceSeconds} or earlier`, iat)
  }
  return iat + maxAgeSeconds
}

/**
 * With adaptive freshness, the client of a proof without a nonce needs a good clock. Any other client gets a nonce, and does not
 * need its clock any more. `iat` is checked first: `exp` and `nbf` come from the same clock.
 */
function checkTimeOrAskForNonce(claims: ProofClaims, now: number, policy: FreshnessPolicy): number {
  const { iat } = claims
  const { maxAgeSeconds, futureToleranceSeconds } = policy
  if (now - iat > maxAgeSeconds || iat - now > futureToleranceSeconds) {
    const expected = [`${now - maxAgeSeconds} to ${now + futureToleranceSeconds}, or a nonce`]
    throw new CheckFailed('iat_needs_nonce', { name: 'iat', expected, received: String(iat) })
  }
  checkStatedTimes(claims, now, futureToleranceSeconds)
  return iat + maxAgeSeconds
}

/** A proof needs neither `exp` nor `nbf`. If it has them, they are checked. */
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
