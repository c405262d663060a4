/** The entries of `test/tools/mutation/survivors.js` are about lines of the source. A changed line needs a new decision. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { survivors } from '../tools/mutation/survivors.js'

const onOneLine = (text: string) => text.trim().replace(/\s+/g, ' ')

const sourceOf = (file: string) =>
  onOneLine(readFileSync(fileURLToPath(new URL(`../../packages/core/src/${file}`, import.meta.url)), 'utf8'))

test('each explained survivor of mutation testing is a line of the source', () => {
  const sources = new Map(survivors.map(({ file }) => [file, sourceOf(file)]))
  const stale = survivors.filter(({ file, original }) => !sources.get(file)?.includes(original))
  expect(stale).toEqual([])
})

test('no survivor is explained twice', () => {
  const mutants = survivors.map(({ file, original, mutated }) => JSON.stringify([file, original, mutated]))
  expect(mutants.filter((mutant, index) => mutants.indexOf(mutant) !== index)).toEqual([])
})
