// Each example as a user has it: only its folder, with the packages that npm would publish.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { redisIsMissing, startRedis } from '../support/redis-server.js'
import { makeTemporaryDirectory, type PackageName, pack, packageNames, root, run } from './packed.js'

const directory = await makeTemporaryDirectory()
let tarballs: Record<PackageName, string>
beforeAll(async () => {
  tarballs = await pack(directory.path)
})
afterAll(directory.remove)

/** They import other examples. */
const shows = ['demo', 'playground']
const needsRedis = ['aws-lambda', 'cluster']

const entries = await readdir(join(root, 'examples'), { withFileTypes: true })
const names = entries.flatMap((entry) => (entry.isDirectory() && !shows.includes(entry.name) ? [entry.name] : []))

/** Copies an example, and installs what its package.json names. Our packages come from the tarballs. */
async function install(example: string): Promise<string> {
  const path = join(directory.path, example)
  const isSource = (file: string) => !/\b(?:node_modules|dist)$/.test(file)
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

/** Runs `npm start` until its output matches or it ends. Returns the output. */
async function start(path: string, env: Record<string, string>, until: RegExp): Promise<string> {
  // A group of its own, so that npm and what it starts end together.
  const child = spawn('npm', ['start', '--silent'], {
    cwd: path,
    env: { PATH: process.env.PATH ?? '', HOME: directory.path, ...env },
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

for (const example of names.filter((name) => name !== 'client')) {
  const missing = needsRedis.includes(example) ? redisIsMissing : undefined
  const skipped = missing === undefined ? '' : `, skipped: ${missing}`
  test.skipIf(missing)(`${example} starts from a copy of its folder${skipped}`, async () => {
    const path = await install(example)
    const env: Record<string, string> = { PORT: '0' }
    if (needsRedis.includes(example)) {
      const redis = await startRedis()
      onTestFinished(redis.close)
      env.REDIS_URL = `redis://127.0.0.1:${redis.port}`
    }
    expect(await start(path, env, /^listening on .*$/m)).toMatch(/^listening on .*\s*$/)
  })
}

test('client starts from a copy of its folder, and prints what it needs', async () => {
  expect(await start(await install('client'), {}, /set CLIENT_ID/)).toContain('set CLIENT_ID')
})
