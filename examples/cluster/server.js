// @ts-check
// One process of an API that has many processes. They share one Redis, so each proof is accepted once. After "npm install",
// start several:
// ISSUER=https://as.example.com RESOURCE=https://api.example.com REDIS_URL=redis://127.0.0.1:6379 PORT=3000 npm start
// In a container, add HOST=0.0.0.0.
import { dpopGuard, getAuth } from '@dpop-guard/express'
import { redisReplayStore } from '@dpop-guard/redis'
import express from 'express'
import { createClient } from 'redis'

const {
  ISSUER = 'https://as.example.com',
  RESOURCE = 'https://api.example.com',
  REDIS_URL = 'redis://127.0.0.1:6379',
  HOST = '127.0.0.1',
  PORT = '3000',
} = process.env

const client = createClient({ url: REDIS_URL, disableOfflineQueue: true })
// Without this listener a lost connection ends the process. With it, the client reconnects.
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
const server = app.listen(Number(PORT), HOST, () => {
  console.log('listening on', server.address())
})
