import type { RequestListener } from 'node:http'
import type { GuardOptions } from '@dpop-guard/core'
import { getRequestListener } from '@hono/node-server'
import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Injectable,
  Module,
  type ModuleMetadata,
  type Type,
  UnauthorizedException,
} from '@nestjs/common'
import { APP_GUARD, NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import type { RequestHandler } from 'express'
import fastify, { type FastifyInstance, type onRequestAsyncHookHandler } from 'fastify'
import Koa from 'koa'
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { createScene } from '../support/guard-scene.js'
import { listenOnLoopback } from '../support/listen.js'
import { listenToAll } from '../support/published-events.js'
import { sendRequest } from '../support/raw-http.js'
import { importCode } from './code.js'

const page = 'packages/core/docs/rolling-out.md'

interface Example {
  createApp(stage: string, options: GuardOptions, olderMiddleware: RequestHandler): RequestListener
}

type Settings = GuardOptions & { reportOnly?: boolean }

interface OtherFrameworks {
  guardKoa(app: Koa, settings: Settings, olderMiddleware: Koa.Middleware): void
  guardFastify(app: FastifyInstance, settings: Settings, olderHook: onRequestAsyncHookHandler): Promise<void>
  nestImports(settings: Settings, OlderModule: Type): NonNullable<ModuleMetadata['imports']>
  guardHandler(
    settings: Settings,
    olderCheck: (request: Request) => Response | undefined,
    handler: () => Response,
  ): (request: Request) => Promise<Response>
}

/** The older middleware accepts any Bearer token, and knows nothing of DPoP. */
const acceptsBearer = (authorization?: string) => authorization?.startsWith('Bearer ') ?? false

const olderMiddleware: RequestHandler = (req, res, next) => {
  if (acceptsBearer(req.headers.authorization)) next()
  else res.status(401).end()
}

/** The statuses that the page promises. */
const stages: { stage: string; settings: Partial<Settings>; expected: Record<string, number> }[] = [
  {
    stage: 'report',
    settings: { mode: 'bearer-and-dpop', reportOnly: true },
    expected: { bearer: 200, proof: 401, stolen: 200, nothing: 401 },
  },
  {
    stage: 'both',
    settings: { mode: 'bearer-and-dpop' },
    expected: { bearer: 200, proof: 200, stolen: 401, nothing: 401 },
  },
  {
    stage: 'dpop-only',
    settings: { mode: 'dpop-only' },
    expected: { bearer: 401, proof: 200, stolen: 401, nothing: 401 },
  },
]

beforeEach(() => {
  vi.spyOn(process, 'emitWarning').mockReturnValue()
  // A busy machine must not make a check take longer than a request waits for it.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  return () => {
    vi.useRealTimers()
    vi.restoreAllMocks()
  }
})

test.each(stages)('in the stage $stage, requests get the answers that the page says', async ({ stage, expected }) => {
  const { createApp } = await importCode<Example>(page, 'const stages')
  const scene = createScene()
  const { statuses, published } = await sendAll(scene, createApp(stage, scene.options, olderMiddleware))
  expect(statuses).toEqual(expected)
  // The report says what the stage "both" will do.
  if (stage === 'report') {
    expect(published.map(({ event }) => event)).toMatchObject([
      { enforced: false, scheme: 'Bearer' },
      { enforced: false, scheme: 'DPoP' },
      { enforced: false, reason: 'token_bound_as_bearer' },
      { enforced: false, reason: 'credentials_missing' },
    ])
  }
})

