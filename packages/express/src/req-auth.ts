// `import '@dpop-guard/express/req-auth'` types `req.auth` in the whole program. You opt in, because other packages type it too.
import type { Auth } from '@dpop-guard/core'

declare global {
  namespace Express {
    interface Request {
      /** The caller. Undefined if no guard ran, or if the request has no credentials. `getAuth(req)` distinguishes the two. */
      auth?: Auth
    }
  }
}
