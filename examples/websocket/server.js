// @ts-check
// A protected WebSocket server. After "npm install", run it with the URL of your authorization server and the API's own public
// URL:
// ISSUER=https://as.example.com RESOURCE=https://api.example.com PORT=3000 npm start
// In a container, add HOST=0.0.0.0.
//
// A handshake is a GET request, and that is what clients sign: `htm` is GET, `htu` is the URL with http for ws and https for wss.
// To open wss://api.example.com/feed they sign https://api.example.com/feed. Scripts in a browser cannot do that: their WebSocket
// takes no headers.
import { createServer } from 'node:http'
import { acceptWebSockets } from './web-sockets.js'

const {
  ISSUER = 'https://as.example.com',
  RESOURCE = 'https://api.example.com',
  HOST = '127.0.0.1',
  PORT = '3000',
} = process.env

const server = createServer((_request, response) => response.writeHead(426, { upgrade: 'websocket' }).end())
acceptWebSockets(server, { issuer: ISSUER, resource: RESOURCE })
server.listen(Number(PORT), HOST, () => {
  console.log('listening on', server.address())
})
