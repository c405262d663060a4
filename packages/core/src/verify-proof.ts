import { CheckFailed, CheckUnavailable } from './check-failed.js'
import { currentSeconds, readClockOption } from './clock.js'
import { describeMismatch, type Mismatch } from './diagnostics/mismatch.js'
import { type ErrorCode, type FailureRule, failures, type Reason } from './failures.js'
import { missingOption, readObjectOption } from './option-readers.js'
import type { GuardOptions } from './options.js'
import { checkFreshness } from './proof/freshness.js'
import { readFreshnessOptions } from './proof/freshness-options.js'
import { openProof, type ProofClaims, requireProofField } from './proof/open-proof.js'
import { type ProofOptions, proofOptionNames, readProofOptions } from './proof/proof-options.js'
import { accessTokenHash, checkRequestClaims } from './proof/request-claims.js'
import { acceptanceWindow, describeUse } from './proof/used-proof.js'
import { noteCheck } from './proof/verification-batch.js'
import { verifySignature } from './proof/verify-signature.js'
import { createReplayProtection, readReplayStoreOption } from './replay/replay-store-option.js'
import type { ReplayStore } from './replay/store.js'
import { collectFields } from './request/fields.js'
import { isSecureUrl, normalizeUri } from './request/target-uri.js'

/** The request that a proof came with. */
export interface ProofRequest {
  readonly method: string | undefined
  /** The URL that the client sent the request to. Take its origin from your configuration, never from `Host`. */
  readonly url: string
  /** A flat list of header names and values, with repeated headers kept: Node's `req.rawHeaders`. */
  readonly headers: readonly string[]
  /** The access token that came with the proof, if any. If you pass one, the proof must have a matching `ath`. */
  readonly accessToken?: string | undefined
}

/** Options of `verifyProof`. */
export interface VerifyProofOptions extends ProofOptions, Pick<GuardOptions, 'freshness' | 'nonce'> {
  /**
   * Remembers used proofs. `'off'` accepts a proof again and again until it is too old. Required, because each call is
   * independent.
   */
  replayStore: ReplayStore | 'off'
  /** Returns the time in seconds since the epoch. For tests. Default: the system clock. */
  clock?: (() => number) | undefined
}

/** The outcome of `verifyProof`. */
export type ProofResult =
  | {
      readonly verified: true
      /** Thumbprint of the proof's key. An authorization server binds the token to it (RFC 9449 section 6.1). */
      readonly jkt: string
      readonly claims: ProofClaims
      /**
       * The newest nonce, if nonces are on. With `freshness: 'adaptive'`, only if the client needs one. Send it in `DPoP-Nonce`,
       * unless it equals `claims.nonce`.
       */
      readonly nonce: string | undefined
    }
  | {
      readonly verified: false
      /** The stable reason code. For your logs. */
      readonly reason: Reason
      /** The error code to send. Undefined if something broke and the proof could not be checked: answer with 503. */
      readonly error: ErrorCode | undefined
      /** The `error_description` to send. */
      readonly description: string | undefined
      /** The two sides of a comparison that failed. For your logs. Never send it to clients. */
      readonly mismatch: Mismatch | undefined
      /**
       * The newest nonce, if nonces are on. With `freshness: 'adaptive'`, only if the client needs one. Send it in `DPoP-Nonce`,
       * with `Cache-Control: no-store`.
       */
      readonly nonce: string | undefined
    }

/**
 * Verifies the DPoP proof of a request without a guard: all checks of RFC 9449 section 4.3. For the token endpoint of an
 * authorization server (section 5), and for other uses. Throws a TypeError for an invalid option or `url`.
 *
 * Does NOT check that the proof's key is the one that you expect: compare `jkt`.
 *
 * @example
 * const request = { method: 'POST', url: 'https://as.example.com/token', headers: req.rawHeaders }
 * const result = await verifyProof(request, { replayStore })
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
  if (replayStore === undefined) throw missingOption('replayStore', 'a store, or "off"')
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
  const { nonces } = policy
  const isAdaptive = policy.freshness === 'adaptive'
  let newest: string | undefined
  try {
    if (!isAdaptive) newest = await nonces?.issue(now)
    const jws = requireProofField(dpop, policy.maxLength) // 4.3 (1, 2)
    const proof = openProof(jws, policy.algorithms) // 4.3 (2 to 5, 7)
    if (isAdaptive && proof.claims.nonce !== undefined) newest = await nonces?.issue(now)
    await verifySignature(proof) // 4.3 (6)
    const tokenHash = accessToken === undefined ? undefined : accessTokenHash(accessToken)
    checkRequestClaims(proof, { method, target: url, uris: [expected], tokenHash }) // 4.3 (8, 9, 12): htm, htu, ath
    const acceptedUntil = await checkFreshness(proof, now, policy) // 4.3 (10, 11): nonce, iat
    await protection?.useOnce(describeUse(proof, acceptedUntil, policy), undefined) // 11.1: jti
    return { verified: true, jkt: proof.header.key.jkt, claims: proof.claims, nonce: newest }
  } catch (thrown) {
    if (!CheckFailed.is(thrown) || thrown.reason !== 'iat_needs_nonce') return describeFailure(thrown, newest)
    try {
      return describeFailure(thrown, await nonces?.issue(now))
    } catch (error) {
      return describeFailure(error, undefined)
    }
  }
}

/** Throws anything that is not the result of a check. */
function describeFailure(thrown: unknown, nonce: string | undefined): ProofResult {
  if (!CheckFailed.is(thrown) && !CheckUnavailable.is(thrown)) throw thrown
  const { reason } = thrown
  const { error, description }: FailureRule = failures[reason]
  const mismatch = CheckFailed.is(thrown) && thrown.comparison ? describeMismatch(thrown.comparison) : undefined
  return { verified: false, reason, error, description, mismatch, nonce }
}
