// @ts-check
// Runs tests on each runtime: `npm run test:runtimes`, `npm run test:runtimes -- --quick`, `npm run test:runtimes -- http2`,
// `npm run test:runtimes -- --only=bun`. Other arguments go to vitest. The runtimes have their own manifest and lock file, so that a normal install does not include them.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url))
const root = fileURLToPath(new URL('../../..', import.meta.url))

/**
 * @typedef {{ name: string, path: string, start: string[], projects: string[], quick: string[], without: Record<string, string> }} Runtime
 * `start`: arguments before those of vitest. `without`: tests that are left out, each with its reason.
 */

const projects = ['unit', 'isolated', 'support', 'attacks', 'integration', 'conformance']
/** Tests that depend most on the runtime: HTTP, HTTP/2, TLS, cryptography and the module loader. */
const quick = [
  'isolated/entry-points',
  'isolated/core/proof/verification-batch',
  'unit/core/access-token/issuer-keys',
  'unit/core/verify-proof',
  'conformance/ml-dsa',
  'support/proof-client',
  'support/raw-http',
  'integration/certificates',
  'integration/express',
  'integration/fastify',
  'integration/http2',
  'integration/koa',
  'integration/nest',
]

/** @type {(name: string, more?: string[]) => Runtime} */
const node = (name, more = []) => ({
  name,
  path: `${here}node_modules/${name}/bin/node`,
  start: [],
  projects,
  quick: [...quick, ...more],
  without: {},
})

/** Node 24 and 26 have ML-DSA, so their attack table has more rows. The quick form runs it on one of them. */
const attackTable = ['attacks/attack-table']

const programs = 'the examples are programs for Node'
const lambda = 'AWS Lambda runs Node'

/** Bun and Deno run the attack table, and what the README of each adapter promises. */
const others = { projects: ['attacks', 'integration', 'hosts'], quick: [...attackTable, 'hosts/web-hosts'] }

/** @type {Runtime[]} */
const runtimes = [
  node('node20'),
  node('node22'),
  node('node24'),
  node('node26', attackTable),
  {
    ...others,
    name: 'bun',
    path: `${here}node_modules/.bin/bun`,
    start: ['--bun'],
    without: {
      'hosts/aws-lambda.test.ts': lambda,
      'hosts/example.test.ts': programs,
      'integration/certificates.test.ts': 'a socket of its node:https server has no certificate of the client',
      'integration/cluster.test.ts': 'a warning of a worker is printed twice',
      'integration/egress-proxy.test.ts': 'fetch takes no dispatcher of undici',
      'integration/examples/**': programs,
    },
  },
  {
    ...others,
    name: 'deno',
    path: `${here}node_modules/.bin/deno`,
    start: ['run', '--allow-all'],
    without: {
      'hosts/aws-lambda.test.ts': lambda,
      'hosts/example.test.ts': programs,
      'integration/audit/adapters.test.ts':
        "Fastify's router calls URL.parse without URL: an uncaught TypeError for a target in absolute-form",
      'integration/examples/**': programs,
    },
  },
]

const args = process.argv.slice(2)
const isQuick = args.includes('--quick')
const only = args.find((argument) => argument.startsWith('--only='))?.slice('--only='.length)
const given = args.filter((argument) => argument !== '--quick' && !argument.startsWith('--only='))

install()
const reports = mkdtempSync(join(tmpdir(), 'dpop-guard-runtimes-'))
try {
  const rows = runtimes
    .filter(({ name }) => only === undefined || name === only)
    .map(run)
    .filter((row) => row !== undefined)
  console.table(rows)
  for (const { name, without } of runtimes) {
    for (const [pattern, reason] of Object.entries(without)) console.log(`not on ${name}: ${pattern} (${reason})`)
  }
  process.exitCode = rows.every(({ result }) => result === 'passed') ? 0 : 1
} finally {
  rmSync(reports, { recursive: true })
}

/** Installs the packages of the lock file, if it has changed since the last time. */
function install() {
  /** @param {string} file */
  const modified = (file) => statSync(`${here}${file}`, { throwIfNoEntry: false })?.mtimeMs ?? 0
  if (modified('node_modules/.package-lock.json') >= modified('package-lock.json')) return
  const { status } = spawnSync('npm', ['ci', '--loglevel=error'], { cwd: here, stdio: ['ignore', 'ignore', 'inherit'] })
  if (status !== 0) process.exit(status ?? 1)
}

/** @param {Runtime} runtime */
function run({ name, path, start, projects, quick, without }) {
  const [version = ''] = spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout.trim().split(' (')
  // `npm test` runs on this one.
  if (isQuick && version.split('.')[0] === process.version.split('.')[0]) return undefined

  console.log(`\n== ${name} ${version}`)
  const report = join(reports, `${name}.json`)
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const reporters = ['--reporter=dot', '--reporter=json', `--outputFile.json=${report}`]
  const chosen = projects.flatMap((project) => ['--project', project])
  const excluded = Object.keys(without).flatMap((pattern) => ['--exclude', `**/${pattern}`])
  const filters = isQuick ? quick : given
  const started = performance.now()
  const { status } = spawnSync(
    path,
    [...start, vitest, 'run', '--config', 'vitest.workspace.ts', ...chosen, ...excluded, ...reporters, ...filters],
    {
      cwd: root,
      stdio: 'inherit',
      // PATH is for programs that the tests start by name. Deno would ask for a newer version, also through the proxy of a test.
      env: { ...process.env, PATH: `${dirname(path)}${delimiter}${process.env.PATH}`, DENO_NO_UPDATE_CHECK: '1' },
    },
  )
  const seconds = Math.round((performance.now() - started) / 1000)
  const { numPassedTests: passed, numFailedTests: failed, numPendingTests: skipped } = readReport(report)
  const result = status === 0 && passed > 0 && skipped === 0 ? 'passed' : 'failed'
  return { runtime: name, version, result, passed, failed, skipped, seconds }
}

/** @param {string} path */
function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0 }
  }
}
