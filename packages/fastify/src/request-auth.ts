// `import '@dpop-guard/fastify/request-auth'` types `request.auth` in the whole program. You opt in, because other packages type it too.
import type { Auth } from '@dpop-guard/core'

declare module 'fastify' {
  interface FastifyRequest {
    /** The caller. Null on a route with `dpop: false`, and for a request without credentials if they are optional. */
    auth: Auth | null
  }
}
