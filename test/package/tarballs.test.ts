import { readFile } from 'node:fs/promises'
import { posix } from 'node:path'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
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
  nestjs: ['@dpop-guard/core'],
  web: ['@dpop-guard/core'],
  redis: ['@dpop-guard/core'],
  testing: ['@dpop-guard/core'],
  inspect: ['@dpop-guard/core', '@dpop-guard/testing'],
}
const peers = {
  core: ['oauth4webapi'],
  express: ['express'],
  koa: ['koa'],
  fastify: ['fastify'],
  nestjs: ['@nestjs/common', '@nestjs/core'],
  web: [],
  redis: [],
  testing: [],
  inspect: [],
}
const commands: Partial<Record<PackageName, object>> = {
  inspect: { 'dpop-inspect': 'bin/dpop-inspect.js' },
}
const otherFolders: Partial<Record<PackageName, RegExp>> = {
  core: /^docs\/(?:[\w-]+\.md|images\/[\w-]+\.(?:svg|png))$/,
  inspect: /^(?:bin\/[\w-]+\.js|report\.png)$/,
}

/** The anchors of a page's headings. */
function headingsOf(page: string): string[] {
  return [...page.matchAll(/^#+ (.*)$/gm)].map(([, text = '']) =>
    text
      .toLowerCase()
      .replace(/[^\w -]/g, '')
      .replace(/ /g, '-'),
  )
}

describe.each(packageNames)('the package of %s', (name) => {
  async function read(path: string): Promise<string> {
    return (await run('tar', ['-xzOf', tarballs[name], `package/${path}`])).stdout
  }
  async function readManifest(): Promise<Record<string, unknown>> {
    return JSON.parse(await read('package.json'))
  }
  async function list(): Promise<string[]> {
    const { stdout } = await run('tar', ['-tzf', tarballs[name]])
    return stdout
      .trimEnd()
      .split('\n')
      .map((path) => path.replace(/^package\//, ''))
  }

  test('holds its build, README, LICENSE and manifest, and nothing else', async () => {
    const paths = await list()
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
    const files = await list()
    const modules = files.filter((path) => /^dist\/.*\.js$/.test(path)).map((path) => path.replace(/\.js$/, '.d.ts'))
    expect(modules.length).toBeGreaterThan(0)
    expect(modules.toSorted()).toEqual(files.filter((path) => path.endsWith('.d.ts')).toSorted())
  })

  test('has exactly its few dependencies, and runs no script when it is installed', async () => {
    const manifest = await readManifest()
    expect(Object.keys(manifest.dependencies ?? {})).toEqual(dependencies[name])
    expect(Object.keys(manifest.peerDependencies ?? {})).toEqual(peers[name])
    expect(manifest).not.toHaveProperty('optionalDependencies')
    expect(manifest).not.toHaveProperty('bundleDependencies')
    expect(manifest.scripts).toEqual({ prepack: 'npm run --prefix ../.. build' })
    expect(manifest.bin).toEqual(commands[name])
  })

  test('has every member that a publication needs', async () => {
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
      publishConfig: { access: 'public' },
    })
  })

  test('has no repository address, and no provenance, because that needs one', async () => {
    const manifest = await readManifest()
    for (const member of ['repository', 'homepage', 'bugs', 'author']) expect(manifest).not.toHaveProperty(member)
    expect(manifest.publishConfig).not.toHaveProperty('provenance')
  })

  test('links only to what it contains, and to headings that exist', async () => {
    const paths = await list()
    for (const page of paths.filter((path) => path.endsWith('.md'))) {
      const text = await read(page)
      const targets = [...text.matchAll(/\]\(([^)\s]+)\)|^\[[^\]]+\]: (\S+)/gm)].map(
        ([, inline, reference]) => inline ?? reference,
      )
      for (const target of targets) {
        if (target === undefined || /^https:/.test(target)) continue
        const [path = '', anchor] = target.split('#')
        const linked = path === '' ? page : posix.join(posix.dirname(page), path)
        expect(paths, `${page}: ${target}`).toContain(linked)
        if (anchor !== undefined) expect(headingsOf(await read(linked)), `${page}: ${target}`).toContain(anchor)
      }
    }
  })

  test('passes publint', async () => {
    const bytes = await readFile(tarballs[name])
    const tarball = new Uint8Array(bytes).buffer
    const { messages, pkg } = await publint({ pack: { tarball }, strict: true })
    expect(pkg.name).toBe(`@dpop-guard/${name}`)
    const objections = messages.filter(({ type }) => type !== 'suggestion')
    expect(objections.map((message) => formatMessage(message, pkg))).toEqual([])
  })

  test('has types that every way to resolve a module finds', async () => {
    const analysis = await checkPackage(createPackageFromTarballData(new Uint8Array(await readFile(tarballs[name]))))
    if (analysis.types === false) throw new Error('the package has no types')
    // These packages are ES modules. CommonJS loads them with require() on the supported versions of Node.js. The oldest way to
    // resolve modules (node10) reads no "exports".
    const known = new Set(['CJSResolvesToESM'])
    const problems = analysis.problems.filter(
      (problem) => !known.has(problem.kind) && !('resolutionKind' in problem && problem.resolutionKind === 'node10'),
    )
    expect(problems).toEqual([])
    expect(Object.keys(analysis.entrypoints)).toContain('.')
  })
})
