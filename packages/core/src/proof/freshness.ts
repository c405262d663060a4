import type { Nonces } from '../nonce.js'
import { Refusal, Unavailable } from '../refusal.js'
import type { ProofClaims } from './read-proof.js'

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
  if (now - claims.iat > maxAgeSeconds) throw new Refusal('proof_expired')
  if (claims.iat - now > futureToleranceSeconds) throw new Refusal('proof_from_future')
  return claims.iat + maxAgeSeconds
}

/** The newest nonce. */
export async function issueNonce(nonces: Nonces, now: number): Promise<string> {
  try {
    return await nonces.issue(now)
  } catch (error) {
    throw new Unavailable('nonces_unavailable', error)
  }
}

/** RFC 9449 section 4.3, check 10, and sections 8 to 9. Gives the last second at which a proof with this nonce can be accepted. */
export async function checkNonce({ nonce }: ProofClaims, now: number, nonces: Nonces): Promise<number> {
  if (nonce === undefined) throw new Refusal('nonce_missing')
  if (typeof nonce !== 'string') throw new Refusal('nonce_not_accepted')
  let until: number | undefined
  try {
    until = await nonces.check(nonce, now)
  } catch (error) {
    throw new Unavailable('nonces_unavailable', error)
  }
  if (until === undefined) throw new Refusal('nonce_not_accepted')
  return until
}

/** `exp` and `nbf` are not part of a proof's syntax, but honoured where a client sends them. */
function checkStatedTimes({ exp, nbf }: ProofClaims, now: number, toleranceSeconds: number): void {
  if (exp !== undefined && now >= exp + toleranceSeconds) throw new Refusal('proof_expired')
  if (nbf !== undefined && nbf - now > toleranceSeconds) throw new Refusal('proof_from_future')
}
