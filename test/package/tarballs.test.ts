import { readFile } from 'node:fs/promises'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeTemporaryDirectory, type PackageName, pack, packageNames, run } from './packed.js'

let tarballs: Record<PackageName, string>
const directory = await makeTemporaryDirectory()

beforeAll(async () => {
  tarballs = await pack(directory.path)
})
afterAll(directory.remove)

const dependencies = {
  core: ['jose', 'lru-cache'],
  express: ['@dpop-guard/core'],
  koa: ['@dpop-guard/core'],
  fastify: ['@dpop-guard/core', 'fastify-plugin'],
  redis: ['@dpop-guard/core'],
  testing: ['@dpop-guard/core', 'jose'],
}
const peers = {
  core: ['oauth4webapi'],
  express: ['express'],
  koa: ['koa'],
  fastify: ['fastify'],
  redis: [],
  testing: [],
}
const commands: Partial<Record<PackageName, object>> = {
  testing: { 'dpop-guard-inspect': 'dist/inspect/main.js' },
}
const otherFolders: Partial<Record<PackageName, RegExp>> = { core: /^docs\/[\w-]+\.md$/ }

describe.each(packageNames)('the package of %s', (name) => {
  async function readManifest(): Promise<Record<string, unknown>> {
    const { stdout } = await run('tar', ['-xzOf', tarballs[name], 'package/package.json'])
    return JSON.parse(stdout)
  }

  test('holds its build, README, LICENSE and manifest, and nothing else', async () => {
    const { stdout } = await run('tar', ['-tzf', tarballs[name]])
    const files = stdout.trimEnd().split('\n')
    const paths = files.map((path) => path.replace(/^package\//, ''))
    expect(paths).toEqual(
      expect.arrayContaining(['LICENSE', 'README.md', 'package.json', 'dist/index.js', 'dist/index.d.ts']),
    )
    const others = paths.filter(
      (path) =>
        !['LICENSE', 'README.md', 'package.json'].includes(path) && !/^dist\/[\w/-]+(?:\.d\.ts|\.js)$/.test(path),
    )
    expect(others.filter((path) => otherFolders[name]?.test(path) !== true)).toEqual([])
  })

  test('has a type declaration for each module, and a module for each declaration', async () => {
    const { stdout } = await run('tar', ['-tzf', tarballs[name]])
    const files = stdout.trimEnd().split('\n')
    const modules = files.filter((path) => path.endsWith('.js')).map((path) => path.replace(/\.js$/, '.d.ts'))
    expect(modules.length).toBeGreaterThan(0)
    expect(modules.toSorted()).toEqual(files.filter((path) => path.endsWith('.d.ts')).toSorted())
  })

  test('has exactly its few dependencies, and runs no script when it is installed', async () => {
    const manifest = await readManifest()
    expect(Object.keys(manifest.dependencies ?? {})).toEqual(dependencies[name])
    expect(Object.keys(manifest.peerDependencies ?? {})).toEqual(peers[name])
    expect(manifest).not.toHaveProperty('optionalDependencies')
    expect(manifest).not.toHaveProperty('bundleDependencies')
    expect(manifest).not.toHaveProperty('scripts')
    expect(manifest.bin).toEqual(commands[name])
  })

  test('says what a publication with provenance needs', async () => {
    expect(await readManifest()).toMatchObject({
      name: `@dpop-guard/${name}`,
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      description: expect.stringContaining('DPoP (RFC 9449)'),
      keywords: expect.arrayContaining(['dpop', 'rfc9449']),
      license: 'MIT',
      type: 'module',
      sideEffects: false,
      engines: { node: '^20.19.0 || ^22.12.0 || >=24' },
      exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' }, './package.json': './package.json' },
      files: expect.arrayContaining(['dist']),
      publishConfig: { access: 'public', provenance: true },
    })
  })

  test('names no address that it does not have: npm compares "repository" with where a publication comes from', async () => {
    const manifest = await readManifest()
    for (const member of ['repository', 'homepage', 'bugs', 'author']) expect(manifest).not.toHaveProperty(member)
  })

  test('has nothing that publint objects to', async () => {
    const bytes = await readFile(tarballs[name])
    const tarball = new Uint8Array(bytes).buffer
    const { messages, pkg } = await publint({ pack: { tarball }, strict: true })
    expect(pkg.name).toBe(`@dpop-guard/${name}`)
    const objections = messages.filter(({ type }) => type !== 'suggestion')
    expect(objections.map((message) => formatMessage(message, pkg))).toEqual([])
  })
})
