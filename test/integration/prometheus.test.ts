/** The dashboard and the alerts of examples/metrics, and the queries of the documentation. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { failures } from '@dpop-guard/core'
import { Registry } from 'prom-client'
import { describe, expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import { collectMetrics } from '../../examples/metrics/prometheus.js'
import { documents } from '../docs/documents.js'
import { promtoolIsMissing, runPromtool, skippedWithoutPromtool } from '../support/promtool.js'

const root = fileURLToPath(new URL('../../', import.meta.url))
const read = (path: string) => readFileSync(`${root}${path}`, 'utf8')
const alertsFile = `${root}examples/metrics/alerts.yml`

interface Panel {
  title: string
  description: string
  targets: { expr: string; legendFormat: string }[]
}
interface Rule {
  alert: string
  expr: string
  annotations: { summary: string; description: string }
}

const panels: Panel[] = JSON.parse(read('examples/metrics/dashboard.json')).panels
const rules: Rule[] = parse(read('examples/metrics/alerts.yml')).groups.flatMap(({ rules }: { rules: Rule[] }) => rules)
const documented = documents.flatMap((page) =>
  Array.from(read(page).matchAll(/```promql\n(.*?)```/gs), ([, query = '']) => ({ name: page, query: query.trim() })),
)
const queries = [
  ...panels.flatMap(({ title, targets }) =>
    targets.map(({ expr }) => ({ name: `panel "${title}"`, query: expr.replaceAll('$__rate_interval', '5m') })),
  ),
  ...rules.map(({ alert, expr }) => ({ name: `alert ${alert}`, query: expr })),
  ...documented,
]

/** The series that examples/metrics exports: for each name, its labels and, for a label with few values, the values. */
async function exportedSeries(): Promise<Map<string, Set<string>>> {
  const register = new Registry()
  onTestFinished(collectMetrics(register))
  const exported = new Map<string, Set<string>>()
  for (const { name, type, labelNames } of Object.values(await register.getMetricsAsJSON()).map((metric) => ({
    ...metric,
    labelNames: (register.getSingleMetric(metric.name) as unknown as { labelNames: string[] }).labelNames,
  }))) {
    if (String(type) !== 'histogram') exported.set(name, new Set(labelNames))
    else for (const suffix of ['bucket', 'sum', 'count']) exported.set(`${name}_${suffix}`, new Set(['le']))
  }
  return exported
}

test('there are queries in the dashboard, the alerts and the documentation', () => {
  expect(panels.length).toBeGreaterThan(5)
  expect(rules.length).toBeGreaterThan(4)
  expect(documented.length).toBeGreaterThan(3)
  for (const { targets } of panels) expect(targets.length).toBeGreaterThan(0)
})

test.each(queries)('$name asks for series and labels that exist', async ({ query }) => {
  const exported = await exportedSeries()
  const selectors = [...query.matchAll(/\b(dpop_guard_\w+)(?:\{([^}]*)\})?/g)]
  expect(selectors.length).toBeGreaterThan(0)
  for (const [, name = '', matchers = ''] of selectors) {
    const labels = exported.get(name)
    expect(labels, name).toBeDefined()
    for (const [, label = '', values = ''] of matchers.matchAll(/(\w+)=~?"([^"]*)"/g)) {
      expect([...(labels ?? [])]).toContain(label)
      const known = { reason: Object.keys(failures), scheme: ['DPoP', 'Bearer', 'none'], enforced: ['true', 'false'] }
      for (const value of values.split('|')) expect(known[label as keyof typeof known]).toContain(value)
    }
  }
  for (const [, label = ''] of query.matchAll(/\bby \((\w+)\)/g)) {
    expect(['reason', 'scheme', 'enforced', 'le']).toContain(label)
  }
})

test('the legend of a panel names labels that its query keeps', () => {
  for (const { expr, legendFormat } of panels.flatMap(({ targets }) => targets)) {
    for (const [, label = ''] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) expect(expr).toContain(`by (${label})`)
  }
})

test('the picture in the documentation has every panel of the dashboard', () => {
  const picture = read('packages/core/docs/images/dashboard.svg')
  for (const { title } of panels) expect(picture).toContain(`>${title}</text>`)
})

