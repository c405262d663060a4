import type { Comparison } from '../check-failed.js'
import { describeMismatch, type Mismatch } from '../diagnostics/mismatch.js'
import { type ErrorCode, type FailureRule, failures, type Reason, type Scheme } from '../failures.js'
import { type ChallengeParameters, writeChallenge } from './challenge.js'
import type { ResponseHeaders } from './headers.js'

/** The answer to all requests that fail for one reason. */
interface WrittenRejection {
  /** The stable code of the failure table. For logs and metrics. It is not sent to the client. */
  readonly reason: Reason
  readonly status: 400 | 401 | 403 | 503
  /** The OAuth error code. Undefined if none is sent. */
  readonly error: ErrorCode | undefined
  readonly headers: ResponseHeaders
  /** JSON `{"error","error_description"}`. Empty if there is no error code. */
  readonly body: string
}

/** A rejected request: everything a plugin needs to answer it, and the reason and mismatch for operators. */
export interface Rejection extends WrittenRejection {
  readonly accepted: false
  /**
   * The comparison that failed. Undefined if nothing was compared, or if the values are secret. For your logs. Never send it to
   * the client: JSON and copies of the rejection leave it out.
   */
  readonly mismatch: Mismatch | undefined
}

/** The requirements of one operation, which its challenges name. */
export type ChallengeRequirements = Pick<ChallengeParameters, 'scope' | 'acrValues' | 'maxAge'>

/** The content of all challenges of one guard. */
export interface ResponsePolicy {
  /** The offered schemes, in the order of their challenges for a request without credentials. */
  readonly offered: readonly Scheme[]
  readonly parameters: ChallengeParameters
}

/** The answer for a reason and the schemes that the client used. */
export type RejectionTable = (reason: Reason, used: readonly Scheme[]) => WrittenRejection

/** Writes every answer once, because a rejection must be cheaper than the request that it rejects. */
export function createRejectionTable(policy: ResponsePolicy): RejectionTable {
  const tables = new Map<Scheme | 'both' | undefined, Map<Reason, WrittenRejection>>()
  return (reason, used) => {
    // Two maps, because joining a key of reason and schemes would take as long as the rest of a rejection.
    const name = used.length > 1 ? 'both' : used[0]
    const written = tables.get(name) ?? new Map<Reason, WrittenRejection>()
    tables.set(name, written)
    const rejection = written.get(reason) ?? writeRejection(policy, reason, used)
    written.set(reason, rejection)
    return rejection
  }
}

/** The rejection of one request. It has its own headers, because those of the table must not change. */
export class RequestRejection implements Rejection {
  readonly accepted = false
  readonly reason: Reason
  readonly status: WrittenRejection['status']
  readonly error: ErrorCode | undefined
  readonly headers: ResponseHeaders
  readonly body: string
  readonly #comparison: Comparison | undefined

  constructor(answer: WrittenRejection, comparison: Comparison | undefined, headers: ResponseHeaders) {
    this.reason = answer.reason
    this.status = answer.status
    this.error = answer.error
    this.headers = { ...answer.headers, ...headers }
    this.body = answer.body
    this.#comparison = comparison
  }

  get mismatch(): Mismatch | undefined {
    return this.#comparison && describeMismatch(this.#comparison)
  }
}

/** Makes the answer to a rejected request from the failure table. `used` are the schemes that the client used. */
export function writeRejection(
  policy: ResponsePolicy,
  reason: Reason,
  used: readonly Scheme[],
  required: ChallengeRequirements = policy.parameters,
): WrittenRejection {
  const failure: FailureRule = failures[reason]
  const { error, description = '' } = failure
  const carriers = error === undefined ? [] : schemesWithError(used, policy.offered)
  const failed = error !== undefined && carriers.length > 0 ? { error, description } : undefined
  const challenges =
    failure.status === 503
      ? []
      : inOrder(policy.offered, used).map((scheme) =>
          writeChallenge(scheme, { ...policy.parameters, ...required }, carriers.includes(scheme) ? failed : undefined),
        )
  return {
    reason,
    status: failure.status,
    error: failed?.error,
    headers: {
      // Frozen, because one answer serves many requests.
      ...(challenges.length > 0 && { 'www-authenticate': Object.freeze(challenges) }),
      ...(failed && { 'content-type': 'application/json; charset=utf-8' }),
    },
    body: failed ? JSON.stringify({ error: failed.error, error_description: failed.description }) : '',
  }
}

/**
 * The scheme that the client used comes first, because some clients read only the first challenge. If the client used none or
 * both, the order stays.
 */
function inOrder(offered: readonly Scheme[], used: readonly Scheme[]): readonly Scheme[] {
  if (used.length !== 1) return offered
  return [...offered.filter((scheme) => used.includes(scheme)), ...offered.filter((scheme) => !used.includes(scheme))]
}

/**
 * RFC 9449 section 7.2: the error goes into the challenge of each scheme that the client used, and into none if it sent no
 * credentials. If the client used a scheme that is not offered, the challenges of all offered schemes have the error.
 */
function schemesWithError(used: readonly Scheme[], offered: readonly Scheme[]): readonly Scheme[] {
  const carriers = offered.filter((scheme) => used.includes(scheme))
  return carriers.length > 0 || used.length === 0 ? carriers : offered
}
