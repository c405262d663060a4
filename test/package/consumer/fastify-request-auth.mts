import { type Auth, dpopGuard } from '@dpop-guard/fastify'
import '@dpop-guard/fastify/request-auth'
import fastify from 'fastify'

const app = fastify()
await app.register(dpopGuard, { issuer: 'https://as.example.com', resource: 'https://api.example.com' })
app.get('/orders', async (request) => {
  const auth: Auth | null = request.auth
  // @ts-expect-error: the request may have no credentials
  request.auth.subject
  // @ts-expect-error: no such member
  request.auth?.username
  return { for: auth?.subject }
})
