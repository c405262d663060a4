// @ts-check
// An API on Express, protected, with what Prometheus scrapes beside it. Run it with the issuer's and its own public address:
// ISSUER=https://as.example.com RESOURCE=https://api.example.com PORT=3000 node server.js
import { dpopGuard, getAuth } from '@dpop-guard/express'
import express from 'express'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { collectMetrics } from './prometheus.js'

/**
 * @param {Registry} register
 * @param {import('@dpop-guard/core').GuardOptions} options
 */
export function createApp(register, options) {
  const app = express()

  // Before the guard: a scraper has no token. Let your proxy keep this path from the public.
  app.get('/metrics', async (_req, res) => {
    res.set('Content-Type', register.contentType).send(await register.metrics())
  })

  app.use(dpopGuard(options))
  app.get('/orders', (req, res) => {
    res.json({ for: getAuth(req).subject, orders: [] })
  })
  return app
}

if (process.argv[1] === import.meta.filename) {
  const { ISSUER = 'https://as.example.com', RESOURCE = 'https://api.example.com', PORT = '3000' } = process.env
  const register = new Registry()
  collectDefaultMetrics({ register })
  // One call for the process, however many guards it has.
  collectMetrics(register)
  const server = createApp(register, { issuer: ISSUER, resource: RESOURCE }).listen(Number(PORT), () => {
    console.log('listening on', server.address())
  })
}
