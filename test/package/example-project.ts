// An example as a user has it: only its folder, with the packages that npm would publish.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type PackageName, packageNames, root, run } from './packed.js'

/** Copies an example, and installs what its package.json names. Our packages come from the tarballs. Returns the path. */
export async function installExample(
  example: string,
  path: string,
  tarballs: Record<PackageName, string>,
): Promise<string> {
  const isSource = (file: string) => !/\b(?:node_modules|dist|\.next)$/.test(file)
  await cp(join(root, 'examples', example), path, { recursive: true, filter: isSource })
  const file = join(path, 'package.json')
  const manifest = JSON.parse(await readFile(file, 'utf8'))
  const named = packageNames.filter((name) => `@dpop-guard/${name}` in manifest.dependencies)
  // The other packages depend on core. npm looks for it in the registry if the project does not have it.
  const ours = named.length === 0 ? [] : new Set<PackageName>(['core', ...named])
  for (const name of ours) manifest.dependencies[`@dpop-guard/${name}`] = `file:${tarballs[name]}`
  await writeFile(file, JSON.stringify(manifest))
  const options = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error']
  await run('npm', ['install', ...options], { cwd: path })
  return path
}

/** Runs `npm start` until its output matches or it ends. Returns the output. The test's end stops it. */
export async function startExample(path: string, env: Record<string, string>, until: RegExp): Promise<string> {
  // A group of its own, so that npm and what it starts end together.
  const child = spawn('npm', ['start', '--silent'], {
    cwd: path,
    env: { PATH: process.env.PATH ?? '', HOME: dirname(path), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const closed = once(child, 'close')
  onTestFinished(async () => {
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid)
    await closed
  })
  let output = ''
  return new Promise((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        output += chunk
        if (until.test(output)) resolve(output)
      })
    }
    closed.then(() => resolve(output))
  })
}
