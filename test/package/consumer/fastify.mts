import { type DpopGuardOptions, dpopGuard, getAuth, isRejectionError } from '@dpop-guard/fastify'
import fastify, { type FastifyPluginAsync } from 'fastify'

const options: DpopGuardOptions = {
  issuer: 'https://as.example.com',
  resource: 'https://api.example.com',
  realm: process.env.REALM,
}

const app = fastify({ logger: true })
await app.register(dpopGuard, options)
app.register(dpopGuard, { ...options, onRejected: 'error' })
app.register(dpopGuard, () => options)

app.get('/orders', async (request) => {
  // @ts-expect-error: typed only by the opt-in import of request-auth
  request.auth
  return { for: getAuth(request).subject }
})
app.get<{ Params: { id: string } }>(
  '/orders/:id',
  { config: { dpop: { scopes: ['orders:read'] } } },
  async (request) => ({ id: request.params.id, for: getAuth(request).subject }),
)
app.get('/claims', async (request) => {
  const subject: string | undefined = getAuth(request).claims.sub
  const roles: readonly string[] | undefined = getAuth<{ roles?: string[] }>(request).claims.roles
  // @ts-expect-error: an application's own claim is unknown
  getAuth(request).claims.roles.length
  return { subject, roles }
})
app.get('/health', { config: { dpop: false } }, async () => 'ok')
app.post('/orders', { onRequest: app.requireScopes('orders:write') }, async () => 'written')
app.put('/orders', { preHandler: [app.requireScopes('orders:write')] }, async () => 'written')

const child: FastifyPluginAsync = async (instance) => {
  await instance.register(dpopGuard, options)
  instance.get('/child', async (request) => getAuth(request).scopes)
}
app.register(child)

app.setErrorHandler((error, _request, reply) => {
  if (isRejectionError(error)) return reply.code(error.status).send({ reason: error.rejection.reason })
  throw error
})

// @ts-expect-error: misspelt
app.get('/a', { config: { dpop: { scope: ['orders:read'] } } }, async () => 'never')
// @ts-expect-error: guarded is the default, so there is no true
app.get('/b', { config: { dpop: true } }, async () => 'never')
// @ts-expect-error: a list where scopes are given one by one
app.requireScopes(['orders:read'])
// @ts-expect-error: misspelt
app.register(dpopGuard, { ...options, requiredScope: ['orders:read'] })
// @ts-expect-error: no such mode
app.register(dpopGuard, { ...options, mode: 'bearer' })
// @ts-expect-error: no resource
app.register(dpopGuard, { issuer: 'https://as.example.com' })
