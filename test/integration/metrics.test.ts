/** The metrics of examples/metrics, for requests with every outcome. */
import { createGuard, failures, memoryReplayStore, type ReplayStore } from '@dpop-guard/core'
import { admit, readPluginOptions } from '@dpop-guard/core/plugin'
import { metrics } from '@opentelemetry/api'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { Registry } from 'prom-client'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { createApp } from '../../examples/metrics/app.js'
import { collectMetrics as collectOpenTelemetry } from '../../examples/metrics/opentelemetry.js'
import { collectMetrics as collectPrometheus } from '../../examples/metrics/prometheus.js'
import { everyHost } from '../support/every-host.js'
import { createScene, now, outcome, type Scene } from '../support/guard-scene.js'
import { startApi } from '../support/guarded-api.js'
import { sendRequest } from '../support/raw-http.js'

/** The clock of a client that is wrong by years. */
const epoch = 0

/** Sends what is accepted, rejected, replayed and undecidable. Returns everything that was sent or that names a client. */
async function sendEveryOutcome(): Promise<{ scene: Scene; secrets: string[] }> {
  const memory = memoryReplayStore({ clock: () => now })
  const replay: ReplayStore = { addIfAbsent: (...claim) => memory.addIfAbsent(...claim) }
  const scene = createScene({ mode: 'bearer-and-dpop', replayStore: replay })
  const { guard, request, mint, client } = scene
  const used = request({ proof: { now: now - 7 } })
  const bearer = mint({ cnf: undefined })
  const requests = [
    used,
    request({ proof: { now: now - 0.5 } }),
    request({ proof: { now: now + 20 } }),
    { method: 'GET', target: '/orders', headers: ['Host', 'api.example.com', 'Authorization', `Bearer ${bearer}`] },
    used,
    used,
    request({ proof: { now: now - 61 } }),
    request({ proof: { now: now + 45 } }),
    request({ proof: { now: epoch } }),
    request({ proof: { url: 'https://other.example/orders' } }),
    { method: 'GET', target: '/orders', headers: ['Host', 'api.example.com'] },
    { method: 'x'.repeat(20), target: '/orders', headers: ['Host', 'api.example.com'] },
  ]
  const outcomes = []
  for (const one of requests) outcomes.push(await outcome(guard, one))
  replay.addIfAbsent = () => Promise.reject(new Error('down'))
  outcomes.push(await outcome(guard, request()))

  expect(outcomes).toEqual([
    ...Array.from({ length: 4 }, () => 'accepted'),
    ...['401 proof_replayed', '401 proof_replayed', '401 proof_expired', '401 proof_from_future', '401 proof_expired'],
    ...['401 proof_htu', '401 credentials_missing', '401 credentials_missing', '503 replay_store_unavailable'],
  ])
  const sent = requests.flatMap(({ headers }) => headers).filter((text) => text.length > 20)
  return { scene, secrets: [...sent, bearer, client.jkt, 'client-1', 'alice', 'other.example', 'x'.repeat(20)] }
}

function startPrometheus(): Registry {
  const register = new Registry()
  onTestFinished(collectPrometheus(register))
  return register
}

