// @ts-check
import { randomBytes } from 'node:crypto'
import { dpopGuard, getAuth } from '@dpop-guard/express'
import express from 'express'

/** An API that requires a nonce in each proof. @param {{ issuer: string, resource: string }} options */
export function createNonceApi({ issuer, resource }) {
  const app = express()
  app.use(dpopGuard({ issuer, resource, freshness: 'nonce', nonce: { secrets: [randomBytes(32)] } }))
  app.get('/orders', (req, res) => {
    res.json({ for: getAuth(req).subject })
  })
  return app
}
