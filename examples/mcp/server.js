// @ts-check
// A protected MCP server with one tool. After "npm install", run it with the URL of your authorization server and the MCP
// server's own public URL:
// ISSUER=https://as.example.com RESOURCE=https://mcp.example.com/mcp PORT=3000 npm start
// In a container, add HOST=0.0.0.0.
//
// To call it, with a client that is registered at that authorization server:
// CLIENT_ID=... CLIENT_SECRET=... RESOURCE=https://mcp.example.com/mcp npm run call
import { createApp } from './app.js'

const {
  ISSUER = 'https://as.example.com',
  RESOURCE = 'https://mcp.example.com/mcp',
  HOST = '127.0.0.1',
  PORT = '3000',
} = process.env

const server = createApp({ issuer: ISSUER, resource: RESOURCE }).listen(Number(PORT), HOST, () => {
  console.log('listening on', server.address())
})
