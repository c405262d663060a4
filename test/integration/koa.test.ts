import { createGuard, dpopGuard, getAuth, type ReplayStore, requireScopes } from '@dpop-guard/koa'
import Router from '@koa/router'
import Koa3 from 'koa'
import mount from 'koa-mount'
import Koa2 from 'koa2'
import { describe, expect, test, vi } from 'vitest'
import { challengeOf, startApi } from '../support/guarded-api.js'
import { sendRequest } from '../support/raw-http.js'

describe.each([
  { name: 'Koa 3', Koa: Koa3 },
  { name: 'Koa 2', Koa: Koa2 },
])('on $name', ({ Koa }) => {
  describe('under a mount point', () => {
    test('the guard compares the proof with the whole path, and leaves other paths alone', async () => {
      const api = await startApi((scene) => {
        const orders = new Koa()
        orders.use(dpopGuard(scene))
        orders.use((ctx) => {
          ctx.body = `${ctx.path} for ${ctx.state.auth.subject}`
        })
        const app = new Koa()
        app.use(mount('/api', orders))
        app.use((ctx) => {
          ctx.body = 'open'
        })
        return app.callback()
      })
      expect(await api.call('GET', '/api/orders')).toMatchObject({ status: 200, body: '/orders for alice' })
      expect(await api.send('GET', '/health')).toMatchObject({ status: 200, body: 'open' })
      expect((await api.send('GET', '/api/orders')).status).toBe(401)

      const headers = api.credentials('GET', '/orders')
      const rejected = await sendRequest({ port: api.port, method: 'GET', target: '/api/orders', headers })
      expect(challengeOf(rejected).error).toBe('invalid_dpop_proof')
    })

    test('koa-mount takes the middleware itself', async () => {
      const api = await startApi((scene) =>
        new Koa()
          .use(mount('/api', dpopGuard(scene)))
          .use((ctx) => {
            ctx.body = 'reached'
          })
          .callback(),
      )
      expect((await api.send('GET', '/api/orders')).status).toBe(401)
      expect((await api.call('GET', '/api/orders')).status).toBe(200)
      expect((await api.send('GET', '/health')).status).toBe(200)
    })

    test('the guard of a router with a prefix compares the proof with the whole path', async () => {
      const api = await startApi((scene) => {
        const router = new Router({ prefix: '/v1' })
        router.use(dpopGuard(scene))
        router.get('/orders/:id', requireScopes('orders:read'), (ctx) => {
          ctx.body = `${ctx.params.id} for ${ctx.state.auth.subject}`
        })
        return new Koa().use(router.routes()).use(router.allowedMethods()).callback()
      })
      expect(await api.call('GET', '/v1/orders/7')).toMatchObject({ status: 200, body: '7 for alice' })
      expect((await api.send('GET', '/v1/orders/7')).status).toBe(401)
      expect((await api.call('GET', '/v1/orders/7', { scope: 'orders:write' })).status).toBe(403)
    })

    test('the guard of a nested router compares the proof with the whole path', async () => {
      const api = await startApi((scene) => {
        const orders = new Router()
        orders.get('/:id', dpopGuard(scene), (ctx) => {
          ctx.body = ctx.state.auth.subject
        })
        const root = new Router()
        root.use('/v1/orders', orders.routes())
        return new Koa().use(root.routes()).callback()
      })
      expect(await api.call('GET', '/v1/orders/7')).toMatchObject({ status: 200, body: 'alice' })
      expect((await api.send('GET', '/v1/orders/7')).status).toBe(401)
    })
  })

  test('a path that middleware in front rewrote is compared as the client sent it', async () => {
    const api = await startApi((scene) =>
      new Koa()
        .use((ctx, next) => {
          ctx.url = `/internal${ctx.url}`
          return next()
        })
        .use(dpopGuard(scene))
        .use((ctx) => {
          ctx.body = ctx.path
        })
        .callback(),
    )
    expect(await api.call('GET', '/orders')).toMatchObject({ status: 200, body: '/internal/orders' })
  })

  test('a rejection has exactly the headers of the guard: no text/plain and no Content-Type without a body', async () => {
    const api = await startApi((scene) => new Koa().use(dpopGuard(scene)).callback())
    const empty = await api.send('GET', '/orders')
    expect(empty).toMatchObject({ status: 401, body: '' })
    expect(empty.header('Content-Type')).toEqual([])
    const full = await api.send('GET', '/orders', ['Authorization', 'DPoP abc'])
    expect(full.header('Content-Type')).toEqual(['application/json; charset=utf-8'])
    expect(JSON.parse(full.body)).toEqual({ error: 'invalid_dpop_proof', error_description: 'DPoP proof missing' })
  })

  test('middleware in front sees status and body of a rejection, and what it sets is sent', async () => {
    const seen: unknown[] = []
    const api = await startApi((scene) =>
      new Koa()
        .use(async (ctx, next) => {
          await next()
          seen.push(ctx.status, ctx.body)
          ctx.set('X-Response-Time', '1ms')
        })
        .use(dpopGuard(scene))
        .callback(),
    )
    const response = await api.send('GET', '/orders')
    expect(seen).toEqual([401, ''])
    expect(response.header('X-Response-Time')).toEqual(['1ms'])
    expect(challengeOf(response).scheme).toBe('DPoP')
  })

  describe("with onRejected: 'error'", () => {
    test("Koa's own handler answers with status, challenge and message, and logs nothing", async () => {
      const api = await startApi((scene) => new Koa().use(dpopGuard({ ...scene, onRejected: 'error' })).callback())
      const response = await api.send('GET', '/orders', ['Authorization', 'DPoP abc'])
      expect(response).toMatchObject({ status: 401, body: 'DPoP proof missing' })
      expect(response.header('Content-Type')).toEqual(['text/plain; charset=utf-8'])
      expect(challengeOf(response).error).toBe('invalid_dpop_proof')
      expect(await api.send('GET', '/orders')).toMatchObject({ status: 401, body: 'Unauthorized' })
    })

    test("the app's error event gets the rejection", async () => {
      const errors: unknown[] = []
      const api = await startApi((scene) => {
        const app = new Koa()
        app.on('error', (error) => errors.push(error))
        app.use(dpopGuard({ ...scene, onRejected: 'error' }))
        return app.callback()
      })
      await api.send('GET', '/orders')
      expect(errors).toMatchObject([{ name: 'RejectionError', rejection: { reason: 'credentials_missing' } }])
    })

    test("Koa's own handler answers for a broken replay store, with 503 and without a challenge", async () => {
      const replay = { addIfAbsent: () => Promise.reject(new Error('down')) }
      const api = await startApi((scene) =>
        new Koa().use(dpopGuard({ ...scene, replayStore: replay, onRejected: 'error' })).callback(),
      )
      const response = await api.call('GET', '/orders')
      expect(response).toMatchObject({ status: 503, body: 'Service Unavailable' })
      expect(response.header('WWW-Authenticate')).toEqual([])
    })
  })

  describe('more than one guard', () => {
    test('a guard that is mounted twice checks a request once', async () => {
      const claim = vi.fn<ReplayStore['addIfAbsent']>(() => true)
      const api = await startApi((scene) => {
        const guard = dpopGuard({ ...scene, replayStore: { addIfAbsent: claim } })
        return new Koa()
          .use(guard)
          .use(mount('/orders', guard))
          .use((ctx) => {
            ctx.body = getAuth(ctx).subject
          })
          .callback()
      })
      expect(await api.call('GET', '/orders')).toMatchObject({ status: 200, body: 'alice' })
      expect(claim).toHaveBeenCalledTimes(1)
    })

    test('two middlewares of one guard check a request once', async () => {
      const api = await startApi((scene) => {
        const guard = createGuard(scene)
        return new Koa()
          .use(dpopGuard({ guard }))
          .use(dpopGuard({ guard, onRejected: 'error' }))
          .use((ctx) => {
            ctx.body = ctx.state.auth.subject
          })
          .callback()
      })
      expect(await api.call('GET', '/orders')).toMatchObject({ status: 200, body: 'alice' })
    })

    test('two different guards both check', async () => {
      const api = await startApi((scene) =>
        new Koa()
          .use(dpopGuard({ ...scene, requiredScopes: ['orders:read'] }))
          .use(mount('/admin', dpopGuard({ ...scene, requiredScopes: ['admin'] })))
          .use((ctx) => {
            ctx.body = getAuth(ctx).subject
          })
          .callback(),
      )
      expect((await api.call('GET', '/orders', { scope: 'orders:read' })).status).toBe(200)
      expect((await api.call('GET', '/admin', { scope: 'orders:read' })).status).toBe(403)
      expect((await api.call('GET', '/admin', { scope: 'admin' })).status).toBe(403)
      expect((await api.call('GET', '/admin', { scope: 'orders:read admin' })).status).toBe(200)
    })
  })
})
