// A handler has the same types behind our plugin as without it.
import { dpopGuard, getAuth } from '@dpop-guard/fastify'
import fastify, { type FastifyInstance, type FastifyRequest, type RouteHandlerMethod } from 'fastify'
import type { Same } from './same-types.mjs'

interface NewOrder {
  item: string
}
interface CreateOrder {
  Body: NewOrder
  Params: { id: string }
  Querystring: { from?: string }
  Headers: { 'x-request-id'?: string }
  Reply: { ok: boolean }
}

declare module 'fastify' {
  interface FastifyRequest {
    user?: { name: string }
  }
}

const app = fastify()
await app.register(dpopGuard, { issuer: 'https://as.example.com', resource: 'https://api.example.com' })
const write = app.requireScopes('orders:write')
const stepUp = app.requireStepUp({ acrValues: ['urn:example:mfa'] })

app.post<{ Body: NewOrder }>('/orders', { onRequest: write }, async (request) => {
  const item: string = request.body.item
  const user: string | undefined = request.user?.name
  // @ts-expect-error: no such member, so it is typed
  request.body.price
  return { item, user, for: getAuth(request).subject }
})

app.get(
  '/reports',
  { config: { dpop: { mode: 'dpop-only', anyScope: ['a', 'b'], claims: ({ roles }) => Array.isArray(roles) } } },
  async (request) => getAuth(request).subject,
)
// @ts-expect-error: a misspelt requirement does not compile
app.get('/misspelt', { config: { dpop: { anyScopes: ['a'] } } }, async () => 'reached')

for (const method of ['get', 'post', 'put', 'patch', 'delete', 'all'] as const) {
  app[method]<CreateOrder>('/orders/:id', async (bare, bareReply) => {
    app[method]<CreateOrder>('/orders/:id', { onRequest: [write, stepUp] }, async (request, reply) => {
      const sameRequest: Same<typeof request, typeof bare> = true
      const sameReply: Same<typeof reply, typeof bareReply> = true
      return { ok: sameRequest && sameReply && request.body.item === request.params.id }
    })
    app[method]<CreateOrder>(
      '/orders/:id',
      { preHandler: [write], config: { dpop: { scopes: ['orders:write'] } } },
      async (request) => {
        const sameRequest: Same<typeof request, typeof bare> = true
        return { ok: sameRequest && request.query.from === request.headers['x-request-id'] }
      },
    )
    return { ok: true }
  })
  app[method]('/untyped', async (bare) => {
    app[method]('/untyped', { preHandler: write }, async (request) => {
      const sameRequest: Same<typeof request, typeof bare> = true
      return { sameRequest }
    })
  })
}

app.route<CreateOrder>({
  method: 'POST',
  url: '/orders/:id',
  onRequest: write,
  preHandler: [stepUp],
  handler: async (request) => ({ ok: request.body.item === request.params.id }),
})

const create: RouteHandlerMethod = async (request: FastifyRequest) => getAuth(request).subject
app.get(
  '/roles',
  { onRequest: [app.requireClaims<{ roles?: string[] }>(({ roles }) => roles?.includes('a') ?? false)] },
  create,
)
app.post('/create', { onRequest: write, preHandler: stepUp }, create)

export function routes(instance: FastifyInstance): void {
  instance.post<CreateOrder>('/child/:id', { onRequest: instance.requireScopes('a') }, async (request) => {
    return { ok: getAuth(request).scopes.includes(request.body.item) }
  })
}
