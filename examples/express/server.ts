// A protected API on Express. After "npm install", run it with the URL of your authorization server and the API's own
// public URL:
// ISSUER=https://as.example.com RESOURCE=https://api.example.com PORT=3000 npm start
// In a container, add HOST=0.0.0.0.
import { dpopGuard, getAuth, requireScopes } from '@dpop-guard/express'
import express from 'express'

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

const app = express()

// Put everything that works without a token before the guard: health checks, CORS.
app.get('/health', (_req, res) => {
  res.json({ status: 'ok' })
})

app.use(dpopGuard({ issuer: ISSUER, resource: RESOURCE }))
// Put body parsers after the guard, so that only authenticated bodies are read.
app.use(express.json())

app.get('/orders', requireScopes('orders:read'), (req, res) => {
  const { subject, claims } = getAuth<Claims>(req)
  res.json({ for: subject, tenant: claims.tenant, orders: [] })
})

app.post('/orders', requireScopes('orders:write'), (req, res) => {
  res.status(201).json({ for: getAuth(req).subject, order: req.body })
})

const server = app.listen(Number(PORT), HOST, () => {
  console.log('listening on', server.address())
})
