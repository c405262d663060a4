// A protected API on Fastify. After "npm install", run it with the URL of your authorization server and the API's own
// public URL:
// ISSUER=https://as.example.com RESOURCE=https://api.example.com PORT=3000 npm start
// In a container, add HOST=0.0.0.0.
import { dpopGuard, getAuth } from '@dpop-guard/fastify'
import Fastify from 'fastify'

const {
  ISSUER = 'https://as.example.com',
  RESOURCE = 'https://api.example.com',
  HOST = '127.0.0.1',
  PORT = '3000',
} = process.env

/** The claims that your authorization server adds to its tokens. */
interface Claims {
  tenant?: string
}

interface Order {
  item: string
  quantity: number
}

const app = Fastify()
await app.register(dpopGuard, { issuer: ISSUER, resource: RESOURCE })

// The guard protects every route, except where the route's config says `dpop: false`.
app.get('/health', { config: { dpop: false } }, async () => ({ status: 'ok' }))

app.get('/orders', { config: { dpop: { scopes: ['orders:read'] } } }, async (request) => {
  const { subject, claims } = getAuth<Claims>(request)
  return { for: subject, tenant: claims.tenant, orders: [] }
})

app.post<{ Body: Order }>('/orders', { config: { dpop: { scopes: ['orders:write'] } } }, async (request, reply) => {
  reply.code(201)
  return { for: getAuth(request).subject, order: request.body }
})

await app.listen({ host: HOST, port: Number(PORT) })
console.log('listening on', app.server.address())
