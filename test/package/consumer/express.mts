import {
  type Auth,
  type Claims,
  createGuard,
  type DpopGuardOptions,
  dpopGuard,
  getAuth,
  getOptionalAuth,
  isRejectionError,
  type Reason,
  type ReplayStore,
  requireScopes,
  type Scheme,
  type TokenClaims,
  type TokenTyp,
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

app.get('/claims', (req, res) => {
  const { claims } = getAuth(req)
  const registered: [string | undefined, number | undefined, readonly string[] | undefined] = [
    claims.sub,
    claims.auth_time,
    claims.amr,
  ]
  // @ts-expect-error: an application's own claim is unknown
  claims.roles.length
  res.json(registered)
})

interface OwnClaims {
  roles?: string[]
  tenant?: { id: number }
}
app.get('/own-claims', (req, res) => {
  const auth: Auth<OwnClaims> = getAuth<OwnClaims>(req)
  const roles: readonly string[] = auth.claims.roles ?? []
  const tenant: number | undefined = getOptionalAuth<OwnClaims>(req)?.claims.tenant?.id
  const all: Claims = auth.claims
  // @ts-expect-error: frozen
  auth.claims.roles = []
  // @ts-expect-error: registered claims keep their type
  auth.claims.sub.toFixed()
  res.json({ roles, tenant, sub: all.sub })
})

const reason: Reason = 'token_expired'
const scheme: Scheme = 'DPoP'
const typ: TokenTyp = 'at+jwt'
const required: TokenClaims = 'rfc9068'
app.use(dpopGuard({ ...options, tokenTyp: typ, tokenClaims: required, realm: `${reason} ${scheme}` }))

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
