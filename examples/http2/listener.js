// @ts-check
import { applyHeaders, createGuard } from '@dpop-guard/core'

/** The API as a listener of `request` events. @param {{ issuer: string, resource: string }} options */
export function createListener({ issuer, resource }) {
  const guard = createGuard({ issuer, resource, requiredScopes: ['orders:read'] })

  /**
   * @param {import('node:http2').Http2ServerRequest} request
   * @param {import('node:http2').Http2ServerResponse} response
   */
  return async (request, response) => {
    const { method, url: target, rawHeaders: headers } = request
    const verdict = await guard.check({ method, target, headers, incoming: request })
    applyHeaders(verdict.headers, response)
    if (!verdict.accepted) {
      response.writeHead(verdict.status).end(verdict.body)
      return
    }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ for: verdict.auth.subject }))
  }
}
