/** Projects whose own code is CommonJS. The packages are ES modules, which plain `require()` cannot load. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { installConsumer } from './consumer-project.js'
import { makeTemporaryDirectory, pack, readDevDependencies, root, run } from './packed.js'

const files = fileURLToPath(new URL('./commonjs', import.meta.url))
/** The first run on a machine downloads jest and ts-jest. Milliseconds. */
const installTimeout = 180_000
const directory = await makeTemporaryDirectory()
let path: string

beforeAll(async () => {
  const versions = await readDevDependencies()
  const names = ['express', 'koa', 'fastify', 'supertest', 'oauth4webapi', '@types/express', '@types/koa']
  const own = [...names, '@types/node', '@types/supertest'].map((name) => [name, versions[name] ?? ''])
  path = await installConsumer({
    directory: directory.path,
    name: 'commonjs',
    files,
    tarballs: await pack(directory.path),
    packages: ['core', 'express', 'koa', 'fastify', 'testing'],
    others: {
      ...Object.fromEntries(own),
      jest: '30.5.2',
      '@jest/globals': '30.5.2',
      'ts-jest': '29.4.15',
      // ts-jest supports no newer major.
      typescript: '5.9.3',
    },
  })
}, installTimeout)
afterAll(directory.remove)

/** The jest settings on the page on testing. */
async function readDocumentedSettings(): Promise<Record<string, unknown>> {
  const page = await readFile(join(root, 'packages/testing/README.md'), 'utf8')
  const settings = /## Jest in CommonJS.*?```json\n(.*?)```/s.exec(page)?.[1]
  if (settings === undefined) throw new Error('the page on testing has no settings for jest')
  return JSON.parse(settings).jest
}

/** The output of jest for the specs of the project. All must pass. */
async function runJest(settings: Record<string, unknown>): Promise<string> {
  await writeFile(join(path, 'jest.config.json'), JSON.stringify(settings))
  const { VITEST, VITEST_MODE, NODE_OPTIONS, ...outer } = process.env
  const args = ['node_modules/jest/bin/jest.js', '--cacheDirectory', join(path, '.cache')]
  const { stdout, stderr } = await run(process.execPath, args, {
    cwd: path,
    env: { ...outer, NO_COLOR: '1' },
    timeout: 200_000,
    maxBuffer: 16 * 1024 * 1024,
  })
  return stdout + stderr
}

test('a CommonJS application passes under jest and ts-jest, with the settings of the page on testing', async () => {
  expect(await runJest(await readDocumentedSettings())).toMatch(/Tests: +4 passed/)
})

test('a CommonJS host without require() of ES modules loads the guard with import()', async () => {
  const args = ['--no-experimental-require-module', 'lambda.cjs']
  const { stdout, stderr } = await run(process.execPath, args, { cwd: path, timeout: 100_000 })
  expect({ stdout, stderr }).toEqual({ stdout: '401', stderr: '' })
})
