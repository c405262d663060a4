const { dpopGuard } = require('@dpop-guard/koa')
const Koa = require('koa')
const { expectChallenge, options } = require('./expect-challenge.cjs')

const app = new Koa()
app.use(dpopGuard(options))
expectChallenge(app.callback())
