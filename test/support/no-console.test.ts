import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))

const files = {
  quiet: "test('t', () => {})",
  log: "test('t', () => console.log('x'))",
  error: "test('t', () => console.error('x'))",
  table: "test('t', () => console.table([1]))",
  assertion: "test('t', () => console.assert(false))",
  'passed-assertion': "test('t', () => console.assert(true))",
  'on-import': "console.log('x')\ntest('t', () => {})",
  'after-all': "afterAll(() => console.log('x'))\ntest('t', () => {})",
  mocked: "test('t', () => { vi.spyOn(console, 'log').mockReturnValue(); console.log('x') })",
  warning: "test('t', () => process.emitWarning('x'))",
  'warning-object': "test('t', () => process.emitWarning(new Error('x')))",
  deprecation: "test('t', () => process.emitWarning('x', 'DeprecationWarning', 'DEP1'))",
  experimental: "test('t', () => process.emitWarning('x', 'ExperimentalWarning'))",
  'experimental-option': "test('t', () => process.emitWarning('x', { type: 'ExperimentalWarning' }))",
}
const rejection = "test('t', async () => { Promise.reject(new Error('x')); await new Promise(setImmediate) })"

let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'no-console-'))
})
afterAll(() => rm(root, { recursive: true }))

/** Runs vitest on the files. Resolves with its exit code and the status of each file. */
async function run(sources: Record<string, string>): Promise<{ code: number; statuses: Record<string, string> }> {
  const directory = await mkdtemp(join(root, 'run-'))
  const names = Object.entries(sources)
  await Promise.all(names.map(([name, source]) => writeFile(join(directory, `${name}.test.js`), source)))
  await writeFile(
    join(directory, 'vitest.config.js'),
    `export default { test: ${JSON.stringify({
      globals: true,
      maxWorkers: 2,
      setupFiles: [path('./no-console.ts')],
      reporters: ['json'],
      outputFile: 'report.json',
    })} }`,
  )
  const vitest = path('../../node_modules/vitest/vitest.mjs')
  const child = spawn(process.execPath, [vitest, 'run', '--root', directory], { stdio: 'ignore' })
  const code = await new Promise<number>((resolve) => child.on('exit', (code) => resolve(code ?? 1)))

  const report = JSON.parse(await readFile(join(directory, 'report.json'), 'utf8'))
  const statuses: Record<string, string> = {}
  for (const { name, status } of report.testResults)
    statuses[name.slice(directory.length + 1, -'.test.js'.length)] = status
  return { code, statuses }
}

test('unexpected output fails its file, and no other file', { timeout: 180_000 }, async () => {
  const passing = ['quiet', 'passed-assertion', 'mocked', 'experimental', 'experimental-option']
  const { code, statuses } = await run(files)
  expect(code).toBe(1)
  expect(statuses).toEqual(
    Object.fromEntries(Object.keys(files).map((name) => [name, passing.includes(name) ? 'passed' : 'failed'])),
  )
})

test('an unhandled rejection fails the run', { timeout: 180_000 }, async () => {
  expect((await run({ rejection })).code).toBe(1)
  expect((await run({ quiet: files.quiet })).code).toBe(0)
})
