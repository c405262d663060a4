import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import type { Program } from './debian-packages.js'

const programs: Program[] = [
  { binary: 'fake-server', debianPackage: 'fake-server-light', suites: ['test/one', 'test/two'] },
]

interface Apt {
  /** For each of the first calls: the line on stderr with which it fails. All later calls succeed. */
  failures?: string[]
  user?: 'root' | 'somebody'
}

/** Runs `ensurePrograms` without any installed program, with a fake `apt-get`. */
async function ensure({ failures = [], user = 'root' }: Apt): Promise<{ output: string; calls: string[][] }> {
  const folder = await mkdtemp(join(tmpdir(), 'apt-get-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const log = join(folder, 'calls')
  await writeFile(log, '')
  const aptGet = `#!${process.execPath}
    const { appendFileSync, readFileSync, writeFileSync } = require('node:fs')
    const log = ${JSON.stringify(log)}
    const call = readFileSync(log, 'utf8').split('\\n').length - 1
    appendFileSync(log, JSON.stringify(process.argv.slice(2)) + '\\n')
    const failure = ${JSON.stringify(failures)}[call]
    process.stdout.write('Reading package lists...\\n')
    if (failure !== undefined) {
      process.stderr.write(failure + '\\n')
      process.exitCode = 100
    } else if (process.argv.includes('install')) {
      writeFileSync(${JSON.stringify(join(folder, 'fake-server'))}, '', { mode: 0o755 })
    }`
  await writeFile(join(folder, 'apt-get'), aptGet, { mode: 0o755 })
  const script = `
    import { ensurePrograms } from ${JSON.stringify(new URL('./debian-packages.js', import.meta.url))}
    process.getuid = () => ${user === 'root' ? 0 : 1000}
    ensurePrograms(${JSON.stringify(programs)})`
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    env: { PATH: folder },
  })
  expect(stderr).toBe('')
  const calls = (await readFile(log, 'utf8')).trimEnd().split('\n')
  return { output: stdout, calls: calls.filter((call) => call !== '').map((call) => JSON.parse(call)) }
}

const named = (calls: string[][]) => calls.map((call) => (call.includes('install') ? 'install' : 'update'))

test('a missing program is installed, and named before', async () => {
  const { output, calls } = await ensure({})
  expect(output).toBe('installing with apt-get: fake-server-light\n')
  expect(named(calls)).toEqual(['update', 'install'])
  expect(calls[1]).toEqual(expect.arrayContaining(['-y', 'fake-server-light']))
  for (const call of calls) expect(call.join(' ')).toMatch(/-o DPkg::Lock::Timeout=\d+/)
})

test.each([
  'E: Could not get lock /var/lib/apt/lists/lock. It is held by process 1 (apt-get)',
  'E: Unable to lock directory /var/lib/apt/lists/',
  'E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another process using it?',
])('it waits while another apt-get runs: %s', async (locked) => {
  const { output, calls } = await ensure({ failures: [locked] })
  expect(output).toBe('installing with apt-get: fake-server-light\nwaiting for another apt-get\n')
  expect(named(calls)).toEqual(['update', 'update', 'install'])
})

test('package lists that cannot be read again do not stop it', async () => {
  const { output, calls } = await ensure({ failures: ['E: Failed to fetch http://deb.example.com'] })
  expect(output).toBe(
    'installing with apt-get: fake-server-light\napt-get update failed: E: Failed to fetch http://deb.example.com\n',
  )
  expect(named(calls)).toEqual(['update', 'install'])
})

test('when apt-get fails, its last line and the skipped suites are shown', async () => {
  const { output } = await ensure({ failures: ['E: 1', 'W: first\nE: Unable to locate package fake-server-light'] })
  expect(output.split('\n').slice(2)).toEqual([
    'apt-get install failed: E: Unable to locate package fake-server-light',
    'skipped: test/one, test/two. No fake-server here (Debian: apt-get install fake-server-light)',
    '',
  ])
})

test('without root, nothing is installed, and the suites that are skipped are named', async () => {
  const { output, calls } = await ensure({ user: 'somebody' })
  expect(output).toBe(
    'skipped: test/one, test/two. No fake-server here (Debian: apt-get install fake-server-light, or run this as root)\n',
  )
  expect(calls).toEqual([])
})
