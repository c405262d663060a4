import type { AcceptanceWindow } from '../replay/acceptance-windows.js'
import type { UsedProof } from '../replay/use-once.js'
import { type FreshnessPolicy, isBoundedByNonce } from './freshness.js'
import type { Proof } from './open-proof.js'

/** Describes a proof for the replay protection. The proof has passed all other checks. */
export function describeUse({ header, claims }: Proof, acceptedUntil: number, policy: FreshnessPolicy): UsedProof {
  const { jti, iat, nonce } = claims
  const byNonce = policy.nonces?.hasFixedEnd === true ? 'nonce' : 'nonce service'
  return {
    jkt: header.key.jkt,
    jti,
    iat,
    hasNonce: nonce !== undefined,
    boundedBy: isBoundedByNonce(policy, claims) ? byNonce : 'iat',
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
  const nonceSeconds = nonces?.lifetimeSeconds ?? 0
  const byIat = { maxAgeSeconds, futureToleranceSeconds }
  switch (freshness) {
    case 'nonce':
      return { withNonce: undefined, withoutNonce: undefined, nonceSeconds }
    case 'adaptive':
      return { withNonce: undefined, withoutNonce: byIat, nonceSeconds }
    default:
      return { withNonce: byIat, withoutNonce: byIat, nonceSeconds: 0 }
  }
}
