// @ts-check
// The events of all guards of this process as OpenTelemetry metrics. Set up your SDK before you call it.
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { diagnosticsChannels } from '@dpop-guard/core'
import { metrics } from '@opentelemetry/api'

/** @import { CheckEvent, RejectedEvent, UnavailableEvent } from '@dpop-guard/core' */

/** A client can sign any `iat`. Without a limit, one absurd value makes the sum of the histogram useless. */
const farthestOffsetSeconds = 3600

/**
 * Attributes are schemes, reasons and `enforced`, which have few values. `enforced` is false with `reportOnly`. Never use `clientId`, `jkt` or `method` as an attribute: clients choose
 * them, and each new value is a new time series.
 *
 * @returns {() => void} stops the collection
 */
export function collectMetrics() {
  const meter = metrics.getMeter('dpop-guard')
  const accepted = meter.createCounter('dpop_guard.accepted', {
    description: 'Accepted requests',
    unit: '{request}',
  })
  const rejected = meter.createCounter('dpop_guard.rejected', {
    description: 'Rejected requests',
    unit: '{request}',
  })
  const replays = meter.createCounter('dpop_guard.replays', {
    description: 'Proofs that were used before',
    unit: '{request}',
  })
  const unavailable = meter.createCounter('dpop_guard.unavailable', {
    description: 'Requests that could not be decided and got a 503',
    unit: '{request}',
  })
  // Two histograms, because SDKs drop negative values.
  const age = meter.createHistogram('dpop_guard.proof.age', {
    description: 'Age of the proof: the server\'s clock minus its "iat"',
    unit: 's',
    advice: { explicitBucketBoundaries: [0, 1, 2, 5, 10, 30, 60, 120, 300] },
  })
  const ahead = meter.createHistogram('dpop_guard.proof.ahead', {
    description: 'How far the "iat" of the proof is ahead of the server\'s clock',
    unit: 's',
    advice: { explicitBucketBoundaries: [1, 5, 10, 30, 60, 300] },
  })

  /** @param {CheckEvent} event */
  function recordOffset({ iatOffsetSeconds }) {
    if (iatOffsetSeconds === undefined) return
    const histogram = iatOffsetSeconds < 0 ? ahead : age
    histogram.record(Math.min(Math.abs(iatOffsetSeconds), farthestOffsetSeconds))
  }

  /** @param {unknown} message */
  function onAccepted(message) {
    const event = /** @type {CheckEvent} */ (message)
    accepted.add(1, { scheme: event.scheme ?? 'none', enforced: event.enforced })
    recordOffset(event)
  }

  /** @param {unknown} message */
  function onRejected(message) {
    const event = /** @type {RejectedEvent} */ (message)
    rejected.add(1, { reason: event.reason, enforced: event.enforced })
    if (event.reason === 'proof_replayed') replays.add(1)
    recordOffset(event)
  }

  /** @param {unknown} message */
  function onUnavailable(message) {
    const event = /** @type {UnavailableEvent} */ (message)
    unavailable.add(1, { reason: event.reason, enforced: event.enforced })
    recordOffset(event)
  }

  subscribe(diagnosticsChannels.accepted, onAccepted)
  subscribe(diagnosticsChannels.rejected, onRejected)
  subscribe(diagnosticsChannels.unavailable, onUnavailable)
  return () => {
    unsubscribe(diagnosticsChannels.accepted, onAccepted)
    unsubscribe(diagnosticsChannels.rejected, onRejected)
    unsubscribe(diagnosticsChannels.unavailable, onUnavailable)
  }
}
