/** The same route, `GET /orders`, behind a guard on each adapter. */
import type { RequestListener } from 'node:http'
import type { Auth, Guard } from '@dpop-guard/core'
import * as onExpress from '@dpop-guard/express'
import * as onFastify from '@dpop-guard/fastify'
import * as onKoa from '@dpop-guard/koa'
import * as onNest from '@dpop-guard/nestjs'
import * as onWeb from '@dpop-guard/web'
import { getRequestListener } from '@hono/node-server'
import { Controller, Get, Header, Module } from '@nestjs/common'
import { type AbstractHttpAdapter, NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import express from 'express'
import fastify from 'fastify'
import Koa from 'koa'
import { onTestFinished } from 'vitest'

export type CreateHost = (guard: Guard) => Promise<RequestListener>

/** What the route sends without a nonce. */
export const cacheControl = 'public, max-age=3600'

/** Each makes an API whose route answers with the key of its caller. It needs a guard that requires credentials. */
export const everyHost: Readonly<Record<string, CreateHost>> = {
  Express: async (guard) =>
    express()
      .use(onExpress.dpopGuard({ guard }))
      .get('/orders', (req, res) => {
        res.set('Cache-Control', cacheControl).json({ jkt: onExpress.getAuth(req).jkt })
      }),

  Koa: async (guard) =>
    new Koa()
      .use(onKoa.dpopGuard({ guard }))
      .use((ctx) => {
        ctx.set('Cache-Control', cacheControl)
        ctx.body = { jkt: onKoa.getAuth(ctx).jkt }
      })
      .callback(),

  Fastify: async (guard) => {
    const app = fastify()
    await app.register(onFastify.dpopGuard, { guard })
    app.get('/orders', async (request, reply) => {
      reply.header('Cache-Control', cacheControl)
      return { jkt: onFastify.getAuth(request).jkt }
    })
    await app.ready()
    return app.routing
  },

  web: async (guard) => {
    const handle = (request: Request) =>
      Response.json({ jkt: onWeb.getAuth(request).jkt }, { headers: { 'Cache-Control': cacheControl } })
    return getRequestListener(onWeb.dpopGuard({ guard }).protect(handle), { overrideGlobalObjects: false })
  },

  'Nest on Express': (guard) => createNest(new ExpressAdapter(), guard),
  'Nest on Fastify': (guard) => createNest(new FastifyAdapter(), guard),
}

async function createNest(adapter: AbstractHttpAdapter, guard: Guard): Promise<RequestListener> {
  @Controller('orders')
  class Orders {
    @Get()
    @Header('Cache-Control', cacheControl)
    list(@onNest.CurrentAuth() auth: Auth) {
      return { jkt: auth.jkt }
    }
  }

  @Module({ imports: [onNest.DpopModule.forRoot({ guard })], controllers: [Orders] })
  class Api {}

  const app = await NestFactory.create(Api, adapter, { logger: false, abortOnError: false })
  onTestFinished(() => app.close())
  await app.init()
  if (!(adapter instanceof FastifyAdapter)) return adapter.getInstance()
  const instance = adapter.getInstance()
  await instance.ready()
  return instance.routing
}
