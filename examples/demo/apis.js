// @ts-check
import * as onExpress from '@dpop-guard/express'
import * as onFastify from '@dpop-guard/fastify'
import * as onKoa from '@dpop-guard/koa'
import Router from '@koa/router'
import express from 'express'
import fastify from 'fastify'
import Koa from 'koa'

/** @typedef {{ issuer: string, resource: string }} GuardOptions */

// The same API three times: GET and POST /orders. Each function returns the listener for a server's `request` event.
export const frameworks = {
  /** @param {GuardOptions} options */
  async Express({ issuer, resource }) {
    const { dpopGuard, getAuth, requireScopes } = onExpress
    const app = express()
    app.use(dpopGuard({ issuer, resource }))
    app.get('/orders', requireScopes('orders:read'), (req, res) => {
      res.json({ for: getAuth(req).subject })
    })
    app.post('/orders', requireScopes('orders:write'), (req, res) => {
      res.status(201).json({ for: getAuth(req).subject })
    })
    return app
  },

  /** @param {GuardOptions} options */
  async Koa({ issuer, resource }) {
    const { dpopGuard, requireScopes } = onKoa
    const router = new Router()
    router.get('/orders', requireScopes('orders:read'), (ctx) => {
      ctx.body = { for: ctx.state.auth.subject }
    })
    router.post('/orders', requireScopes('orders:write'), (ctx) => {
      ctx.status = 201
      ctx.body = { for: ctx.state.auth.subject }
    })
    return new Koa().use(dpopGuard({ issuer, resource })).use(router.routes()).callback()
  },

  /** @param {GuardOptions} options */
  async Fastify({ issuer, resource }) {
    const app = fastify()
    await app.register(onFastify.dpopGuard, { issuer, resource })
    app.get('/orders', { config: { dpop: { scopes: ['orders:read'] } } }, async (request) => ({
      for: onFastify.getAuth(request).subject,
    }))
    app.post('/orders', { config: { dpop: { scopes: ['orders:write'] } } }, async (request, reply) => {
      reply.code(201)
      return { for: onFastify.getAuth(request).subject }
    })
    await app.ready()
    return app.routing
  },
}
