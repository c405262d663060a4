/** The first seconds of `npm run soak`. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { redisIsMissing } from '../support/redis-server.js'

const program = fileURLToPath(new URL('../tools/soak/main.js', import.meta.url))

test.skipIf(redisIsMissing)(
  'ten seconds of all kinds of traffic, with Redis killed and keys rotated: no unexpected answer, replay, output or open handle',
  async ({ annotate }) => {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [program, '--seconds=10']).catch(
      (error: { stdout: string; stderr: string }) => error,
    )
    await annotate(stdout)
    expect(stderr).toBe('')
    expect(stdout.trimEnd().split('\n').at(-1), stdout).toBe('All invariants hold.')
    expect(stdout).toMatch(/Redis was killed [1-9]/)
    expect(stdout).toMatch(/key was replaced [1-9]/)
    for (const kind of ['first use', 'used again', 'used many times at once', 'malformed bytes', 'aborted']) {
      expect(stdout).toContain(`| ${kind} |`)
    }
  },
)
