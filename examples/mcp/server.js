// @ts-check
// An MCP server with one tool, protected. Run it with the issuer's and its own public address:
// ISSUER=https://as.example.com RESOURCE=https://mcp.example.com/mcp PORT=3000 node server.js
import { dpopGuard, getAuth, mcp } from '@dpop-guard/express'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import express from 'express'

/** @param {{ issuer: string, resource: string }} options the path of `resource` is `/mcp` */
export function createApp({ issuer, resource }) {
  const app = express()
  // Every request of a client passes here, and shows its token and a proof of its own: a session ID proves nothing.
  app.use(dpopGuard({ ...mcp, issuer, resource, requiredScopes: ['orders:read'] }))

  app.post('/mcp', async (req, res) => {
    // New ones for each request, so that there is no session that another caller could take over.
    const server = createMcpServer()
    const transport = new StreamableHTTPServerTransport()
    res.on('close', () => server.close())
    await server.connect(transport)
    // The transport hands `req.auth` to the tools, and has a shape of its own for it. getAuth(req) stays as it is.
    await transport.handleRequest(Object.assign(req, { auth: toAuthInfo(getAuth(req)) }), res)
  })
  // Clients ask with GET whether there is a stream of notifications. There is none.
  app.all('/mcp', (_req, res) => {
    res.status(405).set('Allow', 'POST').end()
  })
  return app
}

/**
 * @param {import('@dpop-guard/express').Auth} auth
 * @returns {import('@modelcontextprotocol/sdk/server/auth/types.js').AuthInfo}
 */
function toAuthInfo({ token, clientId = '', scopes, expiresAt, subject }) {
  return { token, clientId, scopes: [...scopes], ...(expiresAt !== undefined && { expiresAt }), extra: { subject } }
}

function createMcpServer() {
  const server = new McpServer({ name: 'orders', version: '0.1.0' })
  server.registerTool('whoami', { description: 'Tells whom the server takes the caller for' }, ({ authInfo }) => ({
    content: [{ type: 'text', text: String(authInfo?.extra?.subject) }],
  }))
  return server
}

if (process.argv[1] === import.meta.filename) {
  const { ISSUER = 'https://as.example.com', RESOURCE = 'https://mcp.example.com/mcp', PORT = '3000' } = process.env
  const server = createApp({ issuer: ISSUER, resource: RESOURCE }).listen(Number(PORT), () => {
    console.log('listening on', server.address())
  })
}
