import type { AcceptanceWindow } from '../replay/acceptance-windows.js'
import type { UsedProof } from '../replay/use-once.js'
import type { FreshnessPolicy } from './freshness.js'
import type { Proof } from './open-proof.js'

/** Describes a proof for the replay protection. The proof has passed all other checks. */
export function describeUse(
  { header, claims }: Proof,
  acceptedUntil: number,
  { freshness, nonces }: FreshnessPolicy,
): UsedProof {
  const { jti, iat, nonce } = claims
  const byNonce = nonces?.hasFixedEnd === true ? 'nonce' : 'nonce service'
  return {
    jkt: header.key.jkt,
    jti,
    iat,
    hasNonce: nonce !== undefined,
    boundedBy: freshness === 'nonce' ? byNonce : 'iat',
    acceptedUntil,
  }
}

/** The time for which a proof can be accepted with this freshness. */
export function acceptanceWindow({
  freshness,
  nonces,
  maxAgeSeconds,
  futureToleranceSeconds,
}: FreshnessPolicy): AcceptanceWindow {
  return freshness === 'nonce'
    ? { maxAgeSeconds: 0, futureToleranceSeconds: 0, nonceSeconds: nonces?.lifetimeSeconds ?? 0 }
    : { maxAgeSeconds, futureToleranceSeconds, nonceSeconds: 0 }
}
