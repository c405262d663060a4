// @ts-check
import { dpopGuard, getAuth } from '@dpop-guard/express'
import express from 'express'

/**
 * @param {import('prom-client').Registry} register
 * @param {import('@dpop-guard/express').GuardOptions} options
 */
export function createApp(register, options) {
  const app = express()

  // Before the guard, because a scraper has no token. Make your proxy block this path for the public.
  app.get('/metrics', async (_req, res) => {
    res.set('Content-Type', register.contentType).send(await register.metrics())
  })

  app.use(dpopGuard(options))
  app.get('/orders', (req, res) => {
    res.json({ for: getAuth(req).subject, orders: [] })
  })
  return app
}
