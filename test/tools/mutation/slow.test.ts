/// <reference types="vite/client" />
// Tests that take seconds, for mutants that survive the others.
import { describe } from 'vitest'
import { runAttackTable } from '../../attacks/attack-table.js'
import { startCore } from '../../attacks/runtime.js'

runAttackTable({ core: startCore })
const files = import.meta.glob([
  '../../unit/core/{introspection,access-token/issuer-keys,proof/nonces,replay/memory-store*}.test.ts',
  // What has no unit test, because the inputs are of all kinds.
  '../../property/{json,base64url,access-tokens}.test.ts',
  // The code that the plugins share is tested only through the plugins.
  '../../unit/{express,fastify,koa}/**/*.test.ts',
  '../../integration/{every-framework,express,fastify,koa,metadata,nonces,step-up}*.test.ts',
])
for (const [name, load] of Object.entries(files)) {
  describe(name, async () => {
    await load()
  })
}
