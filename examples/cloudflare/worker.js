// A protected API on Cloudflare Workers. All isolates share the used proofs in Durable Objects. Set ISSUER and RESOURCE in
// wrangler.json. After "npm install", run it on your machine with "npm start", and deploy it with "npx wrangler deploy".
import { dpopGuard, getAuth, requireScopes } from '@dpop-guard/web'
import { durableReplayStore } from './used-proofs.js'

export { UsedProofs } from './used-proofs.js'

/** @typedef {{ ISSUER: string, RESOURCE: string, USED_PROOFS: import('./used-proofs.js').Namespace }} Env */

/** @param {Env} env */
function createApi({ ISSUER, RESOURCE, USED_PROOFS }) {
  const guard = dpopGuard({ issuer: ISSUER, resource: RESOURCE, replayStore: durableReplayStore(USED_PROOFS) })
  return guard.protect(
    (request) => Response.json({ for: getAuth(request).subject, orders: [] }),
    requireScopes('orders:read'),
  )
}

/** @type {ReturnType<typeof createApi> | undefined} */
let orders

export default {
  /**
   * @param {Request} request
   * @param {Env} env
   */
  async fetch(request, env) {
    const { pathname } = new URL(request.url)
    if (pathname === '/health') return Response.json({ status: 'ok' })
    // Not at the top of the module: a Worker may make random numbers only while it handles a request.
    orders ??= createApi(env)
    return orders(request)
  },
}
