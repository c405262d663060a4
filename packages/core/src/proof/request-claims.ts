import { hash } from 'node:crypto'
import { CheckFailed } from '../check-failed.js'
import { normalizeUri } from '../request/target-uri.js'
import type { ProofClaims } from './open-proof.js'

/** RFC 9449 section 4.3, check 8. Methods are case-sensitive (RFC 9110 section 9.1). */
export function checkMethod(claims: ProofClaims, method: string): void {
  if (claims.htm === method) return
  throw new CheckFailed('proof_htm', { name: 'htm', expected: [method], received: claims.htm })
}

/** RFC 9449 section 4.3, check 9. `expected` holds normalised URIs without query and fragment: none for a target that is no URI. */
export function checkTargetUri(claims: ProofClaims, expected: readonly string[], target: string): void {
  // Most clients send the normal form, which normalizing would leave as it is.
  if (expected.includes(claims.htu)) return
  if (expected.length === 0) {
    throw new CheckFailed('target_not_uri', {
      name: 'request target',
      expected: ['a URI (RFC 3986)'],
      received: target,
    })
  }
  const received = normalizeUri(claims.htu)
  if (received !== undefined && expected.includes(received)) return
  throw new CheckFailed('proof_htu', { name: 'htu', expected, received: claims.htu })
}

/** RFC 9449 section 4.3, check 12, first half. `digest` is {@link accessTokenHash} of the token that came with the proof. */
export function checkAccessTokenHash(claims: ProofClaims, digest: string): void {
  if (claims.ath === digest) return
  const received = claims.ath === undefined ? undefined : 'wrong'
  throw new CheckFailed('proof_ath', { name: 'ath', expected: ['the hash of the access token'], received })
}

/** RFC 9449 section 4.2: the `ath` of an access token. */
export function accessTokenHash(token: string): string {
  return hash('sha256', token, 'base64url')
}
