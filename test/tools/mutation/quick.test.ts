/// <reference types="vite/client" />
// Most tests of the core in one file: each file would be imported anew for each mutant, which takes longer than its tests.
import.meta.glob(
  [
    '../../{unit,conformance}/*.test.ts',
    '!../../unit/{index,inspect/command,memory-store-scale,redis-store}.test.ts',
    '!../../unit/{operations,verification-*,cluster-warning,debug-log}.test.ts',
    '!../../unit/{introspection,issuer-keys,nonces,replay-flood,replay-store}.test.ts',
  ],
  { eager: true },
)
