/// <reference types="vite/client" />
// Tests that take seconds, for what survives the others.
import { runAttackTable } from '../../attacks/attack-table.js'
import { startCore } from '../../attacks/runtime.js'

runAttackTable({ core: startCore })
import.meta.glob(
  [
    '../../unit/core/{introspection,access-token/issuer-keys,proof/nonces,replay/memory-store*}.test.ts',
    // What the plugins share is seen only through them.
    '../../unit/{express,fastify,koa}/**/*.test.ts',
    '../../integration/{every-framework,express,fastify,koa,metadata,nonces,step-up}*.test.ts',
  ],
  { eager: true },
)
