// @ts-check
// An API on HTTP/2, protected, without a framework. Run it with the issuer's and its own public address:
// ISSUER=https://as.example.com RESOURCE=https://api.example.com PORT=3000 node server.js
//
// This is HTTP/2 without TLS, for behind a proxy that ends it. To end it here: createSecureServer({ key, cert,
// allowHTTP1: true }, listener); the listener serves HTTP/1.1 as well.
import { createServer } from 'node:http2'
import { applyHeaders, createGuard } from '@dpop-guard/core'

/** @param {{ issuer: string, resource: string }} options */
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

if (process.argv[1] === import.meta.filename) {
  const { ISSUER = 'https://as.example.com', RESOURCE = 'https://api.example.com', PORT = '3000' } = process.env
  const server = createServer(createListener({ issuer: ISSUER, resource: RESOURCE }))
  server.listen(Number(PORT), () => {
    console.log('listening on', server.address())
  })
}
