// An API of two routes on Fastify, protected. Run it with the issuer's and its own public address:
// ISSUER=https://as.example.com RESOURCE=https://api.example.com PORT=3000 node server.js
import { dpopGuard, getAuth } from '@dpop-guard/fastify'
import Fastify from 'fastify'

const { ISSUER = 'https://as.example.com', RESOURCE = 'https://api.example.com', PORT = '3000' } = process.env

const app = Fastify()
await app.register(dpopGuard, { issuer: ISSUER, resource: RESOURCE })

// Every route is guarded, unless it says otherwise.
app.get('/health', { config: { dpop: false } }, async () => ({ status: 'ok' }))

app.get('/orders', { config: { dpop: { scopes: ['orders:read'] } } }, async (request) => ({
  for: getAuth(request).subject,
  orders: [],
}))

app.post('/orders', { config: { dpop: { scopes: ['orders:write'] } } }, async (request, reply) => {
  reply.code(201)
  return { for: getAuth(request).subject, order: request.body }
})

await app.listen({ port: Number(PORT) })
console.log('listening on', app.server.address())
