/** The packages as npm would publish them. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

export const run = promisify(execFile)

export const root = fileURLToPath(new URL('../../', import.meta.url))

export const packageNames = [
  'core',
  'express',
  'koa',
  'fastify',
  'nestjs',
  'web',
  'redis',
  'testing',
  'inspect',
] as const

export type PackageName = (typeof packageNames)[number]

/** A new directory outside the repository, and a function that removes it. */
export async function makeTemporaryDirectory(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'dpop-guard-'))
  return { path, remove: () => rm(path, { recursive: true, force: true }) }
}

/** Packs every package into `directory`, from what is built in `packages`. Returns the paths of the tarballs. */
export async function pack(directory: string): Promise<Record<PackageName, string>> {
  const workspaces = packageNames.map((name) => `--workspace=packages/${name}`)
  const options = ['--pack-destination', directory, '--json', '--ignore-scripts', '--loglevel=error']
  const { stdout } = await run('npm', ['pack', ...workspaces, ...options], { cwd: root })
  const packed: { name: string; filename: string }[] = JSON.parse(stdout)
  const pathOf = (name: PackageName) => {
    const filename = packed.find((entry) => entry.name === `@dpop-guard/${name}`)?.filename
    if (filename === undefined) throw new Error(`npm did not pack ${name}`)
    return join(directory, filename)
  }
  return {
    core: pathOf('core'),
    express: pathOf('express'),
    koa: pathOf('koa'),
    fastify: pathOf('fastify'),
    nestjs: pathOf('nestjs'),
    web: pathOf('web'),
    redis: pathOf('redis'),
    testing: pathOf('testing'),
    inspect: pathOf('inspect'),
  }
}

export interface Installation {
  /** The folder of the project. */
  path: string
  tarballs: Record<PackageName, string>
  packages: readonly PackageName[]
  /** More packages, with their versions. */
  dependencies?: Record<string, string>
  overrides?: Record<string, string>
  /** Options of npm. */
  options?: readonly string[]
}

/** Makes the folder a project with these packed packages, as a user would. */
export async function installPacked(installation: Installation): Promise<void> {
  const { path, tarballs, packages, dependencies, overrides, options = [] } = installation
  const ours = packages.map((name) => [`@dpop-guard/${name}`, `file:${tarballs[name]}`])
  const manifest = { private: true, dependencies: { ...Object.fromEntries(ours), ...dependencies }, overrides }
  await writeFile(join(path, 'package.json'), JSON.stringify(manifest))
  const common = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error']
  await run('npm', ['install', ...common, ...options], { cwd: path })
}

/** The repository's own versions, so that the tests install the versions of the lock file. */
export async function readDevDependencies(): Promise<Record<string, string>> {
  return JSON.parse(await readFile(join(root, 'package.json'), 'utf8')).devDependencies
}
