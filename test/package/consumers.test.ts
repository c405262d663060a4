import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compile, installConsumer } from './consumer-project.js'
import { makeTemporaryDirectory, type PackageName, pack, packageNames, readDevDependencies, run } from './packed.js'

const consumer = fileURLToPath(new URL('./consumer', import.meta.url))
/** The first run on a machine downloads the frameworks. Milliseconds. */
const installTimeout = 900_000
const directory = await makeTemporaryDirectory()
let tarballs: Record<PackageName, string>

beforeAll(async () => {
  tarballs = await pack(directory.path)
}, installTimeout)
afterAll(directory.remove)

const install = (name: string, packages: readonly PackageName[], others: Record<string, string>) =>
  installConsumer({ directory: directory.path, name, files: consumer, tarballs, packages, others })

/** Runs a program of the project. It must exit with 0 and write nothing to stderr. */
async function runProgram(path: string, args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await run(process.execPath, [...args], { cwd: path, timeout: 600_000 })
  expect(stderr).toBe('')
  return stdout
}

/** The newest versions. The repository's own `@types/node` is that of the oldest supported Node. */
const newestNodeTypes = '26.6.6'

/** CommonJS. The repository's own is the newest major, of ES modules. */
const oldNest = '11.2.10'

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
      '@koa/bodyparser',
      'fastify',
      '@nestjs/common',
      '@nestjs/core',
      '@nestjs/platform-express',
      '@nestjs/platform-fastify',
      'reflect-metadata',
      'rxjs',
      '@types/express',
      '@types/koa',
    ]
    path = await install('newest', packageNames, {
      ...Object.fromEntries(names.map((name) => [name, versions[name] ?? ''])),
      '@types/node': newestNodeTypes,
    })
  }, installTimeout)

  test.each([
    'express.mjs',
    'express.cjs',
    'koa.mjs',
    'koa.cjs',
    'fastify.mjs',
    'fastify.cjs',
    'nestjs.mjs',
    'nestjs.cjs',
    'web.mjs',
    'web.cjs',
  ])('runs %s: the guard asks for credentials, and the process ends without help', async (file) => {
    expect(await runProgram(path, [file])).toBe('')
  })

  test('can require() each entry point of each package, with the same exports as import', async () => {
    const names = packageNames.map((name) => `@dpop-guard/${name}`)
    const entryPoints = await runProgram(path, ['entry-points.cjs', ...names])
    expect(entryPoints.trimEnd().split('\n')).toEqual([
      '@dpop-guard/core',
      '@dpop-guard/core/internal',
      '@dpop-guard/core/introspection',
      '@dpop-guard/core/openapi',
      '@dpop-guard/core/plugin',
      '@dpop-guard/core/replay-store-contract',
      '@dpop-guard/core/token-status-list',
      '@dpop-guard/express',
      '@dpop-guard/express/req-auth',
      '@dpop-guard/koa',
      '@dpop-guard/fastify',
      '@dpop-guard/fastify/request-auth',
      '@dpop-guard/nestjs',
      '@dpop-guard/web',
      '@dpop-guard/redis',
      '@dpop-guard/testing',
      '@dpop-guard/testing/internal',
      '@dpop-guard/testing/invalid-requests',
      '@dpop-guard/inspect',
    ])
  })

  describe.each(exactness)('with %o', (exact) => {
    test.each([
      'every-package.mts',
      'express.mts',
      'express-handlers.mts',
      'express-req-auth.mts',
      'fastify.mts',
      'fastify-handlers.mts',
      'fastify-http2.mts',
      'fastify-request-auth.mts',
      'fastify-own-auth.mts',
      'web.mts',
    ])('compiles %s, types of libraries included', async (file) => {
      expect(await compile(path, file, exact)).toBe('')
    })

    test('compiles nestjs.mts, types of libraries included', async () => {
      expect(await compile(path, 'nestjs.mts', { ...exact, experimentalDecorators: true })).toBe('')
    })

    // skipLibCheck: @types/koa 3.0.3 names a member that its own dependency, content-disposition, no longer has.
    test.each(['koa.mts', 'koa-handlers.mts', 'koa-router.mts'])('compiles %s', async (file) => {
      expect(await compile(path, file, { ...exact, skipLibCheck: true })).toBe('')
    })

    test('compiles web.mts with the types of browsers', async () => {
      expect(await compile(path, 'web.mts', { ...exact, lib: ['es2023', 'dom', 'dom.iterable'] })).toBe('')
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
    path = await install('oldest', packageNames, {
      oauth4webapi: versions.oauth4webapi ?? '',
      fastify: versions.fastify ?? '',
      express: aliased('express4'),
      koa: aliased('koa2'),
      '@nestjs/common': oldNest,
      '@nestjs/core': oldNest,
      '@nestjs/platform-express': oldNest,
      '@nestjs/platform-fastify': '11.2.8',
      'reflect-metadata': versions['reflect-metadata'] ?? '',
      rxjs: versions.rxjs ?? '',
      '@types/express': '4.17.25',
      '@types/koa': '2.15.2',
      '@types/node': versions['@types/node'] ?? '',
    })
  }, installTimeout)

  test.each(['express.mjs', 'express.cjs', 'koa.mjs', 'koa.cjs', 'nestjs.mjs', 'nestjs.cjs'])(
    'runs %s: the guard asks for credentials, and the process ends without help',
    async (file) => {
      expect(await runProgram(path, [file])).toBe('')
    },
  )

  describe.each(exactness)('with %o', (exact) => {
    test.each([
      'every-package.mts',
      'express.mts',
      'express-handlers.mts',
      'express-req-auth.mts',
      'fastify.mts',
      'fastify-handlers.mts',
      'fastify-http2.mts',
      'fastify-request-auth.mts',
      'fastify-own-auth.mts',
      'web.mts',
      'koa.mts',
    ])('compiles %s, types of libraries included', async (file) => {
      expect(await compile(path, file, exact)).toBe('')
    })

    test('compiles nestjs.mts, types of libraries included', async () => {
      expect(await compile(path, 'nestjs.mts', { ...exact, experimentalDecorators: true })).toBe('')
    })
  })
})
