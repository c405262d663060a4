/// <reference types="vite/client" />
// Tests that take seconds, for what survives the others.
import { runAttackTable } from '../../attacks/attack-table.js'
import { startCore } from '../../attacks/runtime.js'

runAttackTable({ core: startCore })
import.meta.glob(
  [
    '../../unit/{introspection,issuer-keys,nonces,replay-flood,replay-store}.test.ts',
    // What the plugins share is seen only through them.
    '../../integration/{every-framework,express,fastify,koa,metadata,nonces,step-up}*.test.ts',
  ],
  { eager: true },
)
