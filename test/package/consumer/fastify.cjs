const { dpopGuard } = require('@dpop-guard/fastify')
const fastify = require('fastify')
const { expectChallenge, options } = require('./expect-challenge.cjs')

const app = fastify()
app.register(dpopGuard, options)
app.get('/orders', async () => 'reached')
app.ready().then(() => expectChallenge(app.routing))
