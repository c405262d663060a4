// An API of two routes on Express, protected. Run it with the issuer's and its own public address:
// ISSUER=https://as.example.com RESOURCE=https://api.example.com PORT=3000 node server.js
import { dpopGuard, getAuth, requireScopes } from '@dpop-guard/express'
import express from 'express'

const { ISSUER = 'https://as.example.com', RESOURCE = 'https://api.example.com', PORT = '3000' } = process.env

const app = express()

// What must work without a token stands before the guard: health checks, CORS.
app.get('/health', (_req, res) => {
  res.json({ status: 'ok' })
})

app.use(dpopGuard({ issuer: ISSUER, resource: RESOURCE }))
// Body parsers stand behind it, so that only authenticated bodies are read.
app.use(express.json())

app.get('/orders', requireScopes('orders:read'), (req, res) => {
  res.json({ for: getAuth(req).subject, orders: [] })
})

app.post('/orders', requireScopes('orders:write'), (req, res) => {
  res.status(201).json({ for: getAuth(req).subject, order: req.body })
})

const server = app.listen(Number(PORT), () => {
  console.log('listening on', server.address())
})
