import { cp, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  installPacked,
  makeTemporaryDirectory,
  type PackageName,
  pack,
  packageNames,
  readDevDependencies,
  root,
  run,
} from './packed.js'

const consumer = fileURLToPath(new URL('./consumer', import.meta.url))
const tsc = join(root, 'node_modules/.bin/tsc')
/** The first run on a machine downloads the frameworks. Milliseconds. */
const installTimeout = 180_000
const directory = await makeTemporaryDirectory()
let tarballs: Record<PackageName, string>

beforeAll(async () => {
  tarballs = await pack(directory.path)
}, installTimeout)
afterAll(directory.remove)

/** Makes a project with the packed packages and these others, as a user would. Gives its path. */
async function install(name: string, packages: readonly PackageName[], dependencies: Record<string, string>) {
  const path = join(directory.path, name)
  await mkdir(path)
  await cp(consumer, path, { recursive: true })
  await installPacked({ path, tarballs, packages, dependencies })
  return path
}

/** Runs a program of the project. It has to exit with 0 and write nothing to stderr. */
async function runProgram(path: string, args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await run(process.execPath, [...args], { cwd: path, timeout: 20_000 })
  expect(stderr).toBe('')
  return stdout
}

/** Compiler errors of one program of the project; empty where it compiles. */
async function compile(path: string, file: string, options: Record<string, boolean>): Promise<string> {
  const config = join(path, `tsconfig.${file}.${Object.values(options).join('.')}.json`)
  const compilerOptions = {
    target: 'es2023',
    lib: ['es2023'],
    module: 'nodenext',
    types: ['node'],
    strict: true,
    noEmit: true,
    skipLibCheck: false,
    ...options,
  }
  await writeFile(config, JSON.stringify({ compilerOptions, files: [file] }))
  return run(tsc, ['-p', config, '--pretty', 'false'], { cwd: path }).then(
    () => '',
    ({ stdout }: { stdout: string }) => stdout,
  )
}

const exactness = [{ exactOptionalPropertyTypes: true }, { exactOptionalPropertyTypes: false }]

describe('a project with the newest frameworks', () => {
  let path: string
  beforeAll(async () => {
    const versions = await readDevDependencies()
    const names = [
      'oauth4webapi',
      'express',
      'koa',
      '@koa/router',
      'fastify',
      '@types/express',
      '@types/koa',
      '@types/node',
    ]
    path = await install('newest', packageNames, Object.fromEntries(names.map((name) => [name, versions[name] ?? ''])))
  }, installTimeout)

  test.each(['express.mjs', 'express.cjs', 'koa.mjs', 'koa.cjs', 'fastify.mjs', 'fastify.cjs'])(
    'runs %s: the guard asks for credentials, and the process ends by itself',
    async (file) => {
      expect(await runProgram(path, [file])).toBe('')
    },
  )

  test('can require() each entry point of each package, and gets what import gives', async () => {
    const names = packageNames.map((name) => `@dpop-guard/${name}`)
    const entryPoints = await runProgram(path, ['entry-points.cjs', ...names])
    expect(entryPoints.trimEnd().split('\n')).toEqual([
      '@dpop-guard/core',
      '@dpop-guard/core/introspection',
      '@dpop-guard/core/plugin',
      '@dpop-guard/core/replay-store-contract',
      '@dpop-guard/express',
      '@dpop-guard/express/req-auth',
      '@dpop-guard/koa',
      '@dpop-guard/fastify',
      '@dpop-guard/redis',
    ])
  })

  describe.each(exactness)('with %o', (exact) => {
    test.each(['express.mts', 'express-req-auth.mts', 'fastify.mts'])(
      'compiles %s, types of libraries included',
      async (file) => {
        expect(await compile(path, file, exact)).toBe('')
      },
    )

    // skipLibCheck: @types/koa 3.0.3 names a member that its own dependency, content-disposition, no longer has.
    test.each(['koa.mts', 'koa-router.mts'])('compiles %s', async (file) => {
      expect(await compile(path, file, { ...exact, skipLibCheck: true })).toBe('')
    })

    test('compiles koa-middleware.mts', async () => {
      expect(await compile(path, 'koa-middleware.mts', { ...exact, skipLibCheck: true })).toBe('')
    })
  })
})

describe('a project with the oldest majors', () => {
  let path: string
  beforeAll(async () => {
    const versions = await readDevDependencies()
    const aliased = (name: string) => versions[name]?.split('@').at(-1) ?? ''
    path = await install('oldest', ['core', 'express', 'koa'], {
      express: aliased('express4'),
      koa: aliased('koa2'),
      '@types/express': '4.17.25',
      '@types/koa': '2.15.2',
      '@types/node': versions['@types/node'] ?? '',
    })
  }, installTimeout)

  test.each(['express.mjs', 'express.cjs', 'koa.mjs', 'koa.cjs'])(
    'runs %s: the guard asks for credentials, and the process ends by itself',
    async (file) => {
      expect(await runProgram(path, [file])).toBe('')
    },
  )

  describe.each(exactness)('with %o', (exact) => {
    test.each(['express.mts', 'express-req-auth.mts'])('compiles %s, types of libraries included', async (file) => {
      expect(await compile(path, file, exact)).toBe('')
    })

    test('compiles koa.mts', async () => {
      expect(await compile(path, 'koa.mts', exact)).toBe('')
    })
  })
})
