/// <reference types="vite/client" />
// Most tests of the core in one file: each file would be imported anew for each mutant, which takes longer than its tests.
import.meta.glob(
  [
    '../../unit/core/**/*.test.ts',
    '../../conformance/*.test.ts',
    '!../../unit/core/{introspection,access-token/issuer-keys,proof/nonces,replay/memory-store*}.test.ts',
  ],
  { eager: true },
)
