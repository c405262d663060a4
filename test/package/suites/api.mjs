import { dpopGuard, getAuth, requireScopes } from '@dpop-guard/express'
import express from 'express'

/** An API as its own tests start it. */
export async function startApi(issuer) {
  const app = express()
  app.use(dpopGuard({ issuer: issuer.issuer, resource: 'https://api.example.com' }))
  app.get('/orders', requireScopes('orders:read'), (req, res) => void res.json({ for: getAuth(req).subject }))
  const server = await new Promise((resolve) => {
    const listening = app.listen(0, '127.0.0.1', () => resolve(listening))
  })
  const stop = () => {
    server.close()
    server.closeAllConnections()
  }
  return { url: `http://127.0.0.1:${server.address().port}/orders`, stop }
}
