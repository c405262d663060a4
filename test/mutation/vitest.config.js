// @ts-check
// What a mutant is tried on: the tests of the core that are fast, for a mutant of the request path meets most of them.
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { BaseSequencer } from 'vitest/node'
import { alias } from '../../vitest.workspace.js'

/** What takes seconds comes last: most mutants end in the files before, and the first failure is the last test. */
const slow = ['attack-table', 'nonces', 'replay-store', 'introspection', 'issuer-keys']

class QuickFirst extends BaseSequencer {
  /** @param {import('vitest/node').TestSpecification[]} files */
  async sort(files) {
    /** @param {import('vitest/node').TestSpecification} file */
    const rank = ({ moduleId }) => slow.findIndex((name) => moduleId.includes(name))
    return files.toSorted((one, other) => rank(one) - rank(other))
  }
}

export default defineConfig({
  resolve: { alias },
  test: {
    root: fileURLToPath(new URL('..', import.meta.url)),
    include: ['mutation/*.test.ts', 'unit/*.test.ts', 'conformance/*.test.ts'],
    exclude: ['unit/index.test.ts', 'unit/memory-store-scale.test.ts', 'unit/redis-store.test.ts'],
    setupFiles: ['./support/no-console.ts', './mutation/setup.ts'],
    testTimeout: 20_000,
    sequence: { sequencer: QuickFirst },
  },
})
