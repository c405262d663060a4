import { channel } from 'node:diagnostics_channel'
import { debuglog } from 'node:util'
import { isJsonObject } from '../encoding/json.js'
import type { Scheme } from '../failures.js'
import { failures, type Reason } from '../failures.js'
import { describeError } from '../loggable-error.js'
import { type Comparison, describeMismatch, type Mismatch } from '../mismatch.js'
import { printable, printableTarget } from '../printable.js'
import type { ProofClaims } from '../proof/open-proof.js'

/** Names of the `node:diagnostics_channel` channels that every guard publishes on. */
export const diagnosticsChannels = {
  accepted: 'dpop-guard:accepted',
  rejected: 'dpop-guard:rejected',
  unavailable: 'dpop-guard:unavailable',
} as const

/**
 * What operators see of one check, and clients do not. Never a token, a proof or a secret. Foreign text is cut short and holds
 * no control characters, query or userinfo.
 */
export interface CheckEvent {
  readonly method: string | undefined
  /** The path of the request target, without its query. */
  readonly path: string | undefined
  /** Undefined when the request had no credentials that could be read. */
  readonly scheme: Scheme | undefined
  /** `iss` of a valid access token. */
  readonly issuer: string | undefined
  /** `client_id` of a valid access token. */
  readonly clientId: string | undefined
  /** Thumbprint of the key that a valid access token is bound to. */
  readonly jkt: string | undefined
  /** The server's clock less the proof's `iat`, in seconds: positive is age, negative is a client's clock ahead. */
  readonly iatOffsetSeconds: number | undefined
}

/** A request that was turned away. */
export interface RejectedEvent extends CheckEvent {
  readonly reason: Reason
  readonly status: number
  /** What was compared and did not match; undefined where nothing was compared, or what was compared is secret. */
  readonly mismatch: Mismatch | undefined
}

/** A request that could not be decided, answered with 503. */
export interface UnavailableEvent extends CheckEvent {
  readonly reason: Reason
  readonly status: number
  /** What broke, as it was thrown. It may name hosts; look at it before you log it. */
  readonly error: unknown
}

/** What is known about a request so far. */
export class CheckRecord {
  readonly method: string | undefined
  readonly target: string | undefined
  scheme: Scheme | undefined
  claims: Readonly<Record<string, unknown>> | undefined
  #iatOffsetSeconds: number | undefined

  constructor(method?: string, target?: string) {
    this.method = method
    this.target = target
  }

  get used(): readonly Scheme[] {
    return this.scheme === undefined ? [] : [this.scheme]
  }

  observe({ iat }: ProofClaims, now: number): void {
    this.#iatOffsetSeconds = now - iat
  }

  describe(): CheckEvent {
    const { method, target, scheme, claims } = this
    return {
      method: method && printable(method),
      path: target && printableTarget(target),
      scheme,
      issuer: shown(claims?.iss),
      clientId: shown(claims?.client_id ?? claims?.azp),
      jkt: isJsonObject(claims?.cnf) ? shown(claims.cnf.jkt) : undefined,
      iatOffsetSeconds: this.#iatOffsetSeconds,
    }
  }
}

const accepted = channel(diagnosticsChannels.accepted)
const rejected = channel(diagnosticsChannels.rejected)
const unavailable = channel(diagnosticsChannels.unavailable)

const debug = debuglog('dpop-guard')

export function publishAccepted(record: CheckRecord): void {
  if (debug.enabled) debug('accepted %j', record.describe())
  if (accepted.hasSubscribers) accepted.publish(record.describe())
}

export function publishRejected(reason: Reason, record: CheckRecord, comparison: Comparison | undefined): void {
  if (!debug.enabled && !rejected.hasSubscribers) return
  const { status } = failures[reason]
  const event: RejectedEvent = {
    ...record.describe(),
    reason,
    status,
    mismatch: comparison && describeMismatch(comparison),
  }
  if (debug.enabled) debug('rejected %j', event)
  if (rejected.hasSubscribers) rejected.publish(event)
}

export function publishUnavailable(reason: Reason, record: CheckRecord, error: unknown): void {
  if (!debug.enabled && !unavailable.hasSubscribers) return
  const event: UnavailableEvent = { ...record.describe(), reason, status: failures[reason].status, error }
  if (debug.enabled) debug('unavailable %j', { ...event, error: describeError(error) })
  if (unavailable.hasSubscribers) unavailable.publish(event)
}

function shown(value: unknown): string | undefined {
  return typeof value === 'string' ? printable(value) : undefined
}
