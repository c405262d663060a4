/** The same small API on every framework: for any method, `/orders` behind a guard and `/unguarded` without a guard. */
import type { RequestListener } from 'node:http'
import { text } from 'node:stream/consumers'
import type { Auth } from '@dpop-guard/core'
import * as onExpress from '@dpop-guard/express'
import * as onFastify from '@dpop-guard/fastify'
import '@dpop-guard/fastify/request-auth'
import * as onKoa from '@dpop-guard/koa'
import Router from '@koa/router'
import express5, { type ErrorRequestHandler, type RequestHandler } from 'express'
import express4 from 'express4'
import fastify, { type FastifyRequest } from 'fastify'
import Koa3 from 'koa'
import Koa2 from 'koa2'

/** The route's view of the request. */
export interface RouteRequest {
  /** `req.auth` on Express, `ctx.state.auth` on Koa, `request.auth` on Fastify; undefined where that is null. */
  auth: unknown
  /** The body, as the parser left it. */
  body: unknown
  getAuth(): Auth
  getOptionalAuth(): Auth | undefined
}

/** The options of one test. */
export interface ApiParts {
  guard: onExpress.DpopGuardOptions
  /** Called for every request that reaches a route. Its result is sent as JSON. The framework handles an error. */
  handle(request: RouteRequest): object
  /** Scopes that both routes require. */
  scopes?: readonly string[] | undefined
  /** Set in front of the guard, as CORS middleware does. */
  exposedBefore?: string | undefined
  /** Called behind the guard, in front of the parser of JSON. */
  beforeParsing?: (() => void) | undefined
  /** Returns the body of the answer to an error. Without it, the framework's own error handler answers. */
  answerError?: ((error: unknown) => string) | undefined
}

export type CreateApi = (parts: ApiParts) => RequestListener | Promise<RequestListener>

const onExpressVersion =
  (express: typeof express5): CreateApi =>
  ({ guard, handle, scopes = [], exposedBefore, beforeParsing, answerError }) => {
    const route: RequestHandler[] = scopes.length === 0 ? [] : [onExpress.requireScopes(...scopes)]
    route.push((req, res) => {
      res.json(
        handle({
          auth: 'auth' in req ? req.auth : undefined,
          body: req.body,
          getAuth: () => onExpress.getAuth(req),
          getOptionalAuth: () => onExpress.getOptionalAuth(req),
        }),
      )
    })
    const app = express()
    app.use((_req, res, next) => {
      if (exposedBefore !== undefined) res.setHeader('Access-Control-Expose-Headers', exposedBefore)
      next()
    })
    app.use(express.urlencoded({ extended: false }))
    app.all('/unguarded', route)
    app.use(onExpress.dpopGuard(guard))
    app.use((_req, _res, next) => {
      beforeParsing?.()
      next()
    })
    app.use(express.json())
    app.all('/orders', route)
    if (answerError !== undefined) {
      const handleError: ErrorRequestHandler = (error, _req, res, _next) => {
        res.status(onExpress.isRejectionError(error) ? error.status : 500).send(answerError(error))
      }
      app.use(handleError)
    }
    return app
  }

const onKoaVersion =
  (Koa: typeof Koa3): CreateApi =>
  ({ guard, handle, scopes = [], exposedBefore, beforeParsing, answerError }) => {
    const route: Koa3.Middleware[] = scopes.length === 0 ? [] : [onKoa.requireScopes(...scopes)]
    route.push((ctx) => {
      ctx.body = handle({
        auth: ctx.state.auth,
        body: 'body' in ctx.request ? ctx.request.body : undefined,
        getAuth: () => onKoa.getAuth(ctx),
        getOptionalAuth: () => onKoa.getOptionalAuth(ctx),
      })
    })
    const app = new Koa()
    app.silent = true
    app.use(async (ctx, next) => {
      if (exposedBefore !== undefined) ctx.set('Access-Control-Expose-Headers', exposedBefore)
      try {
        await next()
      } catch (error) {
        if (answerError === undefined) throw error
        ctx.status = onKoa.isRejectionError(error) ? error.status : 500
        ctx.body = answerError(error)
      }
    })
    app.use(parseOnKoa('urlencoded', (body) => Object.fromEntries(new URLSearchParams(body))))
    app.use(new Router().all('/unguarded', ...route).routes())
    app.use(onKoa.dpopGuard(guard))
    app.use((_ctx, next) => {
      beforeParsing?.()
      return next()
    })
    app.use(parseOnKoa('json', JSON.parse))
    app.use(new Router().all('/orders', ...route).routes())
    return app.callback()
  }

/** Puts the body where koa-bodyparser, @koa/bodyparser and koa-body put it. */
function parseOnKoa(type: string, parse: (body: string) => unknown): Koa3.Middleware {
  return async (ctx, next) => {
    if (ctx.is(type)) Object.assign(ctx.request, { body: parse(await text(ctx.req)) })
    await next()
  }
}

const onFastifyVersion: CreateApi = async (parts) => {
  const { guard, handle, scopes, exposedBefore, beforeParsing, answerError } = parts
  const route = async (request: FastifyRequest) =>
    handle({
      auth: request.auth ?? undefined,
      body: request.body,
      getAuth: () => onFastify.getAuth(request),
      getOptionalAuth: () => onFastify.getOptionalAuth(request),
    })
  const app = fastify()
  app.addHook('onRequest', async (_request, reply) => {
    if (exposedBefore !== undefined) reply.header('Access-Control-Expose-Headers', exposedBefore)
  })
  if (answerError !== undefined) {
    app.setErrorHandler(async (error, _request, reply) => {
      reply.code(onFastify.isRejectionError(error) ? error.status : 500)
      return answerError(error)
    })
  }
  await app.register(onFastify.dpopGuard, guard)
  app.addHook('preParsing', async () => {
    beforeParsing?.()
  })
  const unguarded = { config: { dpop: false }, onRequest: scopes ? [app.requireScopes(...scopes)] : [] } as const
  app.all('/unguarded', unguarded, route)
  app.all('/orders', { config: scopes ? { dpop: { scopes } } : {} }, route)
  await app.ready()
  return app.routing
}

/** Frameworks whose guard is a middleware. A parser of forms runs in front of it. */
export const middlewareFrameworks: Record<string, CreateApi> = {
  'Express 5': onExpressVersion(express5),
  'Express 4': onExpressVersion(express4),
  'Koa 3': onKoaVersion(Koa3),
  'Koa 2': onKoaVersion(Koa2),
}

export const frameworks: Record<string, CreateApi> = { ...middlewareFrameworks, 'Fastify 5': onFastifyVersion }
