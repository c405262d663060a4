import { hash } from 'node:crypto'
import { CheckFailed } from '../check-failed.js'
import { normalizeUri } from '../request/target-uri.js'
import type { Proof, ProofClaims } from './open-proof.js'

/** The request that a proof must match. */
export interface ProvenRequest {
  readonly method: string
  /** The request target as it was received. */
  readonly target: string
  /** The URIs of the request, normalised, without query and fragment. Empty if the target is not a URI. */
  readonly uris: readonly string[]
  /** {@link accessTokenHash} of the token that came with the proof; undefined if there was no token. */
  readonly tokenHash: string | undefined
}

/** RFC 9449 section 4.3, checks 8, 9 and the first half of 12: `htm`, `htu` and `ath`. */
export function checkRequestClaims({ claims }: Proof, { method, target, uris, tokenHash }: ProvenRequest): void {
  checkMethod(claims, method)
  checkTargetUri(claims, uris, target)
  if (tokenHash !== undefined) checkAccessTokenHash(claims, tokenHash)
}

/** Methods are case-sensitive (RFC 9110 section 9.1). */
function checkMethod({ htm }: ProofClaims, method: string): void {
  if (htm === method) return
  throw new CheckFailed('proof_htm', { name: 'htm', expected: [method], received: htm })
}

function checkTargetUri({ htu }: ProofClaims, expected: readonly string[], target: string): void {
  // Most clients send the normalised form, so this saves the work.
  if (expected.includes(htu)) return
  if (expected.length === 0) {
    throw new CheckFailed('target_not_uri', {
      name: 'request target',
      expected: ['a URI (RFC 3986)'],
      received: target,
    })
  }
  const received = normalizeUri(htu)
  if (received !== undefined && expected.includes(received)) return
  throw new CheckFailed('proof_htu', { name: 'htu', expected, received: htu })
}

function checkAccessTokenHash({ ath }: ProofClaims, digest: string): void {
  if (ath === digest) return
  const received = ath === undefined ? undefined : 'wrong'
  throw new CheckFailed('proof_ath', { name: 'ath', expected: ['the hash of the access token'], received })
}

/** RFC 9449 section 4.2: the `ath` of an access token. */
export function accessTokenHash(token: string): string {
  return hash('sha256', token, 'base64url')
}
