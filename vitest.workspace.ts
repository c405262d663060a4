// Passed by `vitest --config vitest.workspace.ts` (vitest 4 no longer looks for this name). The aliases point the package
// names at their sources, so that tests need no build.
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const source = (path: string) => fileURLToPath(new URL(`./packages/${path}`, import.meta.url))

export const alias = [
  { find: '#verify', replacement: source('core/src/proof/verify-node.ts') },
  { find: '@dpop-guard/core/replay-store-contract', replacement: source('core/src/replay-store-contract.ts') },
  { find: '@dpop-guard/core/internal', replacement: source('core/src/internal.ts') },
  { find: '@dpop-guard/core/introspection', replacement: source('core/src/introspection.ts') },
  { find: '@dpop-guard/core/openapi', replacement: source('core/src/openapi.ts') },
  { find: '@dpop-guard/core/token-status-list', replacement: source('core/src/token-status-list.ts') },
  { find: '@dpop-guard/core/plugin', replacement: source('core/src/plugin.ts') },
  { find: '@dpop-guard/fastify/request-auth', replacement: source('fastify/src/request-auth.ts') },
  { find: '@dpop-guard/testing/internal', replacement: source('testing/src/internal.ts') },
  { find: '@dpop-guard/testing/invalid-requests', replacement: source('testing/src/invalid-requests.ts') },
  { find: /^@dpop-guard\/([a-z]+)$/, replacement: source('$1/src/index.ts') },
]

const project = (
  name: string,
  options: {
    testTimeout?: number
    fileParallelism?: boolean
    maxConcurrency?: number
    setupFiles?: string[]
    isolate?: boolean
  } = {},
) => ({
  resolve: { alias },
  test: {
    name,
    root: fileURLToPath(new URL('./test', import.meta.url)),
    include: [`${name}/**/*.test.ts`],
    setupFiles: ['./support/no-console.ts'],
    // Generous: a machine may be busy with other things.
    testTimeout: 60_000,
    ...options,
    // What a suite starts for all its tests takes as long as one of them may.
    hookTimeout: options.testTimeout ?? 60_000,
    expect: { poll: { timeout: 20_000 } },
  },
})

export default defineConfig({
  test: {
    // Many tests wait for processes and sockets, so even the last core has work to do.
    maxWorkers: '100%',
    projects: [
      // Its files share one load of the packages, so none of them may mock a module: such a test is in `isolated`.
      project('unit', { isolate: false }),
      project('isolated'),
      project('support'),
      project('docs', { testTimeout: 120_000 }),
      project('property', {
        testTimeout: 120_000,
        setupFiles: ['./support/no-console.ts', './support/property-seed.ts'],
      }),
      project('fuzz'),
      project('conformance'),
      project('attacks'),
      project('integration'),
      project('hosts'),
      project('interop'),
      project('faults', { testTimeout: 240_000, maxConcurrency: 60 }),
      project('proxy', { testTimeout: 120_000 }),
      project('instances', { testTimeout: 240_000 }),
      project('browser', { testTimeout: 240_000, fileParallelism: false }),
      project('package', { testTimeout: 1_200_000 }),
    ],
  },
})
