// A handler has the same types behind our middleware as without it.
import {
  dpopGuard,
  getAuth,
  protectedResourceMetadata,
  requireAnyScope,
  requireClaims,
  requireDpop,
  requireScopes,
  requireStepUp,
} from '@dpop-guard/express'
import express, { type Request, type RequestHandler } from 'express'
import type { Same } from './same-types.mjs'

interface NewOrder {
  item: string
}
interface Locals {
  requestId: string
}
interface Filter {
  from: string
}

declare global {
  namespace Express {
    interface Request {
      user?: { name: string }
    }
    interface Locals {
      traceId: string
    }
  }
}

const options = { issuer: 'https://as.example.com', resource: 'https://api.example.com' }
const ours = {
  guard: dpopGuard(options),
  scopes: requireScopes('orders:write'),
  stepUp: requireStepUp({ acrValues: ['urn:example:mfa'] }),
  metadata: protectedResourceMetadata({ ...options, resourceMetadata: {} }),
}
const app = express()
const router = express.Router()

app.post('/orders', requireScopes('orders:write'), (req, res) => {
  const item: string = req.body.item
  const from: string | undefined = req.query.from?.toString()
  const user: string | undefined = req.user?.name
  const traceId: string = res.locals.traceId
  res.json({ item, from, user, traceId })
})

app.put('/customers/:customer/orders/:order', ours.guard, ours.stepUp, ours.scopes, (req, res) => {
  const { customer, order } = req.params
  const names: string[] = [customer, order]
  // @ts-expect-error: no such parameter, so they are typed
  req.params.item
  res.json({ names, item: req.body.item })
})

for (const method of ['get', 'post', 'put', 'patch', 'delete', 'all'] as const) {
  app[method]('/orders/:id', (bare, bareResponse, bareNext) => {
    app[method]('/orders/:id', ours.guard, ours.scopes, ours.stepUp, ours.metadata, (req, res, next) => {
      const request: Same<typeof req, typeof bare> = true
      const response: Same<typeof res, typeof bareResponse> = true
      const nextHandler: Same<typeof next, typeof bareNext> = true
      res.json({ request, response, nextHandler })
    })
    router[method]('/orders/:id', ours.guard, (req, res) => {
      const request: Same<typeof req, typeof bare> = true
      const response: Same<typeof res, typeof bareResponse> = true
      res.json({ request, response })
    })
  })
  app[method](['/a', /b/], (bare) => {
    app[method](['/a', /b/], ours.scopes, (req, res) => {
      const request: Same<typeof req, typeof bare> = true
      res.json({ request })
    })
  })
}

app.use((bare, bareResponse) => {
  app.use(ours.guard, ours.scopes, (req, res) => {
    const request: Same<typeof req, typeof bare> = true
    const response: Same<typeof res, typeof bareResponse> = true
    res.json({ request, response })
  })
})
app.use('/mounted', express.json(), (bare) => {
  app.use('/mounted', ours.guard, express.json(), ours.scopes, (req, res) => {
    const request: Same<typeof req, typeof bare> = true
    res.json({ request })
  })
})

router
  .route('/orders/:id')
  .all(ours.guard)
  .post(ours.scopes, express.json(), (req, res) => {
    const id: string = req.params.id
    const item: string = req.body.item
    res.json({ id, item })
  })

// With types of your own for the route.
app.post<{ id: string }, { ok: boolean }, NewOrder, Filter, Locals>(
  '/orders/:id',
  ours.guard,
  ours.scopes,
  (req, res) => {
    const request: Same<typeof req, Request<{ id: string }, { ok: boolean }, NewOrder, Filter, Locals>> = true
    const requestId: string = res.locals.requestId
    // @ts-expect-error: no such member, so it is typed
    req.body.price
    res.json({ ok: request && requestId === req.query.from })
  },
)

const create: RequestHandler<{ id: string }, { ok: boolean }, NewOrder, Filter, Locals> = (req, res) => {
  const item: string = req.body.item
  res.json({ ok: item === req.params.id && req.query.from === res.locals.requestId })
}
app.post('/orders/:id', ours.guard, ours.scopes, create)
router.post('/orders/:id', ours.scopes, create)

app.post('/annotated/:id', ours.scopes, (req: Request<{ id: string }, unknown, NewOrder>, res) => {
  const item: string = req.body.item
  res.json({ item, id: req.params.id })
})

interface OwnClaims {
  roles?: string[]
}
const ownClaims = requireClaims<OwnClaims>(
  ({ roles, sub }) => sub !== undefined && (roles?.includes('auditor') ?? false),
)
app.get('/reports/:id', requireDpop(), requireAnyScope('a', 'b'), ownClaims, (req, res) => {
  const id: string = req.params.id
  res.json({ id, for: getAuth(req).subject })
})
// @ts-expect-error: a function that waits is not allowed
requireClaims(async () => true)
