/// <reference types="vite/client" />
// Most tests of the core in one file, because importing many files again for each mutant takes longer than their tests.
import { describe } from 'vitest'

const files = import.meta.glob([
  '../../unit/core/**/*.test.ts',
  '../../conformance/*.test.ts',
  '!../../unit/core/{introspection,access-token/issuer-keys,proof/nonces,replay/memory-store*}.test.ts',
])
// A suite for each file, so that its hooks are for its own tests.
for (const [name, load] of Object.entries(files)) {
  describe(name, async () => {
    await load()
  })
}
