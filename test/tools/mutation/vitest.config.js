// @ts-check
// What a mutant is tried on: the tests of the core, for a mutant of the request path meets most of them.
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { BaseSequencer } from 'vitest/node'
import { alias } from '../../../vitest.workspace.js'

/** The first failure is the last test, so what fails soonest comes first. */
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
    // Those in `isolated` mock modules of Node, so each needs an environment of its own.
    include: ['tools/mutation/*.test.ts', 'isolated/core/**/*.test.ts'],
    setupFiles: ['./support/no-console.ts', './tools/mutation/setup.ts'],
    testTimeout: 20_000,
    sequence: { sequencer: QuickFirst },
  },
})
