// @ts-check
// The tests for each mutant: those of the core, because most of them run the request path.
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { BaseSequencer } from 'vitest/node'
import { alias } from '../../../vitest.workspace.js'

/** A run ends at the first failure, so the tests that fail soonest come first. */
const order = ['mutation/quick', 'isolated/', 'mutation/slow']

class QuickFirst extends BaseSequencer {
  /** @param {import('vitest/node').TestSpecification[]} files */
  async sort(files) {
    /** @param {import('vitest/node').TestSpecification} file */
    const rank = ({ moduleId }) => order.findIndex((name) => moduleId.includes(name))
    return files.toSorted((one, other) => rank(one) - rank(other))
  }
}

export default defineConfig({
  resolve: { alias },
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    // Those in `isolated` mock modules of Node, so each needs an environment of its own. For a quick look at one file, name the
    // tests that are nearest to it: MUTATION_TESTS='unit/core/encoding/*,property/json.test.ts'. Others may kill more.
    include: process.env.MUTATION_TESTS?.split(',') ?? ['tools/mutation/*.test.ts', 'isolated/core/**/*.test.ts'],
    setupFiles: ['./support/no-console.ts', './tools/mutation/setup.ts'],
    testTimeout: 20_000,
    sequence: { sequencer: QuickFirst },
  },
})
