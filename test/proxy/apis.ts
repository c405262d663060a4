/** The same API on every framework: any method and path, behind a guard. It trusts every forwarded field, also a forged one. */
import type { RequestListener } from 'node:http'
import type { GuardOptions } from '@dpop-guard/core'
import { dpopGuard as onExpress } from '@dpop-guard/express'
import { dpopGuard as onFastify } from '@dpop-guard/fastify'
import { dpopGuard as onKoa } from '@dpop-guard/koa'
import express from 'express'
import fastify from 'fastify'
import Koa from 'koa'

/** The answer of an API to an accepted request. */
export interface Seen {
  /** The request target that reached Node. */
  target: string
  /** The host and protocol of the request in the framework's view. */
  host: string
  protocol: string
}

export const apis: Record<string, (options: GuardOptions) => Promise<RequestListener>> = {
  'Express 5': async (options) => {
    const app = express()
    app.set('trust proxy', true)
    app.use(onExpress(options))
    app.use((req, res) => {
      const seen: Seen = { target: req.originalUrl, host: req.host, protocol: req.protocol }
      res.json(seen)
    })
    return app
  },

  'Koa 3': async (options) => {
    const app = new Koa({ proxy: true })
    app.use(onKoa(options))
    app.use((ctx) => {
      const seen: Seen = { target: ctx.originalUrl, host: ctx.host, protocol: ctx.protocol }
      ctx.body = seen
    })
    return app.callback()
  },

  'Fastify 5': async (options) => {
    const app = fastify({ trustProxy: true })
    await app.register(onFastify, options)
    app.all('/*', async ({ originalUrl, host, protocol }): Promise<Seen> => ({ target: originalUrl, host, protocol }))
    await app.ready()
    return app.routing
  },
}
