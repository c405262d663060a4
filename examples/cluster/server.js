// @ts-check
// One process of an API that has many: what they have in common is Redis. As many as you like of
// ISSUER=https://as.example.com RESOURCE=https://api.example.com REDIS_URL=redis://127.0.0.1:6379 PORT=3000 node server.js
import { dpopGuard, getAuth } from '@dpop-guard/express'
import { redisReplayStore } from '@dpop-guard/redis'
import express from 'express'
import { createClient } from 'redis'

const {
  ISSUER = 'https://as.example.com',
  RESOURCE = 'https://api.example.com',
  REDIS_URL = 'redis://127.0.0.1:6379',
  PORT = '3000',
} = process.env

const client = createClient({ url: REDIS_URL, disableOfflineQueue: true })
// Without a listener a lost connection would end the process; with one it is made again.
client.on('error', (error) => console.error('redis:', error.code))
await client.connect()

const app = express()
app.use((_req, res, next) => {
  res.set('x-answered-by', String(process.pid))
  next()
})
app.use(
  dpopGuard({
    issuer: ISSUER,
    resource: RESOURCE,
    replayStore: redisReplayStore({ sendCommand: (...args) => client.sendCommand(args) }),
  }),
)
app.get('/orders', (req, res) => {
  res.json({ for: getAuth(req).subject })
})
app.listen(Number(PORT), '127.0.0.1')
