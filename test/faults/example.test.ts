/** Runs the example with many processes as a user does, on the built packages. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import { redisIsMissing, startRedis } from '../support/redis-server.js'

const run = promisify(execFile)
const example = fileURLToPath(new URL('../../examples/demo/stories/cluster.js', import.meta.url))

describe.skipIf(redisIsMissing)(`examples/cluster${redisIsMissing ? `, skipped: ${redisIsMissing}` : ''}`, () => {
  /** A status other than 0 rejects. */
  const runExample = (env: Record<string, string>) => run(process.execPath, [example], { env, timeout: 30_000 })

  test('starts Redis and four workers, and exactly one accepts a proof', async () => {
    const { stdout, stderr } = await runExample({})
    expect(stdout).toContain('1 x 200 for demo-client, 39 x 401 invalid_dpop_proof, by 4 processes')
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('3 of 3 answers as expected')
    expect(stderr).toBe('')
  })

  test('uses the Redis of REDIS_URL if it is set', async () => {
    const { port, command, close } = await startRedis()
    onTestFinished(close)
    const { stdout, stderr } = await runExample({ REDIS_URL: `redis://127.0.0.1:${port}` })
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('3 of 3 answers as expected')
    expect(stderr).toBe('')
    // One proof, and forty fresh ones.
    expect(await command('DBSIZE')).toBe('41')
  })
})
