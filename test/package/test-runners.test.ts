import { fileURLToPath } from 'node:url'
import { invalidRequests } from '@dpop-guard/testing/invalid-requests'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compile, installConsumer } from './consumer-project.js'
import { makeTemporaryDirectory, pack, readDevDependencies, run } from './packed.js'

const files = fileURLToPath(new URL('./suites', import.meta.url))
/** The number of tests: one for each invalid request, and one for a valid one. */
const testCount = Object.keys(invalidRequests).length + 1
/** The first run on a machine downloads the runners. Milliseconds. */
const installTimeout = 900_000
const directory = await makeTemporaryDirectory()
let path: string

beforeAll(async () => {
  const tarballs = await pack(directory.path)
  const versions = await readDevDependencies()
  const own = ['express', 'vitest', '@types/node'].map((name) => [name, versions[name] ?? ''])
  // Not a dependency of the repository, because it has twice as many packages as all the others.
  const others = { ...Object.fromEntries(own), jest: '30.5.2', '@jest/globals': '30.5.2' }
  path = await installConsumer({
    directory: directory.path,
    name: 'runners',
    files,
    tarballs,
    packages: ['core', 'express', 'testing', 'inspect'],
    others,
  })
}, installTimeout)
afterAll(directory.remove)

/** The output of a runner, from both streams. It must exit with 0. */
async function runSuite(command: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const { VITEST, VITEST_MODE, NODE_OPTIONS, ...outer } = process.env
  const { stdout, stderr } = await run(process.execPath, [...command], {
    cwd: path,
    env: { ...outer, ...env, NO_COLOR: '1' },
    timeout: 600_000,
    maxBuffer: 16 * 1024 * 1024,
  })
  return stdout + stderr
}

const jest = (file: string) => [
  '--experimental-vm-modules',
  'node_modules/jest/bin/jest.js',
  '--rootDir=.',
  '--testMatch',
  `**/${file}`,
]

describe("a user's suite, with each invalid request", () => {
  test('passes under vitest', async () => {
    const output = await runSuite(['node_modules/vitest/vitest.mjs', 'run', '--reporter=default', 'vitest.test.mjs'])
    expect(output).toMatch(new RegExp(`Tests +${testCount} passed`))
  })

  test('passes under jest, as an ES module', async () => {
    expect(await runSuite(jest('jest.test.mjs'))).toMatch(new RegExp(`Tests: +${testCount} passed`))
  })

  test('passes under jest, as CommonJS', async () => {
    expect(await runSuite(jest('jest.test.cjs'))).toMatch(/Tests: +2 passed/)
  })

  test('passes under node:test', async () => {
    expect(await runSuite(['--test', 'node.test.mjs'])).toMatch(new RegExp(`pass ${testCount}\n`))
  })

  test('passes under node:test, as CommonJS', async () => {
    expect(await runSuite(['--test', 'node.test.cjs'])).toMatch(/pass 2\n/)
  })

  test.each([{ exactOptionalPropertyTypes: true }, { exactOptionalPropertyTypes: false }])(
    'compiles with %o, types of libraries included',
    async (exactness) => {
      expect(await compile(path, 'types.test.mts', exactness)).toBe('')
    },
  )
})

test('the command is installed under its name', async () => {
  const bin = `${path}/node_modules/.bin/dpop-inspect`
  const { stdout } = await run(bin, ['--help'])
  expect(stdout).toContain('dpop-inspect proof [PROOF]')
  await expect(run(bin, ['a.b', '--url', 'https://api.example.com/'])).rejects.toMatchObject({ code: 1 })
  await expect(run(bin, ['--nope'])).rejects.toMatchObject({ code: 2, stdout: '' })
})
