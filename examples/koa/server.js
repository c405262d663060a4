// An API of two routes on Koa, protected. Run it with the issuer's and its own public address:
// ISSUER=https://as.example.com RESOURCE=https://api.example.com PORT=3000 node server.js
import { dpopGuard, requireScopes } from '@dpop-guard/koa'
import Router from '@koa/router'
import Koa from 'koa'

const { ISSUER = 'https://as.example.com', RESOURCE = 'https://api.example.com', PORT = '3000' } = process.env

const open = new Router()
open.get('/health', (ctx) => {
  ctx.body = { status: 'ok' }
})

const orders = new Router({ prefix: '/orders' })
orders.get('/', requireScopes('orders:read'), (ctx) => {
  ctx.body = { for: ctx.state.auth.subject, orders: [] }
})
orders.post('/', requireScopes('orders:write'), (ctx) => {
  ctx.status = 201
  ctx.body = { for: ctx.state.auth.subject }
})

const app = new Koa()
// What must work without a token stands before the guard: health checks, CORS. Body parsers stand behind it.
app.use(open.routes())
app.use(dpopGuard({ issuer: ISSUER, resource: RESOURCE }))
app.use(orders.routes())

const server = app.listen(Number(PORT), () => {
  console.log('listening on', server.address())
})
