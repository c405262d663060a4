import type { AsyncLocalStorage } from 'node:async_hooks'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Writable } from 'node:stream'
import type { GuardOptions } from '@dpop-guard/core'
import { DpopModule } from '@dpop-guard/nestjs'
import { getRequestListener } from '@hono/node-server'
import { Controller, Get, Module } from '@nestjs/common'
import { type AbstractHttpAdapter, NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import type { FastifyInstance } from 'fastify'
import { Hono } from 'hono'
import type Koa from 'koa'
import { type Logger, pino } from 'pino'
import { type Options, pinoHttp } from 'pino-http'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startApi } from '../support/guarded-api.js'
import { importCode } from './code.js'

test('with the options of the page pino-http writes no token, no proof and no nonce', async () => {
  const { logging } = await importCode<{ logging: Options }>('packages/core/docs/operating.md', 'redact')
  const lines: string[] = []
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk))
      done()
    },
  })
  const log = pinoHttp(logging, stream)
  const server = createServer((request, response) => {
    log(request, response)
    response.setHeader('DPoP-Nonce', 'secret-nonce').end()
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const headers = {
    authorization: 'DPoP secret-token',
    dpop: 'secret-proof',
    'x-request-id': 'kept',
    connection: 'close',
  }
  await fetch(`http://127.0.0.1:${port}/orders?access_token=secret`, { headers })
  await expect.poll(() => lines).toHaveLength(1)
  expect(lines.join()).not.toContain('secret')
  expect(JSON.parse(lines.join())).toMatchObject({ req: { url: '/orders', headers: { 'x-request-id': 'kept' } } })
})

describe('a log line of the guard has the id of its request, and so has the line of the framework', () => {
  type RequestLog = AsyncLocalStorage<Logger>
  interface Example {
    createLoggedApp(options: GuardOptions, requestLog: RequestLog, logger: Logger): unknown
  }
  const page = 'packages/core/docs/operating.md'

  /** The handler of an app of any of the frameworks. */
  async function handlerOf(app: unknown): Promise<RequestListener> {
    if (typeof app === 'object' && app !== null && 'callback' in app) return (app as Koa).callback()
    if (app instanceof Hono) return getRequestListener(app.fetch, { overrideGlobalObjects: false })
    if (typeof app !== 'object' || app === null || !('routing' in app)) return app as RequestListener
    const fastify = app as FastifyInstance
    await fastify.ready()
    return fastify.routing
  }

  /** A Nest application with the code of the page. */
  function onNest(platform: (logger: Logger) => AbstractHttpAdapter): () => Promise<Example> {
    @Controller('orders')
    class Orders {
      @Get()
      list() {
        return []
      }
    }

    return async () => {
      type Keep = (requestLog: RequestLog) => (req: { log: Logger }, res: unknown, next: () => void) => void
      const { keepLogger } = await importCode<{ keepLogger: Keep }>(page, 'function keepLogger')
      return {
        async createLoggedApp(options, requestLog, logger) {
          @Module({ imports: [DpopModule.forRoot(options)], controllers: [Orders] })
          class Api {}
          const adapter = platform(logger)
          const app = await NestFactory.create(Api, adapter, { logger: false, abortOnError: false })
          onTestFinished(() => app.close())
          if (adapter instanceof ExpressAdapter) app.use(pinoHttp({ logger }))
          app.use(keepLogger(requestLog))
          await app.init()
          return adapter.getInstance()
        },
      }
    }
  }

  const example = (text: string) => () => importCode<Example>(page, text)

  test.each([
    ['Express', 'req.id', example("'@dpop-guard/express'\nimport express from 'express'\nimport { pinoHttp }")],
    ['Koa', 'reqId', example('log.info({ method: ctx.method')],
    ['Fastify', 'reqId', example('loggerInstance')],
    ['Hono', 'reqId', example('log.info({ method: c.req.method')],
    ['Nest on Express', 'req.id', onNest(() => new ExpressAdapter())],
    ['Nest on Fastify', 'reqId', onNest((loggerInstance) => new FastifyAdapter({ loggerInstance }))],
  ] as const)('on %s', async (_, idName, load) => {
    const { requestLog } = await importCode<{ requestLog: RequestLog }>(page, 'export const requestLog')
    const { createLoggedApp } = await load()
    const lines: Record<string, unknown>[] = []
    const logger = pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) })
    const api = await startApi(async (options) => {
      const isRevoked = () => Promise.reject(new Error('down'))
      return handlerOf(await createLoggedApp({ ...options, isRevoked }, requestLog, logger))
    })
    const idOf = (line: Record<string, unknown>) =>
      idName === 'reqId' ? line.reqId : (line.req as { id: unknown } | undefined)?.id
    const missing = api.send('GET', '/orders')
    const unchecked = api.call('GET', '/orders')
    expect((await missing).status).toBe(401)
    expect((await unchecked).status).toBe(503)
    await expect
      .poll(() => lines.filter(({ msg }) => /request (?:completed|errored)/.test(String(msg))))
      .toHaveLength(2)
    for (const [msg, reason] of [
      ['request rejected', 'credentials_missing'],
      ['request cannot be checked', 'revocation_unavailable'],
    ]) {
      const ours = lines.find((line) => line.msg === msg)
      expect(ours).toMatchObject({ reason, enforced: true })
      const theirs = lines.filter((line) => line !== ours && idOf(line) === idOf(ours ?? {}))
      expect(idOf(ours ?? {})).toBeDefined()
      expect(theirs.length).toBeGreaterThan(0)
    }
    const ids = lines.filter(({ reason }) => reason !== undefined).map(idOf)
    expect(new Set(ids).size).toBe(2)
  })
})
