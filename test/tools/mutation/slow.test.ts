/// <reference types="vite/client" />
// Tests that take seconds, for mutants that survive the others.
import { runAttackTable } from '../../attacks/attack-table.js'
import { startCore } from '../../attacks/runtime.js'

runAttackTable({ core: startCore })
import.meta.glob(
  [
    '../../unit/core/{introspection,access-token/issuer-keys,proof/nonces,replay/memory-store*}.test.ts',
    // The code that the plugins share is tested only through the plugins.
    '../../unit/{express,fastify,koa}/**/*.test.ts',
    '../../integration/{every-framework,express,fastify,koa,metadata,nonces,step-up}*.test.ts',
  ],
  { eager: true },
)
