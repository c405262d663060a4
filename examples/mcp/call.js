// @ts-check
// Calls the tool of an MCP server. It needs the server's URL and a client that is registered at the server's authorization server:
// CLIENT_ID=... CLIENT_SECRET=... RESOURCE=https://mcp.example.com/mcp npm run call
import { findAuthorizationServer, startClient } from './client.js'

const { RESOURCE = 'https://mcp.example.com/mcp', CLIENT_ID, CLIENT_SECRET } = process.env
if (!CLIENT_ID || !CLIENT_SECRET) throw new Error('set CLIENT_ID and CLIENT_SECRET')

const { issuer } = await findAuthorizationServer(RESOURCE)
const client = await startClient({ issuer, resource: RESOURCE, clientId: CLIENT_ID, clientSecret: CLIENT_SECRET })
console.log(await client.callTool('whoami'))
