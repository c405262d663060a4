/** The documented readiness checks, each on its framework: before the keys are there, after it, and without a token. */
import type { RequestListener } from 'node:http'
import type { Guard } from '@dpop-guard/core'
import { DpopModule } from '@dpop-guard/nestjs'
import { getRequestListener } from '@hono/node-server'
import { Controller, Get, Module, type Type } from '@nestjs/common'
import { type AbstractHttpAdapter, NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import type { Express } from 'express'
import type { FastifyInstance } from 'fastify'
import type { Hono } from 'hono'
import type Koa from 'koa'
import { expect, onTestFinished, test } from 'vitest'
import { importCode } from '../docs/code.js'
import { createScene } from '../support/guard-scene.js'
import { listenOnLoopback } from '../support/listen.js'
import { startIssuerServer } from '../support/test-issuer.js'

const page = 'packages/core/docs/operating.md'
type Start = (guard: Guard) => Promise<string>

async function serve(listener: RequestListener): Promise<string> {
  const { server, origin, close } = await listenOnLoopback()
  server.on('request', listener)
  onTestFinished(close)
  return origin
}

const frameworks: Record<string, Start> = {
  async Express(guard) {
    const { createApp } = await importCode<{ createApp(guard: Guard): Express }>(page, "app.get('/readyz', (req, res)")
    return serve(createApp(guard))
  },
  async Koa(guard) {
    const { createApp } = await importCode<{ createApp(guard: Guard): Koa }>(page, "ctx.path !== '/readyz'")
    return serve(createApp(guard).callback())
  },
  async Fastify(guard) {
    const code = "app.get('/readyz', { config"
    const { createApp } = await importCode<{ createApp(guard: Guard): Promise<FastifyInstance> }>(page, code)
    const app = await createApp(guard)
    onTestFinished(() => app.close())
    return app.listen({ port: 0, host: '127.0.0.1' })
  },
  async Hono(guard) {
    const { createApp } = await importCode<{ createApp(guard: Guard): Hono }>(page, "app.get('/readyz', (c)")
    return serve(getRequestListener(createApp(guard).fetch, { overrideGlobalObjects: false }))
  },
  'Nest on Express': (guard) => startNest(new ExpressAdapter(), guard),
  'Nest on Fastify': (guard) => startNest(new FastifyAdapter(), guard),
}

/** With the controller of the package's README. */
async function startNest(adapter: AbstractHttpAdapter, guard: Guard): Promise<string> {
  const { ReadinessController } = await importCode<{ ReadinessController: Type }>(
    'packages/nestjs/README.md',
    "@Controller('readyz')",
    'ts',
  )

  @Controller('orders')
  class Orders {
    @Get()
    list() {
      return []
    }
  }

  @Module({ imports: [DpopModule.forRoot({ guard })], controllers: [ReadinessController, Orders] })
  class Api {}

  const app = await NestFactory.create(Api, adapter, { logger: false, abortOnError: false })
  onTestFinished(() => app.close())
  await app.listen(0, '127.0.0.1')
  return app.getUrl()
}

test.each(Object.entries(frameworks))(
  'on %s, /readyz follows the keys, and other routes stay guarded',
  async (_, start) => {
    const server = await startIssuerServer()
    onTestFinished(() => server.close())
    server.behave('error-500', 'jwks')
    const { guard, clock } = createScene({ issuer: server.issuer }, server)
    const origin = await start(guard as Guard)
    const statusOf = async (path: string) => (await fetch(origin + path)).status
    expect(await statusOf('/readyz')).toBe(503)
    server.behave('normal')
    clock.now += 30
    expect(await statusOf('/readyz')).toBe(204)
    expect(await statusOf('/orders')).toBe(401)
  },
)
