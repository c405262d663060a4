// @ts-check
import { dpopGuard, getAuth, mcp } from '@dpop-guard/express'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import express from 'express'

/** @param {{ issuer: string, resource: string }} options the path of `resource` is `/mcp` */
export function createApp({ issuer, resource }) {
  const app = express()
  // Every request needs its token and a fresh proof. A session ID proves nothing.
  app.use(dpopGuard({ ...mcp, issuer, resource, requiredScopes: ['orders:read'] }))

  app.post('/mcp', async (req, res) => {
    // One server and one transport for each request, so that no other caller can take over a session.
    const server = createMcpServer()
    const transport = new StreamableHTTPServerTransport()
    res.on('close', () => server.close())
    await server.connect(transport)
    // The transport passes `req.auth` to the tools, in the SDK's own shape. getAuth(req) stays as it is.
    await transport.handleRequest(Object.assign(req, { auth: toAuthInfo(getAuth(req)) }), res)
  })
  // Clients send a GET to ask for a stream of notifications. This server has none.
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
  server.registerTool('whoami', { description: 'Returns the subject of the verified caller' }, ({ authInfo }) => ({
    content: [{ type: 'text', text: String(authInfo?.extra?.subject) }],
  }))
  return server
}
