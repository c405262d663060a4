import { type DpopState, dpopGuard, requireScopes } from '@dpop-guard/koa'
import Router from '@koa/router'
import Koa from 'koa'

const options = { issuer: 'https://as.example.com', resource: 'https://api.example.com' }

const untyped = new Router({ prefix: '/v1' })
untyped.use(dpopGuard(options))
untyped.get('/orders/:id', requireScopes('orders:read'), (ctx) => {
  ctx.body = { id: ctx.params.id, for: ctx.state.auth.subject }
})

const typed = new Router<DpopState>()
typed.use(dpopGuard(options))
typed.get('/orders/:id', requireScopes('orders:read'), (ctx) => {
  const subject: string | undefined = ctx.state.auth.subject
  // @ts-expect-error: no such member, so it is typed
  ctx.state.auth.username
  ctx.body = { id: ctx.params.id, for: subject }
})

new Koa().use(untyped.routes()).use(typed.routes())
