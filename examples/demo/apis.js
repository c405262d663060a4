// @ts-check
import * as onExpress from '@dpop-guard/express'
import * as onFastify from '@dpop-guard/fastify'
import * as onKoa from '@dpop-guard/koa'
import Router from '@koa/router'
import express from 'express'
import fastify from 'fastify'
import Koa from 'koa'
import { answerPreflight, corsHeaders } from './cors.js'
import { listenOnLoopback } from './loopback.js'

/**
 * @typedef {object} ApiOptions
 * @property {import('@dpop-guard/express').DpopGuardOptions} guard
 * @property {string} [allowedOrigin] of pages that may call it. Without it there is no CORS
 */

// The same API three times: GET and POST /orders. Each function returns the listener for a server's `request` event.
const frameworks = {
  /** @param {ApiOptions} options */
  async Express({ guard, allowedOrigin }) {
    const { dpopGuard, getAuth, requireScopes } = onExpress
    const app = express()
    if (allowedOrigin !== undefined) {
      app.use((req, res, next) => {
        res.set(corsHeaders(allowedOrigin))
        if (req.method === 'OPTIONS') res.set(answerPreflight).sendStatus(204)
        else next()
      })
    }
    app.use(dpopGuard(guard))
    app.get('/orders', requireScopes('orders:read'), (req, res) => {
      res.json({ for: getAuth(req).subject })
    })
    app.post('/orders', requireScopes('orders:write'), (req, res) => {
      res.status(201).json({ for: getAuth(req).subject })
    })
    return app
  },

  /** @param {ApiOptions} options */
  async Koa({ guard, allowedOrigin }) {
    const { dpopGuard, requireScopes } = onKoa
    const app = new Koa()
    if (allowedOrigin !== undefined) {
      app.use((ctx, next) => {
        ctx.set(corsHeaders(allowedOrigin))
        if (ctx.method !== 'OPTIONS') return next()
        ctx.set(answerPreflight)
        ctx.status = 204
        return undefined
      })
    }
    const router = new Router()
    router.get('/orders', requireScopes('orders:read'), (ctx) => {
      ctx.body = { for: ctx.state.auth.subject }
    })
    router.post('/orders', requireScopes('orders:write'), (ctx) => {
      ctx.status = 201
      ctx.body = { for: ctx.state.auth.subject }
    })
    return app.use(dpopGuard(guard)).use(router.routes()).callback()
  },

  /** @param {ApiOptions} options */
  async Fastify({ guard, allowedOrigin }) {
    const app = fastify()
    if (allowedOrigin !== undefined) {
      app.addHook('onRequest', async (request, reply) => {
        reply.headers(corsHeaders(allowedOrigin))
        return request.method === 'OPTIONS' ? reply.headers(answerPreflight).code(204).send() : undefined
      })
    }
    await app.register(onFastify.dpopGuard, guard)
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

/**
 * Opens a port for each API. The authorization server needs the APIs' URLs and the APIs need the issuer, so the ports come first.
 */
export function listenForApis() {
  return Promise.all(
    Object.entries(frameworks).map(async ([name, createApi]) => ({ name, createApi, ...(await listenOnLoopback()) })),
  )
}
