/** The installation of each package: its size, its packages and licenses, and that it runs no scripts. */
import { mkdir, readdir, readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { installPacked, makeTemporaryDirectory, type PackageName, pack, packageNames, root } from './packed.js'

const installTimeout = 900_000
const directory = await makeTemporaryDirectory()
let tarballs: Record<PackageName, string>

beforeAll(async () => {
  tarballs = await pack(directory.path)
}, installTimeout)
afterAll(directory.remove)

interface Manifest {
  name: string
  version: string
  license: string
  scripts?: Record<string, string>
}

interface InstalledPackage extends Manifest {
  files: string[]
  bytes: number
}

async function readJson(path: string) {
  return JSON.parse(await readFile(path, 'utf8'))
}

/** Versions of the lock file, so that a new release of a dependency does not change the result. */
async function readLockedVersions(names: readonly string[]): Promise<Record<string, string>> {
  const { packages } = await readJson(join(root, 'package-lock.json'))
  return Object.fromEntries(names.map((name) => [name, packages[`node_modules/${name}`].version]))
}

/** Each package of a project, in any folder. */
async function readInstalled(path: string): Promise<InstalledPackage[]> {
  const { packages } = await readJson(join(path, 'node_modules/.package-lock.json'))
  return Promise.all(
    Object.keys(packages).map(async (location) => {
      const folder = join(path, location)
      const entries = await readdir(folder, { recursive: true, withFileTypes: true })
      const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
      const own = files.filter((file) => !dirname(file).slice(folder.length).includes('node_modules'))
      const sizes = await Promise.all(own.map(async (file) => (await stat(file)).size))
      const manifest: Manifest = await readJson(join(folder, 'package.json'))
      return { ...manifest, files: own, bytes: sizes.reduce((sum, size) => sum + size, 0) }
    }),
  )
}

const kilobytes = (bytes: number) => Math.ceil(bytes / 1000)

const licenses: Record<string, string> = { jose: 'MIT', 'lru-cache': 'BlueOak-1.0.0', 'fastify-plugin': 'MIT' }

const core = ['@dpop-guard/core', 'jose', 'lru-cache']

// More than half of every installation are the source maps of lru-cache. Of the core, a fifth is documentation, and a third types with
// their docstrings.
for (const { name, installs, maxKilobytes, ownMaxKilobytes } of [
  { name: 'core', installs: core, maxKilobytes: 4400, ownMaxKilobytes: 820 },
  { name: 'express', installs: [...core, '@dpop-guard/express'], maxKilobytes: 4400, ownMaxKilobytes: 20 },
  { name: 'koa', installs: [...core, '@dpop-guard/koa'], maxKilobytes: 4400, ownMaxKilobytes: 20 },
  {
    name: 'fastify',
    installs: [...core, '@dpop-guard/fastify', 'fastify-plugin'],
    maxKilobytes: 4450,
    ownMaxKilobytes: 32,
  },
  { name: 'nestjs', installs: [...core, '@dpop-guard/nestjs'], maxKilobytes: 4450, ownMaxKilobytes: 48 },
  { name: 'web', installs: [...core, '@dpop-guard/web'], maxKilobytes: 4400, ownMaxKilobytes: 32 },
  { name: 'redis', installs: [...core, '@dpop-guard/redis'], maxKilobytes: 4400, ownMaxKilobytes: 20 },
  { name: 'testing', installs: [...core, '@dpop-guard/testing'], maxKilobytes: 4650, ownMaxKilobytes: 480 },
  {
    name: 'inspect',
    installs: [...core, '@dpop-guard/testing', '@dpop-guard/inspect'],
    maxKilobytes: 5100,
    ownMaxKilobytes: 480,
  },
] as const) {
  describe(`npm install @dpop-guard/${name}`, () => {
    let installed: InstalledPackage[]
    beforeAll(async () => {
      const path = join(directory.path, name)
      await mkdir(path)
      await installPacked({
        path,
        tarballs,
        packages: packageNames.filter((one) => installs.some((installed) => installed === `@dpop-guard/${one}`)),
        overrides: await readLockedVersions(Object.keys(licenses)),
        options: ['--omit=dev', '--omit=peer'],
      })
      installed = await readInstalled(path)
    }, installTimeout)

    test(`installs ${installs.length} packages, including itself`, () => {
      expect(installed.map((one) => one.name).toSorted()).toEqual(installs.toSorted())
    })

    test(`takes at most ${maxKilobytes} kB, including ${ownMaxKilobytes} kB of its own`, async ({ annotate }) => {
      const total = installed.reduce((sum, { bytes }) => sum + bytes, 0)
      const parts = installed.map((one) => `${one.name} ${one.version} ${kilobytes(one.bytes)} kB`)
      await annotate(`${installed.length} packages, ${kilobytes(total)} kB: ${parts.join(', ')}`)
      expect(kilobytes(total)).toBeLessThanOrEqual(maxKilobytes)
      const own = installed.find((one) => one.name === `@dpop-guard/${name}`)
      expect(kilobytes(own?.bytes ?? Number.NaN)).toBeLessThanOrEqual(ownMaxKilobytes)
    })

    test('has no install script, and no native code to build', () => {
      for (const { name: whose, scripts = {}, files } of installed) {
        const run = ['preinstall', 'install', 'postinstall'].filter((script) => Object.hasOwn(scripts, script))
        expect({ whose, run }).toEqual({ whose, run: [] })
        expect(files.filter((file) => /(?:binding\.gyp|\.node)$/.test(file))).toEqual([])
      }
    })

    test('is licensed as expected', () => {
      for (const { name: whose, license } of installed)
        expect({ whose, license }).toEqual({ whose, license: licenses[whose] ?? 'MIT' })
    })
  })
}

test('the lock file has an integrity hash for each package', async () => {
  const { packages } = await readJson(join(root, 'package-lock.json'))
  const dependencies = Object.entries<{ link?: boolean; integrity?: string }>(packages).filter(
    ([path, { link }]) => path.includes('node_modules/') && link !== true,
  )
  expect(dependencies.length).toBeGreaterThan(0)
  const unknown = dependencies.filter(([, { integrity }]) => integrity?.startsWith('sha512-') !== true)
  expect(unknown.map(([path]) => path)).toEqual([])
})
