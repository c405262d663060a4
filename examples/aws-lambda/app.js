// @ts-check
import { dpopGuard, getAuth, requireScopes } from '@dpop-guard/express'
import { redisReplayStore } from '@dpop-guard/redis'
import express from 'express'
import { createClient } from 'redis'

const {
  ISSUER = 'https://as.example.com',
  RESOURCE = 'https://api.example.com',
  REDIS_URL = 'redis://127.0.0.1:6379',
} = process.env

// AWS runs many instances of a function, so they need one replay store for all. An instance that was frozen may have lost its
// connection: the client queues the command until it has reconnected, and the store waits one second for the reply.
const client = createClient({ url: REDIS_URL })
client.on('error', (error) => console.error('redis:', error.code))
await client.connect()

export const app = express()

app.use(
  dpopGuard({
    issuer: ISSUER,
    resource: RESOURCE,
    replayStore: redisReplayStore({ sendCommand: (...args) => client.sendCommand(args) }),
  }),
)
app.use(express.json())

app.get('/orders', requireScopes('orders:read'), (req, res) => {
  res.json({ for: getAuth(req).subject, orders: [] })
})

app.post('/orders', requireScopes('orders:write'), (req, res) => {
  res.status(201).json({ for: getAuth(req).subject, order: req.body })
})
