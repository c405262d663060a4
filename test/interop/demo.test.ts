import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

// It runs against packages/*/dist, so build the packages first.
test('the demo gets every expected answer, prints nothing else and exits with 0', async () => {
  const main = fileURLToPath(new URL('../../examples/demo/main.js', import.meta.url))
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [main], { timeout: 120_000 })
  expect(stderr).toBe('')
  expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/^([1-9]\d+) of \1 answers as expected$/)
  expect(stdout).not.toContain('✗')
})
