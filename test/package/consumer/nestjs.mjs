import * as dpop from '@dpop-guard/nestjs'
import { expectChallengeOfNest } from './nestjs-app.cjs'

await expectChallengeOfNest(dpop)
