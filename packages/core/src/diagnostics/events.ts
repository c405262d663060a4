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

/** Publishes the verdicts of one guard. */
export interface Publisher {
  accepted(record: CheckRecord): void
  rejected(reason: Reason, record: CheckRecord, comparison: Comparison | undefined): void
  unavailable(reason: Reason, record: CheckRecord, error: unknown): void
}

/** `guard.enforced` is on each event. */
export function createPublisher(guard: Pick<CheckEvent, 'enforced'>): Publisher {
  return {
    accepted(record) {
      if (!debug.enabled && !accepted.hasSubscribers) return
      const event: CheckEvent = record.describe(guard)
      if (debug.enabled) debug('accepted %j', event)
      if (accepted.hasSubscribers) accepted.publish(event)
    },

    rejected(reason, record, comparison) {
      if (!debug.enabled && !rejected.hasSubscribers) return
      const { status } = failures[reason]
      const mismatch = comparison && describeMismatch(comparison)
      const event: RejectedEvent = { ...record.describe(guard), reason, status, mismatch }
      if (debug.enabled) debug('rejected %j', event)
      if (rejected.hasSubscribers) rejected.publish(event)
    },

    unavailable(reason, record, error) {
      if (!debug.enabled && !unavailable.hasSubscribers) return
      const { status } = failures[reason]
      const event: UnavailableEvent = { ...record.describe(guard), reason, status, error }
      if (debug.enabled) debug('unavailable %j', { ...event, error: describeError(error) })
      if (unavailable.hasSubscribers) unavailable.publish(event)
    },
  }
}
