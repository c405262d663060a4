import { type Auth, dpopGuard } from '@dpop-guard/express'
import '@dpop-guard/express/req-auth'
import express from 'express'

const app = express()
app.use(dpopGuard({ issuer: 'https://as.example.com', resource: 'https://api.example.com' }))
app.get('/orders/:id', (req, res) => {
  const auth: Auth | undefined = req.auth
  // @ts-expect-error: no guard may have run
  req.auth.subject
  // @ts-expect-error: no such member
  req.auth?.username
  res.json({ id: req.params.id, for: auth?.subject })
})
