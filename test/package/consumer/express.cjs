const { dpopGuard } = require('@dpop-guard/express')
const express = require('express')
const { expectChallenge, options } = require('./expect-challenge.cjs')

const app = express()
app.use(dpopGuard(options))
expectChallenge(app)
