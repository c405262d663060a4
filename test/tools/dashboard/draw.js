// @ts-check
// Draws the picture of the Grafana dashboard: node test/tools/dashboard/draw.js. It needs Debian's package "prometheus". The
// queries are those of dashboard.json, and Prometheus evaluates them. The data are invented events of six hours, which the
// module of examples/metrics counts. There is no Grafana: the lines are drawn here.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { writeOpenMetrics } from './events.js'
import { drawDashboard } from './svg.js'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const dashboard = JSON.parse(readFileSync(`${root}examples/metrics/dashboard.json`, 'utf8'))

/** A whole hour, so that the picture is always the same. Seconds. */
const end = 1_800_000_000
const start = end - 6 * 3600
const stepSeconds = 60

const folder = mkdtempSync(join(tmpdir(), 'dpop-guard-dashboard-'))
try {
  writeFileSync(join(folder, 'metrics.txt'), await writeOpenMetrics(start, end, stepSeconds))
  run('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', join(folder, 'metrics.txt'), join(folder, 'data')])
  writeFileSync(join(folder, 'prometheus.yml'), '{}\n')
  const port = await findPort()
  const server = spawn(
    'prometheus',
    [
      `--config.file=${folder}/prometheus.yml`,
      `--storage.tsdb.path=${folder}/data`,
      '--storage.tsdb.retention.time=100y',
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: 'ignore' },
  )
  try {
    await waitFor(`http://127.0.0.1:${port}/-/ready`)
    const panels = []
    for (const panel of dashboard.panels) panels.push({ ...panel, series: await evaluate(port, panel.targets) })
    const file = `${root}packages/core/docs/images/dashboard.svg`
    writeFileSync(file, drawDashboard(dashboard.title, panels, { start, end }))
    process.stdout.write(`${file}\n`)
  } finally {
    server.kill()
  }
} finally {
  rmSync(folder, { recursive: true })
}

/** @param {string} program @param {string[]} args */
function run(program, args) {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program}: ${stderr || error?.message}`)
}

/** @returns {Promise<number>} */
async function findPort() {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** @param {string} url */
async function waitFor(url) {
  for (let tries = 0; tries < 300; tries++) {
    const ready = await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    )
    if (ready) return
    await setTimeout(100)
  }
  throw new Error('Prometheus does not start')
}

/**
 * @param {number} port
 * @param {{ expr: string, legendFormat: string }[]} targets
 */
async function evaluate(port, targets) {
  const series = []
  for (const { expr, legendFormat } of targets) {
    const query = expr.replaceAll('$__rate_interval', '5m')
    const parameters = new URLSearchParams({ query, start: `${start}`, end: `${end}`, step: `${stepSeconds}` })
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/query_range?${parameters}`)
    const { status, data, error } = await response.json()
    if (status !== 'success') throw new Error(`${expr}: ${error}`)
    for (const { metric, values } of data.result) {
      const name = legendFormat.replace(
        /\{\{(\w+)\}\}/g,
        (/** @type {string} */ _, /** @type {string} */ label) => metric[label],
      )
      series.push({ name, points: values.map(([time, value]) => [time, Number(value)]) })
    }
  }
  return series
}
