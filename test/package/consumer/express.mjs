import { dpopGuard } from '@dpop-guard/express'
import express from 'express'
import { expectChallenge, options } from './expect-challenge.cjs'

const app = express()
app.use(dpopGuard(options))
await expectChallenge(app)
