/** Applications and suites as Nest's own templates set them up: CommonJS, ts-jest, `emitDecoratorMetadata`. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Validator } from '@seriousme/openapi-schema-validator'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { installConsumer } from './consumer-project.js'
import { makeTemporaryDirectory, type PackageName, pack, readDevDependencies, root, run } from './packed.js'

const files = fileURLToPath(new URL('./nest-template', import.meta.url))
/** The first run on a machine downloads Nest and jest. Milliseconds. */
const installTimeout = 900_000
const directory = await makeTemporaryDirectory()
let tarballs: Record<PackageName, string>

beforeAll(async () => {
  tarballs = await pack(directory.path)
}, installTimeout)
afterAll(directory.remove)

interface Template {
  name: string
  nest: Record<string, string>
  typescript: string
  /** Options of Node. */
  args: readonly string[]
  settings(): Promise<object>
}

/** The jest settings on the page on Jest, which are those of the template and one more. */
async function readDocumentedSettings(): Promise<object> {
  const page = await readFile(join(root, 'packages/core/docs/jest.md'), 'utf8')
  const settings = /## Jest in CommonJS.*?```json\n(.*?)```/s.exec(page)?.[1]
  if (settings === undefined) throw new Error('the page on Jest has no settings')
  return JSON.parse(settings).jest
}

const nest11: Template = {
  name: 'Nest 11',
  nest: {
    common: '11.2.10',
    core: '11.2.10',
    'platform-express': '11.2.10',
    'platform-fastify': '11.2.8',
    testing: '11.2.6',
    swagger: '11.4.0',
  },
  typescript: '5.9.3',
  args: [],
  settings: readDocumentedSettings,
}

/** Nest 12 is ES modules itself. Jest can `require()` them from Node 24.9 on, and needs no other setting then. */
const nest12: Template = {
  name: 'Nest 12',
  nest: {
    common: '12.5.1',
    core: '12.5.1',
    'platform-express': '12.5.0',
    'platform-fastify': '12.5.0',
    testing: '12.1.1',
    swagger: '12.0.2',
  },
  typescript: '6.0.3',
  args: ['--experimental-vm-modules'],
  settings: async () => ({
    rootDir: '.',
    testRegex: '.*\\.spec\\.ts$',
    testEnvironment: 'node',
    moduleFileExtensions: ['js', 'json', 'ts'],
    transform: { '^.+\\.(t|j)s$': 'ts-jest' },
  }),
}

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const templates = major > 24 || (major === 24 && minor >= 9) ? [nest11, nest12] : [nest11]

describe.each(templates)('the template of $name', ({ name, nest, typescript, args, settings }) => {
  let path: string

  beforeAll(async () => {
    const versions = await readDevDependencies()
    const others = ['reflect-metadata', 'rxjs', 'supertest', 'oauth4webapi', '@types/supertest', '@types/node']
    path = await installConsumer({
      directory: directory.path,
      name: name.replace(' ', '-'),
      files,
      tarballs,
      packages: ['core', 'nestjs', 'testing'],
      others: {
        ...Object.fromEntries(Object.entries(nest).map(([key, version]) => [`@nestjs/${key}`, version])),
        ...Object.fromEntries(others.map((key) => [key, versions[key] ?? ''])),
        jest: '30.5.2',
        '@types/jest': '30.0.0',
        'ts-jest': '29.4.15',
        typescript,
      },
    })
    await writeFile(join(path, 'jest.config.json'), JSON.stringify(await settings()))
  }, installTimeout)

  const { VITEST, VITEST_MODE, NODE_OPTIONS, ...outer } = process.env
  const runIn = (command: readonly string[]) =>
    run(process.execPath, [...command], {
      cwd: path,
      env: { ...outer, NO_COLOR: '1', PORT: '0' },
      timeout: 600_000,
      maxBuffer: 16 * 1024 * 1024,
    })

  test('passes under jest', async () => {
    const command = [...args, 'node_modules/jest/bin/jest.js', '--cacheDirectory', join(path, '.cache')]
    const { stdout, stderr } = await runIn(command)
    expect(stdout + stderr).toMatch(/Tests: +6 passed/)
    const descriptions = [...stdout.matchAll(/^description: (.*)$/gm)].map(([, text = '']) => JSON.parse(text))
    expect(descriptions).toHaveLength(2)
    for (const one of descriptions) expect(await new Validator().validate(one)).toMatchObject({ valid: true })
  })

  test('compiles to CommonJS, and starts', async () => {
    await runIn(['node_modules/typescript/bin/tsc', '-p', '.'])
    const { stdout, stderr } = await runIn(['dist/src/main.js'])
    expect({ stdout, stderr }).toEqual({ stdout: '401 DPoP algs="ES256 PS256 Ed25519 EdDSA"', stderr: '' })
  })
})
