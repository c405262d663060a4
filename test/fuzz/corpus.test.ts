/** Runs the fuzzer's seeds and every input that it kept. */
import { describe, expect, test } from 'vitest'
import { targets } from '../tools/fuzz/targets/index.js'
import { loadCorpus } from './corpus.js'

describe.each(targets)('$name', ({ name, seeds, execute }) => {
  test.each(seeds)('holds for the seed %j', async (input) => {
    await execute(input)
  })

  test(`holds for the ${loadCorpus(name).length} inputs of its corpus`, async () => {
    for (const { name: file, input } of loadCorpus(name)) {
      await expect(Promise.resolve(execute(input)), file).resolves.toBeUndefined()
    }
  })
})

test('the shares of the targets add up to 1', () => {
  expect(targets.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1)
})
