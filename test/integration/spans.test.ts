/** The spans of examples/metrics, for checks with every outcome. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { createGuard, diagnosticsChannels } from '@dpop-guard/core'
import {
  type Context,
  type ContextManager,
  context,
  ROOT_CONTEXT,
  type Span,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { expect, onTestFinished, test } from 'vitest'
import { collectSpans } from '../../examples/metrics/spans.js'
import { everyHost } from '../support/every-host.js'
import { createScene } from '../support/guard-scene.js'
import { startApi } from '../support/guarded-api.js'
import { secretsOf } from '../support/published-events.js'

/** What an SDK for Node sets up, so that a span has the active one as its parent. */
function createContextManager(): ContextManager {
  const active = new AsyncLocalStorage<Context>()
  const manager: ContextManager = {
    active: () => active.getStore() ?? ROOT_CONTEXT,
    with: (store, run, self, ...parts) => active.run(store, () => run.apply(self, parts)),
    bind: (_store, target) => target,
    enable: () => manager,
    disable: () => manager,
  }
  return manager
}

/** Sets up an SDK as an application does. Returns its exporter. */
function startTracing(): InMemorySpanExporter {
  const exporter = new InMemorySpanExporter()
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
  trace.setGlobalTracerProvider(provider)
  context.setGlobalContextManager(createContextManager())
  onTestFinished(async () => {
    trace.disable()
    context.disable()
    await provider.shutdown()
  })
  onTestFinished(collectSpans())
  return exporter
}

test('each check is a span below the active one, with its outcome', async () => {
  const exporter = startTracing()
  let revocation = async () => false
  const { guard, request } = createScene({ isRevoked: () => revocation() })
  const good = request()
  const parent = trace.getTracer('test').startSpan('GET /orders')
  await context.with(trace.setSpan(context.active(), parent), async () => {
    await guard.check(good)
    await guard.check(good)
    revocation = () => Promise.reject(new Error('down'))
    await guard.check(request())
  })
  parent.end()
  const spans = exporter.getFinishedSpans().filter(({ name }) => name === 'dpop-guard.check')
  const shared = { 'dpop_guard.enforced': true }
  expect(spans.map(({ attributes }) => attributes)).toEqual([
    { ...shared, 'dpop_guard.outcome': 'accepted', 'dpop_guard.scheme': 'DPoP' },
    { ...shared, 'dpop_guard.outcome': 'rejected', 'dpop_guard.reason': 'proof_replayed', 'dpop_guard.status': 401 },
    {
      ...shared,
      'dpop_guard.outcome': 'unavailable',
      'dpop_guard.reason': 'revocation_unavailable',
      'dpop_guard.status': 503,
    },
  ])
  expect(spans.map(({ status }) => status.code)).toEqual([
    SpanStatusCode.UNSET,
    SpanStatusCode.UNSET,
    SpanStatusCode.ERROR,
  ])
  for (const { parentSpanContext } of spans) expect(parentSpanContext?.spanId).toBe(parent.spanContext().spanId)
  const shown = JSON.stringify(spans.map(({ attributes, events, status }) => ({ attributes, events, status })))
  expect(secretsOf(good).filter((secret) => shown.includes(secret))).toEqual([])
})

test.each(Object.entries(everyHost))(
  'on %s, a check is one span below that of its request, and so is a log line of its event',
  async (_, createHost) => {
    const exporter = startTracing()
    const requests: Span[] = []
    const active: (string | undefined)[] = []
    const logEvent = () => void active.push(trace.getActiveSpan()?.spanContext().spanId)
    const { accepted, rejected } = diagnosticsChannels
    for (const channel of [accepted, rejected]) {
      subscribe(channel, logEvent)
      onTestFinished(() => void unsubscribe(channel, logEvent))
    }
    const api = await startApi(async (scene) => {
      const answer = await createHost(createGuard({ ...scene, credentials: 'required' }))
      return (request, response) => {
        const span = trace.getTracer('test').startSpan('GET /orders')
        requests.push(span)
        context.with(trace.setSpan(context.active(), span), () => answer(request, response))
      }
    })
    expect((await api.call('GET', '/orders')).status).toBe(200)
    expect((await api.send('GET', '/orders')).status).toBe(401)
    const spans = exporter.getFinishedSpans()
    expect(spans.map(({ attributes }) => attributes['dpop_guard.outcome'])).toEqual(['accepted', 'rejected'])
    const ids = requests.map((span) => span.spanContext().spanId)
    expect(spans.map(({ parentSpanContext }) => parentSpanContext?.spanId)).toEqual(ids)
    expect(active).toEqual(ids)
  },
)

test('a process without an SDK works as before, and spans end when the collection is stopped', async () => {
  const stop = collectSpans()
  const { guard, request } = createScene()
  expect(await guard.check(request())).toMatchObject({ accepted: true })
  stop()
  const exporter = startTracing()
  await guard.check(request())
  expect(exporter.getFinishedSpans()).toHaveLength(1)
})
