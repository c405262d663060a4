import { channel } from 'node:diagnostics_channel'
import { debuglog } from 'node:util'
import type { Comparison } from '../check-failed.js'
import { failures, type Reason } from '../failures.js'
import type { CheckEvent, CheckRecord } from './check-record.js'
import { describeError } from './error-description.js'
import { describeMismatch, type Mismatch } from './mismatch.js'

/** Names of the `node:diagnostics_channel` channels that every guard publishes on. */
export const diagnosticsChannels = {
  accepted: 'dpop-guard:accepted',
  rejected: 'dpop-guard:rejected',
  unavailable: 'dpop-guard:unavailable',
} as const

/** A request that was rejected. */
export interface RejectedEvent extends CheckEvent {
  readonly reason: Reason
  readonly status: number
  /** The two sides of the comparison that failed. Undefined if nothing was compared, or if the values are secret. */
  readonly mismatch: Mismatch | undefined
}

/** A request that could not be checked, because something broke. Its answer is a 503. */
export interface UnavailableEvent extends CheckEvent {
  readonly reason: Reason
  readonly status: number
  /** The error, as it was thrown. It can name hosts, so look at it before you log it. */
  readonly error: unknown
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
