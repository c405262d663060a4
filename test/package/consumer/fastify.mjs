import { dpopGuard } from '@dpop-guard/fastify'
import fastify from 'fastify'
import { expectChallenge, options } from './expect-challenge.cjs'

const app = fastify()
await app.register(dpopGuard, options)
app.get('/orders', async () => 'reached')
await app.ready()
await expectChallenge(app.routing)
