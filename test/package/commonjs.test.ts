/** Projects whose own code is CommonJS. The packages are ES modules, which plain `require()` cannot load. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { installConsumer } from './consumer-project.js'
import { makeTemporaryDirectory, pack, readDevDependencies, root, run } from './packed.js'

const files = fileURLToPath(new URL('./commonjs', import.meta.url))
/** The first run on a machine downloads jest and ts-jest. Milliseconds. */
const installTimeout = 900_000
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

/** The first block of code in this language in the section "Jest in CommonJS". */
async function readDocumented(language: 'json' | 'ts'): Promise<string> {
  const page = await readFile(join(root, 'packages/core/docs/jest.md'), 'utf8')
  const section = page.split('## Jest in CommonJS')[1]
  const code = section?.split(`\`\`\`${language}\n`)[1]?.split('```')[0]
  if (code === undefined) throw new Error(`the page on Jest has no ${language}`)
  return code
}

/** The output of jest for the specs of the project. All must pass. */
async function runJest(settings: Record<string, unknown>): Promise<string> {
  await writeFile(join(path, 'jest.config.json'), JSON.stringify(settings))
  const { VITEST, VITEST_MODE, NODE_OPTIONS, ...outer } = process.env
  const args = ['node_modules/jest/bin/jest.js', '--cacheDirectory', join(path, '.cache')]
  const { stdout, stderr } = await run(process.execPath, args, {
    cwd: path,
    env: { ...outer, NO_COLOR: '1' },
    timeout: 600_000,
    maxBuffer: 16 * 1024 * 1024,
  })
  return stdout + stderr
}

test('a CommonJS application passes under jest and ts-jest, with the settings and the spec of the page on Jest', async () => {
  await writeFile(join(path, 'src/orders.spec.ts'), await readDocumented('ts'))
  expect(await runJest(JSON.parse(await readDocumented('json')).jest)).toMatch(/Tests: +5 passed/)
})

test('a CommonJS host without require() of ES modules loads the guard with import()', async () => {
  const args = ['--no-experimental-require-module', 'lambda.cjs']
  const { stdout, stderr } = await run(process.execPath, args, { cwd: path, timeout: 600_000 })
  expect({ stdout, stderr }).toEqual({ stdout: '401', stderr: '' })
})