/** The series of an exposition that are not at zero. */
const seriesOf = (exposition: string) => exposition.split('\n').filter((line) => /^[^#].* (?!0$)/.test(line))

describe('for Prometheus', () => {
  test('every outcome is counted, and the clocks of clients are seen', async () => {
    const register = startPrometheus()
    await sendEveryOutcome()
    const name = 'dpop_guard_proof_iat_offset_seconds'
    expect(seriesOf(await register.metrics())).toEqual([
      'dpop_guard_accepted_total{scheme="DPoP",enforced="true"} 3',
      'dpop_guard_accepted_total{scheme="Bearer",enforced="true"} 1',
      'dpop_guard_rejected_total{reason="credentials_missing",enforced="true"} 2',
      'dpop_guard_rejected_total{reason="proof_htu",enforced="true"} 1',
      'dpop_guard_rejected_total{reason="proof_expired",enforced="true"} 2',
      'dpop_guard_rejected_total{reason="proof_from_future",enforced="true"} 1',
      'dpop_guard_rejected_total{reason="proof_replayed",enforced="true"} 2',
      'dpop_guard_replays_total 2',
      'dpop_guard_unavailable_total{reason="replay_store_unavailable",enforced="true"} 1',
      // 45 and 20 ahead; 0 twice, 0.5, thrice 7, 61, and the far one, cut to an hour.
      `${name}_bucket{le="-30"} 1`,
      `${name}_bucket{le="-10"} 2`,
      `${name}_bucket{le="-5"} 2`,
      `${name}_bucket{le="-2"} 2`,
      `${name}_bucket{le="0"} 4`,
      `${name}_bucket{le="1"} 5`,
      `${name}_bucket{le="2"} 5`,
      `${name}_bucket{le="5"} 5`,
      `${name}_bucket{le="10"} 8`,
      `${name}_bucket{le="30"} 8`,
      `${name}_bucket{le="60"} 8`,
      `${name}_bucket{le="120"} 9`,
      `${name}_bucket{le="300"} 9`,
      `${name}_bucket{le="+Inf"} 10`,
      `${name}_sum ${-45 - 20 + 0.5 + 3 * 7 + 61 + 3600}`,
      `${name}_count 10`,
    ])
  })

  test('labels are schemes, reasons and enforced, and never hold a value from a client', async () => {
    const register = startPrometheus()
    const { secrets } = await sendEveryOutcome()
    const exposition = await register.metrics()
    const labels = [...exposition.matchAll(/[{,](\w+)="([^"]*)"/g)].map(([, label, value]) => ({ label, value }))
    expect(new Set(labels.map(({ label }) => label))).toEqual(new Set(['scheme', 'reason', 'enforced', 'le']))
    for (const { label, value = '' } of labels) {
      if (label === 'reason') expect(Object.keys(failures)).toContain(value)
      if (label === 'scheme') expect(['DPoP', 'Bearer', 'none']).toContain(value)
      if (label === 'enforced') expect(['true', 'false']).toContain(value)
    }
    for (const secret of secrets) expect(exposition).not.toContain(secret)
  })

  test('more clients, keys and methods do not add series', async () => {
    const register = startPrometheus()
    await sendEveryOutcome()
    const count = async () => (await register.metrics()).split('\n').length
    const before = await count()
    for (let index = 0; index < 20; index++) {
      const { guard, request } = createScene()
      await guard.check(request({ method: `M${index}`, token: { client_id: `client-${index}` } }))
      await guard.check(request({ method: `M${index}`, proof: { url: `https://${index}.example/` } }))
    }
    expect(await count()).toBe(before)
  })

  test('every reason has a series from the start', async () => {
    const exposition = await startPrometheus().metrics()
    for (const [reason, { status }] of Object.entries(failures)) {
      const name = status === 503 ? 'dpop_guard_unavailable_total' : 'dpop_guard_rejected_total'
      expect(exposition).toContain(`${name}{reason="${reason}",enforced="true"} 0\n`)
      expect(exposition).toContain(`${name}{reason="${reason}",enforced="false"} 0\n`)
    }
  })

  test('requests that only a report rejected have enforced="false"', async () => {
    vi.spyOn(process, 'emitWarning').mockReturnValue()
    onTestFinished(() => void vi.restoreAllMocks())
    const register = startPrometheus()
    const plugin = readPluginOptions({ ...createScene().options, reportOnly: true })
    await admit(plugin, { method: 'GET', target: '/orders', headers: [] }, {})
    const line = 'dpop_guard_rejected_total{reason="credentials_missing",enforced="false"} 1'
    expect(seriesOf(await register.metrics())).toEqual([line])
  })

  test('an access without credentials, where none are needed, has the scheme "none"', async () => {
    const register = startPrometheus()
    const { guard } = createScene({ credentials: 'optional' })
    const request = { method: 'GET', target: '/orders', headers: ['Host', 'api.example.com'] }
    expect(await outcome(guard, request)).toBe('accepted')
    expect(seriesOf(await register.metrics())).toEqual(['dpop_guard_accepted_total{scheme="none",enforced="true"} 1'])
  })

  test('the app serves them beside its guarded route', async () => {
    const register = startPrometheus()
    const api = await startApi((scene) => createApp(register, scene))
    expect((await api.call('GET', '/orders')).status).toBe(200)
    expect((await api.send('GET', '/orders')).status).toBe(401)
    const scraped = await api.send('GET', '/metrics')
    expect(scraped.status).toBe(200)
    expect(scraped.header('Content-Type')).toEqual([expect.stringMatching(/^text\/plain; version=0\.0\.4/)])
    expect(scraped.body).toContain('\ndpop_guard_accepted_total{scheme="DPoP",enforced="true"} 1\n')
    expect(scraped.body).toContain('\ndpop_guard_rejected_total{reason="credentials_missing",enforced="true"} 1\n')
  })

  test.each(Object.entries(everyHost))('on %s, each request is counted once', async (_, createHost) => {
    const register = startPrometheus()
    let revocation = async () => false
    const api = await startApi((scene) =>
      createHost(createGuard({ ...scene, credentials: 'required', isRevoked: () => revocation() })),
    )
    const used = api.credentials('GET', '/orders')
    const sendUsed = () => sendRequest({ port: api.port, method: 'GET', target: '/orders', headers: used })
    expect((await sendUsed()).status).toBe(200)
    expect((await sendUsed()).status).toBe(401)
    expect((await api.send('GET', '/orders')).status).toBe(401)
    revocation = () => Promise.reject(new Error('down'))
    expect((await api.call('GET', '/orders')).status).toBe(503)
    const counted = seriesOf(await register.metrics()).filter((line) => line.includes('_total'))
    expect(counted.toSorted()).toEqual([
      'dpop_guard_accepted_total{scheme="DPoP",enforced="true"} 1',
      'dpop_guard_rejected_total{reason="credentials_missing",enforced="true"} 1',
      'dpop_guard_rejected_total{reason="proof_replayed",enforced="true"} 1',
      'dpop_guard_replays_total 1',
      'dpop_guard_unavailable_total{reason="revocation_unavailable",enforced="true"} 1',
    ])
  })

  test('nothing is counted after the collection was stopped', async () => {
    const register = new Registry()
    collectPrometheus(register)()
    await sendEveryOutcome()
    expect(seriesOf(await register.metrics()).filter((line) => !line.endsWith(' 0'))).toEqual([])
  })
})

describe('for OpenTelemetry', () => {
  /** Sets up an SDK as an application does. Returns the metrics that it would export. */
  function startOpenTelemetry() {
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 60_000 })
    const provider = new MeterProvider({ readers: [reader] })
    metrics.setGlobalMeterProvider(provider)
    onTestFinished(async () => {
      metrics.disable()
      await provider.shutdown()
    })
    onTestFinished(collectOpenTelemetry())
    return async () => {
      await provider.forceFlush()
      const scopes = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics)
      expect(scopes.map(({ scope }) => scope.name)).toEqual(['dpop-guard'])
      const points = scopes.flatMap((scope) =>
        scope.metrics.map(({ descriptor, dataPoints }) => [
          descriptor.name,
          dataPoints.map(({ attributes, value }) => ({ attributes, value })),
        ]),
      )
      return Object.fromEntries(points)
    }
  }

  test('every outcome is counted, and the clocks of clients are seen', async () => {
    const read = startOpenTelemetry()
    const { secrets } = await sendEveryOutcome()
    const recorded = await read()
    const histogram = (count: number, sum: number, counts: number[]) => [
      { attributes: {}, value: expect.objectContaining({ count, sum, buckets: expect.objectContaining({ counts }) }) },
    ]
    expect(recorded).toEqual({
      'dpop_guard.accepted': [
        { attributes: { scheme: 'DPoP', enforced: true }, value: 3 },
        { attributes: { scheme: 'Bearer', enforced: true }, value: 1 },
      ],
      'dpop_guard.rejected': [
        { attributes: { reason: 'proof_replayed', enforced: true }, value: 2 },
        { attributes: { reason: 'proof_expired', enforced: true }, value: 2 },
        { attributes: { reason: 'proof_from_future', enforced: true }, value: 1 },
        { attributes: { reason: 'proof_htu', enforced: true }, value: 1 },
        { attributes: { reason: 'credentials_missing', enforced: true }, value: 2 },
      ],
      'dpop_guard.replays': [{ attributes: {}, value: 2 }],
      'dpop_guard.unavailable': [{ attributes: { reason: 'replay_store_unavailable', enforced: true }, value: 1 }],
      'dpop_guard.proof.age': histogram(8, 0.5 + 3 * 7 + 61 + 3600, [2, 1, 0, 0, 3, 0, 0, 1, 0, 1]),
      'dpop_guard.proof.ahead': histogram(2, 65, [0, 0, 0, 1, 1, 0, 0]),
    })
    for (const secret of secrets) expect(JSON.stringify(recorded)).not.toContain(secret)
  })

  test('a process without an SDK works as before', async () => {
    onTestFinished(collectOpenTelemetry())
    await sendEveryOutcome()
  })
})