/** Each answers `[]` to a request that may pass. */
const others: Record<string, (example: OtherFrameworks, settings: Settings) => Promise<RequestListener>> = {
  async Koa({ guardKoa }, settings) {
    const app = new Koa()
    guardKoa(app, settings, (ctx, next) => (acceptsBearer(ctx.headers.authorization) ? next() : ctx.throw(401)))
    app.use((ctx) => {
      ctx.body = []
    })
    return app.callback()
  },

  async Fastify({ guardFastify }, settings) {
    const app = fastify()
    await guardFastify(app, settings, async (request, reply) => {
      if (!acceptsBearer(request.headers.authorization)) return reply.code(401).send()
    })
    app.get('/orders', async () => [])
    await app.ready()
    return app.routing
  },

  async NestJS({ nestImports }, settings) {
    @Injectable()
    class OlderGuard implements CanActivate {
      canActivate(context: ExecutionContext) {
        if (acceptsBearer(context.switchToHttp().getRequest().headers.authorization)) return true
        throw new UnauthorizedException()
      }
    }
    @Module({ providers: [{ provide: APP_GUARD, useClass: OlderGuard }] })
    class OlderModule {}
    @Controller()
    class Orders {
      @Get('orders')
      list() {
        return []
      }
    }
    @Module({ imports: nestImports(settings, OlderModule), controllers: [Orders] })
    class Api {}
    const adapter = new ExpressAdapter()
    const app = await NestFactory.create(Api, adapter, { logger: false })
    onTestFinished(() => app.close())
    await app.init()
    return adapter.getInstance()
  },

  async 'a Request'({ guardHandler }, settings) {
    const handle = guardHandler(
      settings,
      ({ headers }) =>
        acceptsBearer(headers.get('authorization') ?? undefined) ? undefined : new Response(null, { status: 401 }),
      () => Response.json([]),
    )
    return getRequestListener(handle)
  },
}

test.each(Object.entries(others).flatMap(([framework, start]) => stages.map((row) => ({ framework, start, ...row }))))(
  'on $framework, the stage $stage has the same answers',
  async ({ start, settings, expected }) => {
    const example = await importCode<OtherFrameworks>(page, 'guardKoa')
    const scene = createScene()
    const listener = await start(example, { ...scene.options, ...settings })
    const { statuses, published } = await sendAll(scene, listener)
    expect(statuses).toEqual(expected)
    if (settings.reportOnly) {
      expect(published).toMatchObject([
        { event: { enforced: false, scheme: 'Bearer' } },
        { event: { enforced: false, scheme: 'DPoP' } },
        { event: { reason: 'token_bound_as_bearer' } },
        { event: { reason: 'credentials_missing' } },
      ])
    }
  },
)

async function sendAll(scene: ReturnType<typeof createScene>, listener: RequestListener) {
  const { server, port, close } = await listenOnLoopback()
  onTestFinished(close)
  server.on('request', listener)
  const host = ['Host', 'api.example.com']
  const requests = {
    bearer: [...host, 'Authorization', `Bearer ${scene.mint({ cnf: undefined })}`],
    proof: scene.request().headers,
    stolen: [...host, 'Authorization', `Bearer ${scene.mint()}`],
    nothing: host,
  }
  const published = listenToAll()
  const statuses: Record<string, number> = {}
  for (const [name, headers] of Object.entries(requests)) {
    statuses[name] = (await sendRequest({ port, method: 'GET', target: '/orders', headers })).status
  }
  return { statuses, published }
}

test('a stage that does not exist is an error', async () => {
  const { createApp } = await importCode<Example>(page, 'const stages')
  expect(() => createApp('bearer', createScene().options, olderMiddleware)).toThrow('unknown stage bearer')
})

test('the snippet counts the requests with Bearer by client, for a limited number of clients', async () => {
  const { bearerRequests } = await importCode<{ bearerRequests: Map<string, number> }>(page, 'bearerRequests')
  const { guard, mint, request } = createScene({ mode: 'bearer-and-dpop' })
  const send = (token: string) =>
    guard.check({ method: 'GET', target: '/', headers: ['Authorization', `Bearer ${token}`] })
  await send(mint({ cnf: undefined, client_id: 'one' }))
  await send(mint({ cnf: undefined, client_id: 'one' }))
  await send(mint({ cnf: undefined, client_id: undefined }))
  await guard.check(request({ token: { client_id: 'with a proof' } }))
  expect(Object.fromEntries(bearerRequests)).toEqual({ one: 2, 'no client_id': 1 })
  for (let index = bearerRequests.size; index < 1000; index++) bearerRequests.set(`client ${index}`, 1)
  await send(mint({ cnf: undefined, client_id: 'one more' }))
  await send(mint({ cnf: undefined, client_id: 'one' }))
  expect(bearerRequests.size).toBe(1000)
  expect(bearerRequests.get('one')).toBe(3)
})
