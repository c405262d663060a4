// @ts-check
// Protects an API in any language: a proxy in front of the API asks this server about each request. nginx.conf and Caddyfile
// show the proxy. Only the proxy may reach this server and the API. After "npm install", run it with the URL of your
// authorization server and the API's own public URL:
// ISSUER=https://as.example.com RESOURCE=https://api.example.com PORT=4180 npm start
import { createServer } from 'node:http'
import { applyHeaders, createGuard } from '@dpop-guard/core'
import { askedBy } from './asked-by.js'

const {
  ISSUER = 'https://as.example.com',
  RESOURCE = 'https://api.example.com',
  HOST = '127.0.0.1',
  PORT = '4180',
  NONCE_SECRET,
} = process.env

const guard = createGuard({
  issuer: ISSUER,
  resource: RESOURCE,
  // With a secret of 32 bytes and more, clients need a nonce of this server.
  ...(NONCE_SECRET && { freshness: 'nonce', nonce: { secrets: [NONCE_SECRET] }, sendNonce: 'always' }),
})

const server = createServer(async (req, res) => {
  const asked = askedBy(req)
  if (asked === undefined) {
    // The proxy is not set up as this server expects. No request passes.
    res.writeHead(500).end()
    return
  }
  const verdict = await guard.check(asked.request)
  applyHeaders(verdict.headers, res)
  if (verdict.accepted) {
    const { scheme, subject, clientId, scopes, claims } = verdict.auth
    // The values may have any character, so the API decodes them.
    const caller = Buffer.from(JSON.stringify({ scheme, subject, clientId, scopes, claims })).toString('base64url')
    res.writeHead(200, { 'X-Auth': caller }).end()
  } else {
    res.writeHead(asked.statusOf(verdict.status)).end(verdict.body)
  }
})

server.listen(Number(PORT), HOST, () => {
  console.log('listening on', server.address())
})
