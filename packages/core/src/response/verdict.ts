import { type Auth, checkRecordOf } from '../access-token/auth.js'
import { type Awaitable, isPending } from '../awaitable.js'
import { CheckFailed, CheckUnavailable, type Comparison } from '../check-failed.js'
import { currentSeconds } from '../clock.js'
import { CheckRecord } from '../diagnostics/check-record.js'
import { createPublisher } from '../diagnostics/events.js'
import type { Reason, Scheme } from '../failures.js'
import type { NonceSending } from '../proof/nonce-options.js'
import type { Nonces } from '../proof/nonces.js'
import type { RequestFields } from '../request/fields.js'
import { corsHeaders } from './cors.js'
import { nonceHeaders, type ResponseHeaders } from './headers.js'
import {
  type ChallengeRequirements,
  createRejectionTable,
  type Rejection,
  RequestRejection,
  type ResponsePolicy,
  writeRejection,
} from './rejection.js'

/** The verdict for an accepted request. */
export interface Acceptance<Caller extends Auth | undefined = Auth> {
  readonly accepted: true
  /**
   * The caller. Undefined only with `credentials: 'optional'`, for a request without credentials or with one of the
   * `otherSchemes`.
   */
  readonly auth: Caller
  /** Headers for the response, with any status: see `applyHeaders`. */
  readonly headers: ResponseHeaders
}

/** The result of a check: the request is accepted, or rejected. It is data, never an exception. */
export type Verdict<Caller extends Auth | undefined = Auth> = Acceptance<Caller> | Rejection

/** The parts of a guard's policy that its verdicts need. */
export interface VerdictPolicy {
  readonly response: ResponsePolicy
  /** Undefined if nonces are off. */
  readonly nonces: Nonces | undefined
  readonly sendNonce: NonceSending
  readonly clock: () => number
  /** On each event. False if an adapter only reports what this guard decides. */
  readonly enforced: boolean
}

/** What a verdict needs of the check that it ends. */
export interface CheckContext {
  readonly fields: RequestFields
  readonly record: CheckRecord
}

/** Makes the verdicts of one guard, and publishes each of them. Returns a promise only if it waits for a nonce service. */
export interface Verdicts {
  accept(auth: Auth | undefined, request: CheckContext, now: number): Awaitable<Acceptance<Auth | undefined>>
  /** `thrown` is the value that ended the check. */
  reject(thrown: unknown, request: CheckContext): Awaitable<Rejection>
  /**
   * The rejection for a caller whose request was accepted, but who may not do this. `thrown` is the value that ended the check.
   * `required` is what the challenges name. They offer the schemes of the guard, unless the route `offered` fewer.
   */
  rejectCaller(
    auth: Auth | undefined,
    thrown: unknown,
    required?: ChallengeRequirements,
    offered?: readonly Scheme[],
  ): Rejection
}

/** Why a check ended, and which schemes its challenges answer. */
interface Ending {
  readonly reason: Reason
  readonly comparison: Comparison | undefined
  readonly used: readonly Scheme[]
}

export function createVerdicts(policy: VerdictPolicy): Verdicts {
  const { response, nonces, sendNonce, clock } = policy
  const publish = createPublisher(policy)
  const rejections = createRejectionTable(response)

  /** Publishes the value that ended a check. */
  function end(thrown: unknown, record: CheckRecord): Ending {
    if (CheckFailed.is(thrown)) {
      const { reason, comparison, used = record.used } = thrown
      publish.rejected(reason, record, comparison)
      return { reason, comparison, used }
    }
    const reason = CheckUnavailable.is(thrown) ? thrown.reason : 'internal_error'
    publish.unavailable(reason, record, CheckUnavailable.is(thrown) ? thrown.cause : thrown)
    return { reason, comparison: undefined, used: record.used }
  }

  /** RFC 9449 section 8.2: a client needs no nonce if it already has the newest one, or if it sent no proof. */
  function nonceFor(auth: Auth | undefined, now: number): Awaitable<string | undefined> {
    if (nonces === undefined) return undefined
    if (sendNonce === 'always') return nonces.issue(now)
    if (auth?.scheme !== 'DPoP') return undefined
    const known = auth.proofClaims.nonce
    if (sendNonce === 'when-needed' && known === undefined) return undefined
    const newest = nonces.issue(now)
    const unlessKnown = (nonce: string) => (nonce === known ? undefined : nonce)
    return isPending(newest) ? newest.then(unlessKnown) : unlessKnown(newest)
  }

  /** Whether a rejection has the newest nonce, so that the next try can use it. */
  function sendsNonce(thrown: unknown, { hasNonce }: CheckRecord): boolean {
    if (sendNonce !== 'when-needed' || hasNonce) return true
    return CheckFailed.is(thrown) && thrown.reason === 'iat_needs_nonce'
  }

  function acceptWith(
    nonce: string | undefined,
    auth: Auth | undefined,
    { fields, record }: CheckContext,
  ): Acceptance<Auth | undefined> {
    publish.accepted(record)
    return { accepted: true, auth, headers: { ...corsHeaders(fields), ...nonceHeaders(nonce) } }
  }

  function rejectWith(nonce: string | undefined, thrown: unknown, { fields, record }: CheckContext): Rejection {
    const { reason, comparison, used } = end(thrown, record)
    const cors = corsHeaders(fields, reason)
    const headers = nonce === undefined ? cors : { ...cors, ...nonceHeaders(nonce) }
    return new RequestRejection(rejections(reason, used), comparison, headers)
  }

  return {
    accept(auth, request, now) {
      const nonce = nonceFor(auth, now)
      return isPending(nonce)
        ? nonce.then((issued) => acceptWith(issued, auth, request))
        : acceptWith(nonce, auth, request)
    },

    reject(thrown, request) {
      if (!sendsNonce(thrown, request.record)) return rejectWith(undefined, thrown, request)
      let nonce: Awaitable<string | undefined>
      try {
        nonce = nonces?.issue(currentSeconds(clock))
      } catch (error) {
        return rejectWith(undefined, error, request)
      }
      return isPending(nonce)
        ? nonce.then(
            (issued) => rejectWith(issued, thrown, request),
            (error: unknown) => rejectWith(undefined, error, request),
          )
        : rejectWith(nonce, thrown, request)
    },

    rejectCaller(auth, thrown, required = response.parameters, offered = response.offered) {
      const record = (auth && checkRecordOf(auth)) ?? new CheckRecord()
      record.scheme = auth?.scheme
      record.claims = auth?.claims
      const { reason, comparison } = end(thrown, record)
      const newest = sendsNonce(thrown, record) ? nonces?.newest(currentSeconds(clock)) : undefined
      return new RequestRejection(
        writeRejection({ ...response, offered }, reason, record.used, required),
        comparison,
        nonceHeaders(newest),
      )
    },
  }
}
