import * as onExpress from '@dpop-guard/express'
import * as onFastify from '@dpop-guard/fastify'
import * as onKoa from '@dpop-guard/koa'
import express from 'express'
import fastify from 'fastify'
import Koa from 'koa'

/** The listeners of one small API, as the application builds them. */
export const applications = {
  async express(options: onExpress.DpopGuardOptions) {
    const app = express()
    app.use(onExpress.dpopGuard(options))
    app.get('/orders', (req, res) => {
      res.json({ for: onExpress.getAuth(req).subject })
    })
    return app
  },
  async koa(options: onKoa.DpopGuardOptions) {
    const app = new Koa()
    app.use(onKoa.dpopGuard(options))
    app.use((ctx) => {
      ctx.body = { for: onKoa.getAuth(ctx).subject }
    })
    return app.callback()
  },
  async fastify(options: onFastify.DpopGuardOptions) {
    const app = fastify()
    await app.register(onFastify.dpopGuard, options)
    app.get('/orders', async (request) => ({ for: onFastify.getAuth(request).subject }))
    await app.ready()
    return app.routing
  },
}
