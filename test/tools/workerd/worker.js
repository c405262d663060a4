// A Worker with two guards. It makes them at the first request, because a Worker may not make random numbers before.
import { dpopGuard, getAuth } from '@dpop-guard/web'

/** @type {Record<string, import('@dpop-guard/web').DpopGuard> | undefined} */
let guards

export default {
  /**
   * @param {Request} request
   * @param {{ ISSUER: string }} env
   */
  async fetch(request, { ISSUER }) {
    const options = { issuer: ISSUER, resource: 'https://api.example.com' }
    const algorithms = /** @type {const} */ (['ES256', 'ES384', 'ES512', 'PS256', 'RS256', 'Ed25519', 'EdDSA'])
    guards ??= {
      '/all-algorithms': dpopGuard({ ...options, proof: { algorithms } }),
      other: dpopGuard(options),
    }
    const guard = guards[new URL(request.url).pathname] ?? guards.other
    return guard?.protect((request) => Response.json({ for: getAuth(request).subject }))(request)
  },
}
