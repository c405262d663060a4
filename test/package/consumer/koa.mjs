import { dpopGuard } from '@dpop-guard/koa'
import Koa from 'koa'
import { expectChallenge, options } from './expect-challenge.cjs'

const app = new Koa()
app.use(dpopGuard(options))
await expectChallenge(app.callback())
