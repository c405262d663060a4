/** `reportOnly` beside the middleware of an application that already authenticates its callers. */
import * as onExpress from '@dpop-guard/express'
import * as onFastify from '@dpop-guard/fastify'
import * as onKoa from '@dpop-guard/koa'
import express from 'express'
import fastify, { type FastifyRequest } from 'fastify'
import Koa from 'koa'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type GuardedApi, startApi } from '../support/guarded-api.js'
import { listenToAll } from '../support/published-events.js'

/** What another middleware has put into the place where a guard puts its caller. */
const older = { user: 'the older middleware' }

/** Each starts an API that answers with the caller of the older middleware and with that of the guard. */
const apis: Readonly<Record<string, () => Promise<GuardedApi>>> = {
  Express: () =>
    startApi((scene) => {
      const app = express()
      app.use((req, _res, next) => {
        Object.assign(req, { auth: older })
        next()
      })
      app.use(onExpress.dpopGuard({ ...scene, reportOnly: true, onRejected: 'error' }))
      app.get('/orders', onExpress.requireScopes('admin'), (req, res) => {
        const { auth } = req as unknown as { auth: unknown }
        res.json({ auth, subject: onExpress.getOptionalAuth(req)?.subject ?? null })
      })
      return app
    }),

  Koa: () =>
    startApi((scene) => {
      const app = new Koa()
      app.use((ctx, next) => {
        ctx.state.auth = older
        return next()
      })
      app.use(onKoa.dpopGuard({ ...scene, reportOnly: true, onRejected: 'error' }))
      app.use(onKoa.requireScopes('admin'))
      app.use((ctx) => {
        ctx.body = { auth: ctx.state.auth, subject: onKoa.getOptionalAuth(ctx)?.subject ?? null }
      })
      return app.callback()
    }),

  Fastify: startFastifyApi,
}

/** It decorates its requests with `auth` itself. */
function startFastifyApi(): Promise<GuardedApi> {
  return startApi(async (scene) => {
    const app = fastify()
    app.decorateRequest('auth', null)
    app.addHook('onRequest', async (request) => void Object.assign(request, { auth: older }))
    await app.register(onFastify.dpopGuard, { ...scene, reportOnly: true, onRejected: 'error' })
    const handle = async (request: FastifyRequest) => {
      const { auth } = request as unknown as { auth: unknown }
      return { auth, subject: onFastify.getOptionalAuth(request)?.subject ?? null }
    }
    app.get('/orders', { config: { dpop: { scopes: ['admin'] } } }, handle)
    app.get('/hook', { preHandler: app.requireScopes('admin') }, handle)
    await app.ready()
    return app.routing
  })
}

beforeEach(() => {
  vi.spyOn(process, 'emitWarning').mockReturnValue()
  // A busy machine must not make a check take longer than a request waits for it.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

describe.each(Object.entries(apis))('on %s, reportOnly', (_, start) => {
  test('leaves the caller of the older middleware alone, and has its own for getOptionalAuth', async () => {
    const api = await start()
    const published = listenToAll()
    const response = await api.call('GET', '/orders')
    expect(response.status).toBe(200)
    expect(JSON.parse(response.body)).toEqual({ auth: older, subject: 'alice' })
    expect(published).toMatchObject([
      { channel: 'dpop-guard:accepted', event: { enforced: false } },
      { channel: 'dpop-guard:rejected', event: { enforced: false, reason: 'scope_insufficient' } },
    ])
  })

  test('lets a request without credentials pass, and sets no header', async () => {
    const api = await start()
    const published = listenToAll()
    const origin = ['Origin', 'https://app.example.com']
    const response = await api.send('GET', '/orders', origin)
    expect(response.status).toBe(200)
    expect(JSON.parse(response.body)).toEqual({ auth: older, subject: null })
    for (const name of ['WWW-Authenticate', 'DPoP-Nonce', 'Cache-Control', 'Access-Control-Expose-Headers']) {
      expect(response.header(name)).toEqual([])
    }
    expect(published).toMatchObject([{ event: { enforced: false, reason: 'credentials_missing', status: 401 } }])
  })
})

test('on Fastify, reportOnly reports the checks of a hook too', async () => {
  const api = await startFastifyApi()
  const published = listenToAll()
  expect((await api.call('GET', '/hook')).status).toBe(200)
  expect(published).toMatchObject([
    { event: { enforced: false } },
    { event: { enforced: false, reason: 'scope_insufficient' } },
  ])
})

test('on Fastify, reportOnly adds no property to requests, and still checks its name', async () => {
  const app = fastify()
  const options = { issuer: 'https://as.example.com', resource: 'https://api.example.com', reportOnly: true }
  await app.register(onFastify.dpopGuard, options)
  expect(app.hasRequestDecorator('auth')).toBe(false)
  const other = fastify()
  await expect(async () => other.register(onFastify.dpopGuard, { ...options, requestProperty: '' })).rejects.toThrow(
    '"requestProperty" must be a string that is not empty',
  )
})
