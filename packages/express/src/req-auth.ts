// Types `req.auth` in the whole program: `import '@dpop-guard/express/req-auth'`. Opt-in, for other packages type it too.
import type { Auth } from '@dpop-guard/core'

declare global {
  namespace Express {
    interface Request {
      /** The caller; undefined where no guard ran or no credentials came. `getAuth(req)` tells these apart. */
      auth?: Auth
    }
  }
}
