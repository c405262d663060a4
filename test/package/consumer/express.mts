import {
  type Auth,
  createGuard,
  type DpopGuardOptions,
  dpopGuard,
  getAuth,
  getOptionalAuth,
  isRejectionError,
  type ReplayStore,
  requireScopes,
} from '@dpop-guard/express'
import express, { type ErrorRequestHandler, type RequestHandler } from 'express'

const replay: ReplayStore = {
  async addIfAbsent(key, ttlSeconds) {
    return key.length === 43 && Number.isInteger(ttlSeconds)
  },
}
const options: DpopGuardOptions = {
  issuer: ['https://as.example.com', { issuer: 'https://as2.example.com', algorithms: ['ES256'] }],
  resource: 'https://api.example.com',
  proof: { algorithms: ['ES256'], maxAgeSeconds: 120 },
  replayStore: replay,
  realm: process.env.REALM,
}

const app = express()
app.use(dpopGuard(options))
app.use('/mounted', dpopGuard({ ...options, onRejected: 'error' }), express.json())
app.use(['/a', '/b'], dpopGuard({ guard: createGuard({ issuer: 'https://as.example.com', resource: 'urn:x' }) }))

app.get('/orders/:id', requireScopes('orders:read'), (req, res) => {
  const id: string = req.params.id
  const auth: Auth = getAuth(req)
  const subject: string | undefined = auth.subject
  res.json({ id, subject, jkt: auth.scheme === 'DPoP' ? auth.jkt.length : null })
})

const router = express.Router()
router.use(dpopGuard(options))
router.route('/orders').post(requireScopes('orders:write'), (req, res) => {
  const scopes: readonly string[] | undefined = getOptionalAuth(req)?.scopes
  res.json({ scopes })
})
app.use(router)

const handlers: RequestHandler[] = [dpopGuard(options), requireScopes('orders:read', 'orders:write')]
app.use(handlers)

const handleError: ErrorRequestHandler = (error: unknown, _req, res, next) => {
  if (!isRejectionError(error)) {
    next(error)
    return
  }
  res.status(error.status).json({ reason: error.rejection.reason, message: error.message })
}
app.use(handleError)

// @ts-expect-error: misspelt
dpopGuard({ ...options, requiredScope: ['orders:read'] })
// @ts-expect-error: no such mode
dpopGuard({ ...options, mode: 'bearer' })
// @ts-expect-error: no resource
dpopGuard({ issuer: 'https://as.example.com' })
// @ts-expect-error: nothing at all
dpopGuard()
// @ts-expect-error: a list where scopes are given one by one
requireScopes(['orders:read'])

app.get('/untyped', (req) => {
  // @ts-expect-error: typed only by the opt-in import of req-auth
  req.auth
})
