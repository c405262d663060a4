/// <reference types="vite/client" />
// Most tests of the core in one file: each file would be imported anew for each mutant, which takes longer than its tests.
import.meta.glob(
  [
    '../unit/{auth,diagnostics,misuse,options,options-more,response,review-findings,target-uri,verify-proof}.test.ts',
    '../conformance/*.test.ts',
  ],
  { eager: true },
)
