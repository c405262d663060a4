// Each example as a user has it: only its folder, with the packages that npm would publish.
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { redisIsMissing, startRedis } from '../support/redis-server.js'
import { installExample, startExample } from './example-project.js'
import { makeTemporaryDirectory, type PackageName, pack, root } from './packed.js'

const directory = await makeTemporaryDirectory()
let tarballs: Record<PackageName, string>
beforeAll(async () => {
  tarballs = await pack(directory.path)
})
afterAll(directory.remove)

/** They import other examples. */
const shows = ['demo', 'playground']
/** They run in another program than Node: see next.test.ts, and `npm run test:workerd`. */
const elsewhere = ['cloudflare', 'next']
const needsRedis = ['aws-lambda', 'cluster']

const entries = await readdir(join(root, 'examples'), { withFileTypes: true })
const names = entries.flatMap((entry) =>
  entry.isDirectory() && ![...shows, ...elsewhere].includes(entry.name) ? [entry.name] : [],
)

const install = (example: string) => installExample(example, join(directory.path, example), tarballs)

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
    expect(await startExample(path, env, /^listening on .*$/m)).toMatch(/^listening on .*\s*$/)
  })
}

test('client starts from a copy of its folder, and prints what it needs', async () => {
  expect(await startExample(await install('client'), {}, /set CLIENT_ID/)).toContain('set CLIENT_ID')
})