describe.skipIf(promtoolIsMissing)(`in Prometheus${skippedWithoutPromtool}`, () => {
  function temporaryFile(name: string, content: object): string {
    const folder = mkdtempSync(join(tmpdir(), 'dpop-guard-prometheus-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const file = join(folder, name)
    writeFileSync(file, JSON.stringify(content))
    return file
  }

  test('every query is PromQL', async () => {
    const recorded = queries.map(({ query }, index) => ({ record: `query:${index}`, expr: query }))
    const file = temporaryFile('queries.yml', { groups: [{ name: 'queries', rules: recorded }] })
    expect(await runPromtool('check', 'rules', file)).toContain(`SUCCESS: ${queries.length} rules found`)
  })

  test('a mistake in a query is found', async () => {
    const file = temporaryFile('wrong.yml', { groups: [{ name: 'wrong', rules: [{ record: 'a', expr: 'sum(' }] }] })
    await expect(runPromtool('check', 'rules', file)).rejects.toThrow()
  })

  const accepted = 'dpop_guard_accepted_total{scheme="DPoP",enforced="true"}'
  const rejected = (reason: string, enforced = true) =>
    `dpop_guard_rejected_total{reason="${reason}",enforced="${enforced}"}`
  /** So many more at each step. */
  const each = (count: number, steps = 60) => `0+${count}x${steps}`

  const cases: [alert: string, series: Record<string, string>, fires: boolean, step?: string][] = [
    [
      'DpopGuardUnavailable',
      { 'dpop_guard_unavailable_total{reason="keys_unavailable",enforced="true"}': each(1) },
      true,
    ],
    [
      'DpopGuardUnavailable',
      { 'dpop_guard_unavailable_total{reason="keys_unavailable",enforced="true"}': each(0) },
      false,
    ],
    [
      'DpopGuardUnavailable',
      { 'dpop_guard_unavailable_total{reason="keys_unavailable",enforced="false"}': each(1) },
      false,
    ],
    ['DpopGuardRejectsMost', { [accepted]: each(10), [rejected('token_expired')]: each(11) }, true],
    ['DpopGuardRejectsMost', { [accepted]: each(11), [rejected('token_expired')]: each(10) }, false],
    ['DpopGuardWrongUrl', { [accepted]: each(100), [rejected('proof_htu')]: each(6) }, true],
    ['DpopGuardWrongUrl', { [accepted]: each(100), [rejected('proof_htu')]: each(4) }, false],
    [
      'DpopGuardWrongClocks',
      { [accepted]: each(100), [rejected('proof_from_future')]: each(3), [rejected('proof_expired')]: each(3) },
      true,
    ],
    [
      'DpopGuardWrongClocks',
      { [accepted]: each(100), [rejected('proof_from_future', false)]: each(30), [rejected('proof_expired')]: each(3) },
      false,
    ],
    ['DpopGuardStolenTokens', { [rejected('token_key_mismatch')]: each(2) }, true],
    ['DpopGuardStolenTokens', { [rejected('token_key_mismatch')]: each(1) }, false],
    [
      'DpopGuardReportsOnly',
      {
        [rejected('token_typ', false)]: each(1, 500),
        'dpop_guard_accepted_total{scheme="DPoP",enforced="false"}': each(1, 500),
      },
      true,
      '30m',
    ],
    ['DpopGuardReportsOnly', { [rejected('token_typ', true)]: each(1, 500), [accepted]: each(1, 500) }, false, '30m'],
  ]

  test.each(cases)('%s with %o fires: %s', async (alert, series, fires, step = '1m') => {
    const time = step === '1m' ? '40m' : '10d'
    const input = Object.entries(series).map(([name, values]) => ({ series: name, values }))
    const expr = `count(ALERTS{alertname="${alert}",alertstate="firing"}) or vector(0)`
    const file = temporaryFile('alerts.test.yml', {
      rule_files: [alertsFile],
      evaluation_interval: step,
      tests: [
        {
          interval: step,
          input_series: input,
          promql_expr_test: [{ expr, eval_time: time, exp_samples: [{ labels: '{}', value: fires ? 1 : 0 }] }],
        },
      ],
    })
    expect(await runPromtool('test', 'rules', file)).toContain('SUCCESS')
  })

  test('each alert is tested to fire and not to fire', () => {
    for (const fires of [true, false]) {
      const tested = cases.filter((one) => one[2] === fires).map(([alert]) => alert)
      expect([...new Set(tested)]).toEqual(rules.map(({ alert }) => alert))
    }
  })
})
