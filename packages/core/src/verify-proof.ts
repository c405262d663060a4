import { readTime } from './clock.js'
import { type ErrorCode, type Failure, failures, type Reason } from './failures.js'
import { readClock, readObject } from './option-readers.js'
import { type ProofOptions, readProofOptions, readReplay } from './options.js'
import {
  accessTokenHash,
  checkAccessTokenHash,
  checkIssuedAt,
  checkMethod,
  checkTargetUri,
} from './proof/check-claims.js'
import { type ProofClaims, readProof, readProofField } from './proof/read-proof.js'
import { verifySignature } from './proof/verify-signature.js'
import { Refusal, Unavailable } from './refusal.js'
import { claimOnce, type ReplayStore } from './replay/store.js'
import { readFields } from './request.js'
import { normalizeUri } from './target-uri.js'

/** The request that a proof came with. */
export interface ProofRequest {
  readonly method: string | undefined
  /** Where the request arrived, as its client writes it: an http(s) URL from configuration, never from `Host`. */
  readonly url: string
  /** Header names and values in turn, repeats kept: Node's `req.rawHeaders`. */
  readonly headers: readonly string[]
  /** The access token the proof was sent with, if any. Then the proof must have a matching `ath`. */
  readonly accessToken?: string | undefined
}

export interface VerifyProofOptions extends ProofOptions {
  /** Where used proofs are remembered; `'off'` accepts one again until it is too old. Required, for nothing outlives the call. */
  replay: ReplayStore | 'off'
  /** Seconds since the epoch. For tests. Default: the system clock. */
  clock?: (() => number) | undefined
}

/** The outcome of `verifyProof`. */
export type ProofResult =
  | {
      readonly verified: true
      /** Thumbprint of the proof's key: what an authorization server binds a token to (RFC 9449 section 6.1). */
      readonly jkt: string
      readonly claims: ProofClaims
    }
  | {
      readonly verified: false
      readonly reason: Reason
      /** What to answer; undefined when nothing can be said because the replay store failed. */
      readonly error: ErrorCode | undefined
      readonly description: string | undefined
    }

/**
 * Verifies the DPoP proof of a request that has no guard: RFC 9449 section 4.3 in full, for an authorization server's token
 * endpoint (section 5) and other uses. Throws a TypeError for bad options or a bad `url`.
 *
 * Does NOT check that the key is the one something is bound to (compare `jkt`), nor server nonces.
 *
 * @example
 * const result = await verifyProof({ method: 'POST', url: 'https://as.example.com/token', headers: req.rawHeaders }, { replay })
 * if (result.verified) bindTo(result.jkt)
 */
export async function verifyProof(request: ProofRequest, options: VerifyProofOptions): Promise<ProofResult> {
  const { replay, clock, ...proofOptions } = readObject('', options, [
    'replay',
    'clock',
    'algorithms',
    'maxAgeSeconds',
    'futureToleranceSeconds',
    'maxLength',
  ] satisfies (keyof VerifyProofOptions)[])
  if (replay === undefined)
    throw new TypeError('dpop-guard: verifyProof() needs the option "replay": a store, or \'off\'')
  const policy = readProofOptions(proofOptions)
  const store = readReplay(replay, () => 0)
  const now = readTime(readClock('clock', clock))
  const { method, url, accessToken } = request
  const { dpop } = readFields(request)
  if (typeof method !== 'string') throw new TypeError('dpop-guard: verifyProof() needs the request method')
  const expected = typeof url === 'string' ? normalizeUri(url) : undefined
  if (expected === undefined) throw new TypeError('dpop-guard: verifyProof() needs the url as an http(s) URL')
  try {
    const proof = readProof(readProofField(dpop, policy.maxLength), policy.algorithms)
    await verifySignature(proof)
    checkMethod(proof.claims, method)
    checkTargetUri(proof.claims, [expected])
    if (accessToken !== undefined) checkAccessTokenHash(proof.claims, accessTokenHash(accessToken))
    checkIssuedAt(proof.claims, now, policy)
    if (store !== 'off') await claimOnce(store, proof.key.jkt, proof.claims, now, policy)
    return { verified: true, jkt: proof.key.jkt, claims: proof.claims }
  } catch (thrown) {
    if (!(thrown instanceof Refusal) && !(thrown instanceof Unavailable)) throw thrown
    const { error, description }: Failure = failures[thrown.reason]
    return { verified: false, reason: thrown.reason, error, description }
  }
}
