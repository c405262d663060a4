// A protected API on Hono. After "npm install", run it with the URL of your authorization server and the API's own
// public URL:
// ISSUER=https://as.example.com RESOURCE=https://api.example.com PORT=3000 npm start
// In a container, add HOST=0.0.0.0.
import { type DpopCheck, dpopGuard, getAuth, requireScopes } from '@dpop-guard/web'
import { type HttpBindings, serve } from '@hono/node-server'
import { Hono, type MiddlewareHandler } from 'hono'

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

type Env = { Bindings: HttpBindings }

const guard = dpopGuard({ issuer: ISSUER, resource: RESOURCE })

/** The guard as a middleware. It reads Node's own request, and puts its headers on every response behind it. */
const guarded: MiddlewareHandler<Env> = async (c, next) => {
  const checked = await guard(c.req.raw, { incoming: c.env.incoming })
  if (checked.response) return checked.response
  await next()
  c.res = checked.apply(c.res)
  return undefined
}

/** A check as a middleware. */
const use =
  (check: DpopCheck): MiddlewareHandler<Env> =>
  async (c, next) =>
    check(c.req.raw) ?? next()

const app = new Hono<Env>()
// Put everything that works without a token before the guard: health checks, CORS.
app.get('/health', (c) => c.json({ status: 'ok' }))
app.use(guarded)
app.get('/orders', use(requireScopes('orders:read')), (c) => {
  const { subject, claims } = getAuth<Claims>(c.req.raw)
  return c.json({ for: subject, tenant: claims.tenant, orders: [] })
})
app.post('/orders', use(requireScopes('orders:write')), (c) => c.json({ for: getAuth(c.req.raw).subject }, 201))

serve({ fetch: app.fetch, port: Number(PORT), hostname: HOST }, (address) => {
  console.log('listening on', address)
})
