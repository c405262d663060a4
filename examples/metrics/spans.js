// @ts-check
// The checks of all guards of this process as OpenTelemetry spans. Set up your SDK before you call it.
import { tracingChannel } from 'node:diagnostics_channel'
import { tracingChannels } from '@dpop-guard/core'
import { SpanStatusCode, trace } from '@opentelemetry/api'

/** @import { CheckTrace } from '@dpop-guard/core' */
/** @import { Span } from '@opentelemetry/api' */

/**
 * Makes a span for each check. Its parent is the active span, such as the span of the HTTP request.
 *
 * @returns {() => void} stops it
 */
export function collectSpans() {
  const tracer = trace.getTracer('dpop-guard')
  const channel = tracingChannel(tracingChannels.check)
  /** @type {WeakMap<object, Span>} */
  const spans = new WeakMap()

  /** @param {unknown} message */
  function onStart(message) {
    spans.set(/** @type {object} */ (message), tracer.startSpan('dpop-guard.check'))
  }

  /** @param {unknown} message */
  function onEnd(message) {
    const check = /** @type {CheckTrace} */ (message)
    const span = spans.get(check)
    const { outcome = 'error', reason, scheme, status, enforced } = check
    span?.setAttributes({
      'dpop_guard.outcome': outcome,
      'dpop_guard.enforced': enforced,
      ...(reason && { 'dpop_guard.reason': reason }),
      ...(scheme && { 'dpop_guard.scheme': scheme }),
      ...(status && { 'dpop_guard.status': status }),
    })
    // A rejection is the guard's job. Only a check that cannot be decided is an error of yours.
    if (outcome === 'unavailable' || outcome === 'error')
      span?.setStatus({ code: SpanStatusCode.ERROR, message: reason ?? 'error' })
    span?.end()
  }

  const subscribers = { start: onStart, end() {}, asyncStart() {}, asyncEnd: onEnd, error() {} }
  channel.subscribe(subscribers)
  return () => {
    channel.unsubscribe(subscribers)
  }
}
