/** The same small API on every framework: `/orders` for any method, behind a guard. */
import type { RequestListener } from 'node:http'
import * as onExpress from '@dpop-guard/express'
import * as onFastify from '@dpop-guard/fastify'
import * as onKoa from '@dpop-guard/koa'
import express5 from 'express'
import express4 from 'express4'
import fastify from 'fastify'
import Koa3 from 'koa'
import Koa2 from 'koa2'

/** What differs from test to test. */
export interface ApiParts {
  guard: onExpress.DpopGuardOptions
  /** Called for every request that reaches the route. What it throws is the framework's to handle. */
  handle(): void
  /** Set by something in front of the guard, as CORS middleware does. */
  exposedBefore?: string | undefined
}

type CreateApi = (parts: ApiParts) => RequestListener | Promise<RequestListener>

const onExpressVersion =
  (express: typeof express5): CreateApi =>
  ({ guard, handle, exposedBefore }) => {
    const app = express()
    app.use((_req, res, next) => {
      if (exposedBefore !== undefined) res.setHeader('Access-Control-Expose-Headers', exposedBefore)
      next()
    })
    app.use(onExpress.dpopGuard(guard))
    app.all('/orders', (req, res) => {
      handle()
      res.json({ for: onExpress.getAuth(req).subject })
    })
    return app
  }

const onKoaVersion =
  (Koa: typeof Koa3): CreateApi =>
  ({ guard, handle, exposedBefore }) => {
    const app = new Koa()
    app.silent = true
    app.use((ctx, next) => {
      if (exposedBefore !== undefined) ctx.set('Access-Control-Expose-Headers', exposedBefore)
      return next()
    })
    app.use(onKoa.dpopGuard(guard))
    app.use((ctx) => {
      handle()
      ctx.body = { for: onKoa.getAuth(ctx).subject }
    })
    return app.callback()
  }

const onFastifyVersion: CreateApi = async ({ guard, handle, exposedBefore }) => {
  const app = fastify()
  app.addHook('onRequest', async (_request, reply) => {
    if (exposedBefore !== undefined) reply.header('Access-Control-Expose-Headers', exposedBefore)
  })
  await app.register(onFastify.dpopGuard, guard)
  app.all('/orders', async (request) => {
    handle()
    return { for: onFastify.getAuth(request).subject }
  })
  await app.ready()
  return app.routing
}

export const frameworks: Record<string, CreateApi> = {
  'Express 5': onExpressVersion(express5),
  'Express 4': onExpressVersion(express4),
  'Koa 3': onKoaVersion(Koa3),
  'Koa 2': onKoaVersion(Koa2),
  'Fastify 5': onFastifyVersion,
}
