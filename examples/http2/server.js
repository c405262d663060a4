// @ts-check
// A protected API on HTTP/2, without a framework. After "npm install", run it with the URL of your authorization server and
// the API's own public URL:
// ISSUER=https://as.example.com RESOURCE=https://api.example.com PORT=3000 npm start
// In a container, add HOST=0.0.0.0.
//
// This is HTTP/2 without TLS, for an API behind a proxy that terminates TLS. To terminate TLS here, use
// createSecureServer({ key, cert, allowHTTP1: true }, listener): the listener serves HTTP/1.1 too.
import { createServer } from 'node:http2'
import { createListener } from './listener.js'

const {
  ISSUER = 'https://as.example.com',
  RESOURCE = 'https://api.example.com',
  HOST = '127.0.0.1',
  PORT = '3000',
} = process.env

const server = createServer(createListener({ issuer: ISSUER, resource: RESOURCE }))
server.listen(Number(PORT), HOST, () => {
  console.log('listening on', server.address())
})
