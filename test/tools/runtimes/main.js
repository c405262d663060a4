// @ts-check
// Runs tests on each runtime: `npm run test:runtimes`, `npm run test:runtimes -- --quick`, `npm run test:runtimes -- http2`.
// Arguments go to vitest. The runtimes have their own manifest and lock file, so that a normal install does not include them.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url))
const root = fileURLToPath(new URL('../../..', import.meta.url))

const runtimes = ['node20', 'node22', 'node24'].map((name) => ({ name, path: `${here}node_modules/${name}/bin/node` }))
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
]

const args = process.argv.slice(2)
const isQuick = args.includes('--quick')
const filters = isQuick ? quick : args

install()
const reports = mkdtempSync(join(tmpdir(), 'dpop-guard-runtimes-'))
try {
  const rows = runtimes.map(run).filter((row) => row !== undefined)
  console.table(rows)
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

/** @param {{ name: string, path: string }} runtime */
function run({ name, path }) {
  const version = spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout.trim()
  // `npm test` runs on this one.
  if (isQuick && version.split('.')[0] === process.version.split('.')[0]) return undefined

  console.log(`\n== ${name} ${version}`)
  const report = join(reports, `${name}.json`)
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const reporters = ['--reporter=dot', '--reporter=json', `--outputFile.json=${report}`]
  const chosen = projects.flatMap((project) => ['--project', project])
  const started = performance.now()
  const { status } = spawnSync(
    path,
    [vitest, 'run', '--config', 'vitest.workspace.ts', ...chosen, ...reporters, ...filters],
    {
      cwd: root,
      stdio: 'inherit',
      // For programs that the tests start by name.
      env: { ...process.env, PATH: `${dirname(path)}${delimiter}${process.env.PATH}` },
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
