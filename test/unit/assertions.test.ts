/** Assertions that cannot fail. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', 'test/*.ts'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file.endsWith('.test.ts'))

test('toMatchObject gets no empty object, which every object matches', () => {
  const found = files.flatMap((file) => {
    const calls = readFileSync(`${root}/${file}`, 'utf8').matchAll(/toMatchObject\((?:[^()]|\([^()]*\))*\)/g)
    return [...calls].filter(([call]) => /[(:[,]\s*\{\s*\}/.test(call)).map(([call]) => `${file}: ${call}`)
  })
  expect(found).toEqual([])
  expect(files.length).toBeGreaterThan(200)
})
