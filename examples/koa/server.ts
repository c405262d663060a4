// A protected API on Koa. After "npm install", run it with the URL of your authorization server and the API's own
// public URL:
// ISSUER=https://as.example.com RESOURCE=https://api.example.com PORT=3000 npm start
// In a container, add HOST=0.0.0.0.
import { type DpopState, dpopGuard, requireScopes } from '@dpop-guard/koa'
import Router from '@koa/router'
import Koa from 'koa'

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

const open = new Router()
open.get('/health', (ctx) => {
  ctx.body = { status: 'ok' }
})

const orders = new Router<DpopState<Claims>>({ prefix: '/orders' })
orders.get('/', requireScopes('orders:read'), (ctx) => {
  const { subject, claims } = ctx.state.auth
  ctx.body = { for: subject, tenant: claims.tenant, orders: [] }
})
orders.post('/', requireScopes('orders:write'), (ctx) => {
  ctx.status = 201
  ctx.body = { for: ctx.state.auth.subject }
})

const app = new Koa()
// Put everything that works without a token before the guard: health checks, CORS. Put body parsers after it.
app.use(open.routes())
app.use(dpopGuard({ issuer: ISSUER, resource: RESOURCE }))
app.use(orders.routes())

const server = app.listen(Number(PORT), HOST, () => {
  console.log('listening on', server.address())
})
