// A handler has the same types behind our middleware as without it, except for `ctx.state.auth`.
import {
  type Auth,
  type DpopState,
  dpopGuard,
  protectedResourceMetadata,
  requireScopes,
  requireStepUp,
} from '@dpop-guard/koa'
import { bodyParser } from '@koa/bodyparser'
import Router from '@koa/router'
import Koa from 'koa'
import type { Same } from './same-types.mjs'

declare module 'koa' {
  interface Request {
    user?: { name: string }
  }
}

interface Context {
  db: { save(item: string): Promise<number> }
}

const options = { issuer: 'https://as.example.com', resource: 'https://api.example.com' }
const ours = {
  guard: dpopGuard(options),
  optional: dpopGuard({ ...options, credentials: 'optional' }),
  scopes: requireScopes('orders:write'),
  stepUp: requireStepUp({ acrValues: ['urn:example:mfa'] }),
  metadata: protectedResourceMetadata({ ...options, resourceMetadata: {} }),
}

/** Koa's body parsers say that a body is `unknown`. */
function readItem(body: unknown): string {
  return String(body)
}

const app = new Koa()
app
  .use(ours.metadata)
  .use(ours.guard)
  .use(bodyParser())
  .use(ours.scopes)
  .use(ours.stepUp)
  .use(async (ctx, next) => {
    const item = readItem(ctx.request.body)
    const user: string | undefined = ctx.request.user?.name
    const auth: Auth = ctx.state.auth
    ctx.body = { item, user, for: auth.subject }
    await next()
  })

new Koa().use(bodyParser()).use((bare) => {
  new Koa()
    .use(ours.guard)
    .use(bodyParser())
    .use(ours.scopes)
    .use((ctx) => {
      const body: Same<typeof ctx.request.body, typeof bare.request.body> = true
      const request: Same<typeof ctx.request, typeof bare.request> = true
      const response: Same<typeof ctx.response, typeof bare.response> = true
      const answer: Same<typeof ctx.body, typeof bare.body> = true
      const status: Same<typeof ctx.status, typeof bare.status> = true
      const query: Same<typeof ctx.query, typeof bare.query> = true
      ctx.body = { body, request, response, answer, status, query }
    })
})

new Koa<{ requestId: string }, Context>()
  .use(ours.guard)
  .use(bodyParser())
  .use(async (ctx) => {
    const requestId: string = ctx.state.requestId
    ctx.body = { requestId, saved: await ctx.db.save(readItem(ctx.request.body)), for: ctx.state.auth.subject }
  })

const router = new Router<DpopState, Context>()
router.post('/orders/:id', ours.guard, bodyParser(), ours.scopes, ours.stepUp, async (ctx) => {
  const id: string = ctx.params.id
  const item: string = readItem(ctx.request.body)
  ctx.body = { id, saved: await ctx.db.save(item), for: ctx.state.auth.subject }
})
router.post('/orders/:id', async (bare) => {
  router.post('/orders/:id', ours.guard, ours.scopes, async (ctx) => {
    const params: Same<typeof ctx.params, typeof bare.params> = true
    const request: Same<typeof ctx.request, typeof bare.request> = true
    const db: Same<typeof ctx.db, typeof bare.db> = true
    const auth: Same<typeof ctx.state.auth, typeof bare.state.auth> = true
    ctx.body = { params, request, db, auth }
  })
})

const untyped = new Router()
untyped.get('/orders/:id', async (bare) => {
  for (const method of ['get', 'post', 'put', 'patch', 'delete', 'all'] as const) {
    untyped[method]('/orders/:id', ours.guard, ours.scopes, async (ctx) => {
      const params: Same<typeof ctx.params, typeof bare.params> = true
      const request: Same<typeof ctx.request, typeof bare.request> = true
      ctx.body = { params, request }
    })
  }
})
