// @ts-check
// The events of all guards of this process as Prometheus metrics.
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { diagnosticsChannels, failures } from '@dpop-guard/core'
import { Counter, Histogram } from 'prom-client'

/** @import { CheckEvent, RejectedEvent, UnavailableEvent } from '@dpop-guard/core' */
/** @import { Registry } from 'prom-client' */

/** A client can sign any `iat`. Without a limit, one absurd value makes the sum of the histogram useless. */
const farthestOffsetSeconds = 3600

/**
 * Labels are schemes, reasons and `enforced`, which have few values. `enforced` is `false` with `reportOnly`. Never use `clientId`, `jkt` or `method` as a label: clients choose them, and
 * each new value is a new time series.
 *
 * @param {Registry} register
 * @returns {() => void} stops the collection
 */
export function collectMetrics(register) {
  const accepted = new Counter({
    name: 'dpop_guard_accepted_total',
    help: 'Accepted requests, by the scheme of their credentials',
    labelNames: /** @type {const} */ (['scheme', 'enforced']),
    registers: [register],
  })
  const rejected = new Counter({
    name: 'dpop_guard_rejected_total',
    help: 'Rejected requests, by reason',
    labelNames: /** @type {const} */ (['reason', 'enforced']),
    registers: [register],
  })
  const replays = new Counter({
    name: 'dpop_guard_replays_total',
    help: 'Proofs that were used before',
    registers: [register],
  })
  const unavailable = new Counter({
    name: 'dpop_guard_unavailable_total',
    help: 'Requests that could not be decided and got a 503, by reason',
    labelNames: /** @type {const} */ (['reason', 'enforced']),
    registers: [register],
  })
  const iatOffset = new Histogram({
    name: 'dpop_guard_proof_iat_offset_seconds',
    help: 'The server\'s clock minus the "iat" of the proof: negative if the client\'s clock is ahead',
    // -1 is not a bound, because prom-client 15 uses that number for "beyond the last bound".
    buckets: [-300, -60, -30, -10, -5, -2, 0, 1, 2, 5, 10, 30, 60, 120, 300],
    registers: [register],
  })

  // Start each series at 0. A series that starts at 1 shows no increase, so an alert would miss the first failure.
  for (const [reason, { status }] of Object.entries(failures)) {
    const counter = status === 503 ? unavailable : rejected
    for (const enforced of ['true', 'false']) counter.inc({ reason, enforced }, 0)
  }

  /** @param {CheckEvent} event */
  function observeOffset({ iatOffsetSeconds }) {
    if (iatOffsetSeconds === undefined) return
    iatOffset.observe(Math.min(Math.max(iatOffsetSeconds, -farthestOffsetSeconds), farthestOffsetSeconds))
  }

  /** @param {unknown} message */
  function onAccepted(message) {
    const event = /** @type {CheckEvent} */ (message)
    accepted.inc({ scheme: event.scheme ?? 'none', enforced: String(event.enforced) })
    observeOffset(event)
  }

  /** @param {unknown} message */
  function onRejected(message) {
    const event = /** @type {RejectedEvent} */ (message)
    rejected.inc({ reason: event.reason, enforced: String(event.enforced) })
    if (event.reason === 'proof_replayed') replays.inc()
    observeOffset(event)
  }

  /** @param {unknown} message */
  function onUnavailable(message) {
    const event = /** @type {UnavailableEvent} */ (message)
    unavailable.inc({ reason: event.reason, enforced: String(event.enforced) })
    observeOffset(event)
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
