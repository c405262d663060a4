import { type Auth, type DpopGuardOptions, dpopGuard, getAuth, isRejectionError, requireScopes } from '@dpop-guard/koa'
import Koa from 'koa'

const options: DpopGuardOptions = {
  issuer: 'https://as.example.com',
  resource: 'https://api.example.com',
  realm: process.env.REALM,
}

const app = new Koa()
app.use(async (ctx, next) => {
  try {
    await next()
  } catch (error) {
    if (!isRejectionError(error)) throw error
    ctx.status = error.status
    ctx.body = { reason: error.rejection.reason }
  }
})
app.use(dpopGuard(options))
app.use(requireScopes('orders:read'))
app.use((ctx) => {
  const auth: Auth = getAuth(ctx)
  ctx.body = { for: auth.subject, state: ctx.state.auth.subject }
})

new Koa().use(dpopGuard(options)).use((ctx) => {
  const auth: Auth = ctx.state.auth
  const subject: string | undefined = ctx.state.auth.subject
  // @ts-expect-error: no such member, so it is typed
  ctx.state.auth.username
  ctx.body = { for: subject, jkt: auth.jkt }
})

new Koa().use(dpopGuard({ ...options, credentials: 'optional' })).use((ctx) => {
  const auth: Auth | undefined = ctx.state.auth
  // @ts-expect-error: there may be no caller
  ctx.state.auth.subject
  ctx.body = auth?.subject
})

new Koa().use(dpopGuard<{ roles?: string[] }>(options)).use((ctx) => {
  const roles: readonly string[] | undefined = ctx.state.auth.claims.roles
  const subject: string | undefined = ctx.state.auth.claims.sub
  const same: readonly string[] | undefined = getAuth<{ roles?: string[] }>(ctx).claims.roles
  ctx.body = { roles, subject, same }
})

interface State {
  requestId: string
}
new Koa<State>().use(dpopGuard(options)).use((ctx) => {
  const requestId: string = ctx.state.requestId
  ctx.body = { requestId, for: ctx.state.auth.subject }
})

// @ts-expect-error: misspelt
dpopGuard({ ...options, requiredScope: ['orders:read'] })
// @ts-expect-error: no such mode
dpopGuard({ ...options, mode: 'bearer' })
// @ts-expect-error: no resource
dpopGuard({ issuer: 'https://as.example.com' })
// @ts-expect-error: a list where scopes are given one by one
requireScopes(['orders:read'])
