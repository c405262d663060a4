// An application with its own `request.auth` types it as it likes, and the caller under another name.
import { type Auth, dpopGuard } from '@dpop-guard/fastify'
import fastify from 'fastify'

declare module 'fastify' {
  interface FastifyRequest {
    auth: { session: string }
    dpopAuth: Auth | null
  }
}

const app = fastify()
app.decorateRequest('auth')
await app.register(dpopGuard, {
  issuer: 'https://as.example.com',
  resource: 'https://api.example.com',
  requestProperty: 'dpopAuth',
})
app.get('/orders', async (request) => ({ session: request.auth.session, for: request.dpopAuth?.subject }))
