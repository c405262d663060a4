const dpop = require('@dpop-guard/nestjs')
const { expectChallengeOfNest } = require('./nestjs-app.cjs')

expectChallengeOfNest(dpop)
