import { CheckFailed, CheckUnavailable } from './check-failed.js'
import { currentSeconds, readClockOption } from './clock.js'
import { describeMismatch, type Mismatch } from './diagnostics/mismatch.js'
import { type ErrorCode, type FailureRule, failures, type Reason } from './failures.js'
import { readObjectOption } from './option-readers.js'
import type { GuardOptions } from './options.js'
import { checkNonce, checkTime, issueNonce } from './proof/freshness.js'
import { readFreshnessOptions } from './proof/freshness-options.js'
import { openProof, type ProofClaims, requireProofField } from './proof/open-proof.js'
import { type ProofOptions, proofOptionNames, readProofOptions } from './proof/proof-options.js'
import { accessTokenHash, checkAccessTokenHash, checkMethod, checkTargetUri } from './proof/request-claims.js'
import { acceptanceWindow, describeUse } from './proof/use.js'
import { noteCheck } from './proof/verification-batch.js'
import { verifySignature } from './proof/verify-signature.js'
import { createReplayProtection, readReplayStoreOption } from './replay/replay-store-option.js'
import type { ReplayStore } from './replay/store.js'
import { collectFields } from './request/fields.js'
import { isSecureUrl, normalizeUri } from './request/target-uri.js'

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

export interface VerifyProofOptions extends ProofOptions, Pick<GuardOptions, 'freshness' | 'nonce'> {
  /** Where used proofs are remembered; `'off'` accepts one again until it is too old. Required, for nothing outlives the call. */
  replayStore: ReplayStore | 'off'
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
      /** The newest nonce, where nonces are on: send it in `DPoP-Nonce` unless it is `claims.nonce`. */
      readonly nonce: string | undefined
    }
  | {
      readonly verified: false
      readonly reason: Reason
      /** What to answer; undefined when nothing can be said because something broke: 503. */
      readonly error: ErrorCode | undefined
      readonly description: string | undefined
      /** What was compared and did not match, for your logs alone: never send it. */
      readonly mismatch: Mismatch | undefined
      /** The newest nonce, where nonces are on: send it in `DPoP-Nonce`, with `Cache-Control: no-store`. */
      readonly nonce: string | undefined
    }

/**
 * Verifies the DPoP proof of a request that has no guard: RFC 9449 section 4.3 in full, for an authorization server's token
 * endpoint (section 5) and other uses. Throws a TypeError for bad options or a bad `url`.
 *
 * Does NOT check that the key is the one something is bound to: compare `jkt`.
 *
 * @example
 * const result = await verifyProof({ method: 'POST', url: 'https://as.example.com/token', headers: req.rawHeaders }, { replayStore })
 * if (result.verified) bindTo(result.jkt)
 */
export async function verifyProof(request: ProofRequest, options: VerifyProofOptions): Promise<ProofResult> {
  noteCheck()
  const { replayStore, clock, freshness, nonce, ...proofOptions } = readObjectOption('', options, [
    'replayStore',
    'clock',
    'freshness',
    'nonce',
    ...proofOptionNames,
  ] satisfies (keyof VerifyProofOptions)[])
  if (replayStore === undefined)
    throw new TypeError('dpop-guard: verifyProof() needs the option "replayStore": a store, or \'off\'')
  const store = readReplayStoreOption(replayStore, undefined)
  const time = readClockOption('clock', clock)
  const now = currentSeconds(time)
  const { method, url, accessToken } = request
  const { dpop } = collectFields(request)
  if (typeof method !== 'string') throw new TypeError('dpop-guard: verifyProof() needs the request method')
  const expected = isSecureUrl(url) ? normalizeUri(url) : undefined
  if (expected === undefined)
    throw new TypeError('dpop-guard: verifyProof() needs the url as an https URL (http only on a loopback host)')
  const policy = {
    ...readProofOptions(proofOptions, ''),
    ...readFreshnessOptions(freshness, nonce, new URL(expected).origin),
  }
  const protection = createReplayProtection(
    store,
    time,
    clock === undefined ? undefined : time,
    acceptanceWindow(policy),
  )
  let newest: string | undefined
  try {
    newest = policy.nonces && (await issueNonce(policy.nonces, now))
    const proof = openProof(requireProofField(dpop, policy.maxLength), policy.algorithms)
    await verifySignature(proof)
    checkMethod(proof.claims, method)
    checkTargetUri(proof.claims, [expected], url)
    if (accessToken !== undefined) checkAccessTokenHash(proof.claims, accessTokenHash(accessToken))
    const nonceUntil = policy.nonces && (await checkNonce(proof.claims, now, policy.nonces))
    const acceptedUntil = checkTime(proof.claims, now, policy, nonceUntil)
    const { jkt } = proof.header.key
    await protection?.useOnce(describeUse(proof, acceptedUntil, policy), undefined)
    return { verified: true, jkt, claims: proof.claims, nonce: newest }
  } catch (thrown) {
    if (!CheckFailed.is(thrown) && !CheckUnavailable.is(thrown)) throw thrown
    const { error, description }: FailureRule = failures[thrown.reason]
    const mismatch = CheckFailed.is(thrown) && thrown.comparison ? describeMismatch(thrown.comparison) : undefined
    return { verified: false, reason: thrown.reason, error, description, mismatch, nonce: newest }
  }
}
