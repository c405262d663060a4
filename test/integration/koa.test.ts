import { text } from 'node:stream/consumers'
import {
  createGuard,
  dpopGuard,
  getAuth,
  getOptionalAuth,
  RejectionError,
  type ReplayStore,
  requireScopes,
} from '@dpop-guard/koa'
import Router from '@koa/router'
import Koa3 from 'koa'
import mount from 'koa-mount'
import Koa2 from 'koa2'
import { describe, expect, test, vi } from 'vitest'
import { challengeOf, now, startApi } from '../support/guarded-api.js'
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

  test('a path that something in front rewrote is compared as the client sent it', async () => {
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

  test('a path without a route is guarded too', async () => {
    const api = await startApi((scene) => new Koa().use(dpopGuard(scene)).callback())
    expect((await api.send('GET', '/nowhere')).status).toBe(401)
    expect((await api.call('GET', '/nowhere')).status).toBe(404)
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

  describe('with body parsers', () => {
    test('a rejection is sent while the body is still to come, and no parser runs', async () => {
      const parse = vi.fn()
      const api = await startApi((scene) =>
        new Koa()
          .use(dpopGuard(scene))
          .use((_ctx, next) => {
            parse()
            return next()
          })
          .callback(),
      )
      const headers = ['Content-Type', 'application/json', 'Content-Length', '90000']
      expect((await api.send('POST', '/orders', headers)).status).toBe(401)
      expect(parse).not.toHaveBeenCalled()
    })

    test('a parser behind the guard gets the whole body', async () => {
      const api = await startApi((scene) =>
        new Koa()
          .use(dpopGuard(scene))
          .use(async (ctx) => {
            const body = await text(ctx.req)
            ctx.body = `${body.length} for ${ctx.state.auth.subject}`
          })
          .callback(),
      )
      const response = await api.call('POST', '/orders', { body: 'x'.repeat(50_000) })
      expect(response).toMatchObject({ status: 200, body: '50000 for alice' })
    })

    describe('in front of the guard', () => {
      const form = ['Content-Type', 'application/x-www-form-urlencoded']
      const start = () =>
        startApi((scene) =>
          new Koa()
            .use(async (ctx, next) => {
              // Where koa-bodyparser, @koa/bodyparser and koa-body put it.
              Object.assign(ctx.request, { body: Object.fromEntries(new URLSearchParams(await text(ctx.req))) })
              await next()
            })
            .use(dpopGuard(scene))
            .use((ctx) => {
              ctx.body = ctx.state.auth.subject
            })
            .callback(),
        )

      test('a form without a token is let in', async () => {
        const api = await start()
        expect((await api.call('POST', '/orders', { headers: form, body: 'item=1' })).status).toBe(200)
      })

      test('a token in the form besides the one in the header is a bad request', async () => {
        const api = await start()
        const response = await api.call('POST', '/orders', { headers: form, body: 'item=1&access_token=abc' })
        expect(response.status).toBe(400)
        expect(challengeOf(response)).toMatchObject({ scheme: 'DPoP', error: 'invalid_request' })
      })

      test('a token in the form alone counts as no credentials', async () => {
        const api = await start()
        const response = await api.send('POST', '/orders', form, 'access_token=abc')
        expect(response).toMatchObject({ status: 401, body: '' })
        expect(challengeOf(response)).toEqual({ scheme: 'DPoP', algs: 'ES256 PS256 Ed25519 EdDSA' })
      })
    })
  })

  describe('the caller', () => {
    test('is ctx.state.auth, and what getAuth and getOptionalAuth give', async () => {
      const seen: unknown[] = []
      const api = await startApi((scene) =>
        new Koa()
          .use(dpopGuard(scene))
          .use((ctx) => {
            seen.push(ctx.state.auth, getAuth(ctx), getOptionalAuth(ctx))
            ctx.body = 'seen'
          })
          .callback(),
      )
      await api.call('GET', '/orders')
      const [auth] = seen
      expect(auth).toMatchObject({
        scheme: 'DPoP',
        subject: 'alice',
        clientId: 'client-1',
        scopes: ['orders:read', 'orders:write'],
        expiresAt: now + 300,
        proof: { htm: 'GET', htu: `${api.origin}/orders` },
      })
      expect(seen[1]).toBe(auth)
      expect(seen[2]).toBe(auth)
    })

    test.each([
      { name: 'getAuth', ask: getAuth },
      { name: 'getOptionalAuth', ask: getOptionalAuth },
    ])('$name throws a clear error where no guard ran', async ({ ask }) => {
      const errors: unknown[] = []
      const api = await startApi((scene) =>
        new Koa()
          .use(catchErrors(errors))
          .use((ctx, next) => {
            ask(ctx)
            return next()
          })
          .use(dpopGuard(scene))
          .callback(),
      )
      expect((await api.call('GET', '/orders')).status).toBe(500)
      expect(errors).toEqual([new Error('dpop-guard: no guard ran for this request; put dpopGuard before this')])
    })

    test('requireScopes throws a clear error where no guard ran, and lets nobody in', async () => {
      const errors: unknown[] = []
      const handle = vi.fn()
      const api = await startApi(() =>
        new Koa().use(catchErrors(errors)).use(requireScopes('orders:read')).use(handle).callback(),
      )
      expect((await api.call('GET', '/orders')).status).toBe(500)
      expect(errors).toEqual([new Error('dpop-guard: no guard ran for this request; put dpopGuard before this')])
      expect(handle).not.toHaveBeenCalled()
    })
  })

  describe('with optional credentials', () => {
    const start = () =>
      startApi((scene) => {
        const router = new Router()
        router.get('/orders', (ctx) => {
          ctx.body = { for: getOptionalAuth(ctx)?.subject ?? 'nobody', state: ctx.state.auth === undefined }
        })
        router.get('/scoped', requireScopes('orders:read'), (ctx) => {
          ctx.body = { for: ctx.state.auth.subject }
        })
        return new Koa()
          .use(dpopGuard({ ...scene, credentials: 'optional' }))
          .use(router.routes())
          .callback()
      })

    test('a request without any passes without an identity, one with good ones passes with it', async () => {
      const api = await start()
      expect(await api.send('GET', '/orders')).toMatchObject({ status: 200, body: '{"for":"nobody","state":true}' })
      expect(await api.call('GET', '/orders')).toMatchObject({ status: 200, body: '{"for":"alice","state":false}' })
    })

    test('a request with bad ones is rejected', async () => {
      const api = await start()
      const response = await api.send('GET', '/orders', ['Authorization', 'DPoP abc'])
      expect(response.status).toBe(401)
      expect(challengeOf(response).error).toBe('invalid_dpop_proof')
    })

    test('requireScopes asks a request without any for credentials', async () => {
      const api = await start()
      const response = await api.send('GET', '/scoped')
      expect(response).toMatchObject({ status: 401, body: '' })
      expect(challengeOf(response)).toEqual({
        scheme: 'DPoP',
        algs: 'ES256 PS256 Ed25519 EdDSA',
        scope: 'orders:read',
      })
    })
  })

  test('a 403 names all scopes of the operation: those of the guard and those of the route', async () => {
    const handle = vi.fn()
    const api = await startApi((scene) =>
      new Koa()
        .use(dpopGuard({ ...scene, requiredScopes: ['orders:read'] }))
        .use(requireScopes('orders:write', 'orders:read'))
        .use(handle)
        .callback(),
    )
    const response = await api.call('GET', '/orders', { scope: 'orders:read' })
    expect(response.status).toBe(403)
    expect(JSON.parse(response.body)).toEqual({
      error: 'insufficient_scope',
      error_description: 'The access token lacks a required scope',
    })
    expect(challengeOf(response)).toMatchObject({ error: 'insufficient_scope', scope: 'orders:read orders:write' })
    expect(handle).not.toHaveBeenCalled()
  })

  describe("with onRejected: 'error'", () => {
    test('a try/catch in front gets status, headers and rejection, and the challenge is on the response', async () => {
      const errors: unknown[] = []
      const api = await startApi((scene) =>
        new Koa()
          .use(catchErrors(errors))
          .use(dpopGuard({ ...scene, onRejected: 'error' }))
          .callback(),
      )
      const response = await api.send('GET', '/orders', ['Authorization', 'DPoP abc'])
      expect(response).toMatchObject({ status: 401, body: 'handled: DPoP proof missing' })
      expect(challengeOf(response).error).toBe('invalid_dpop_proof')
      const [error] = errors
      expect(error).toBeInstanceOf(RejectionError)
      expect(error).toMatchObject({
        status: 401,
        statusCode: 401,
        expose: true,
        headers: { 'www-authenticate': response.header('WWW-Authenticate') },
        rejection: { reason: 'proof_missing', status: 401, error: 'invalid_dpop_proof' },
      })
    })

    test('a missing scope goes the same way', async () => {
      const errors: unknown[] = []
      const api = await startApi((scene) =>
        new Koa()
          .use(catchErrors(errors))
          .use(dpopGuard({ ...scene, onRejected: 'error' }))
          .use(requireScopes('admin'))
          .callback(),
      )
      const response = await api.call('GET', '/orders')
      expect(response.status).toBe(403)
      expect(challengeOf(response)).toMatchObject({ error: 'insufficient_scope', scope: 'admin' })
      expect(errors).toMatchObject([{ status: 403, rejection: { reason: 'scope_insufficient' } }])
    })

    test("Koa's own handler answers with status, challenge and message, and logs nothing", async () => {
      const api = await startApi((scene) => new Koa().use(dpopGuard({ ...scene, onRejected: 'error' })).callback())
      const response = await api.send('GET', '/orders', ['Authorization', 'DPoP abc'])
      expect(response).toMatchObject({ status: 401, body: 'DPoP proof missing' })
      expect(response.header('Content-Type')).toEqual(['text/plain; charset=utf-8'])
      expect(challengeOf(response).error).toBe('invalid_dpop_proof')
    })

    test("Koa's own handler sends one challenge for each scheme", async () => {
      const api = await startApi((scene) =>
        new Koa().use(dpopGuard({ ...scene, mode: 'bearer-and-dpop', onRejected: 'error' })).callback(),
      )
      const response = await api.send('GET', '/orders')
      expect(response).toMatchObject({ status: 401, body: 'Unauthorized' })
      expect(response.header('WWW-Authenticate').map((line) => line.split(' ', 1)[0])).toEqual(['Bearer', 'DPoP'])
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

    test('a broken replay store is a 503 there, without a challenge', async () => {
      const replay = { claim: () => Promise.reject(new Error('down')) }
      const api = await startApi((scene) =>
        new Koa().use(dpopGuard({ ...scene, replay, onRejected: 'error' })).callback(),
      )
      const response = await api.call('GET', '/orders')
      expect(response).toMatchObject({ status: 503, body: 'Service Unavailable' })
      expect(response.header('WWW-Authenticate')).toEqual([])
    })
  })

  describe('more than one guard', () => {
    test('a guard that is mounted twice checks a request once', async () => {
      const claim = vi.fn<ReplayStore['claim']>(() => true)
      const api = await startApi((scene) => {
        const guard = dpopGuard({ ...scene, replay: { claim } })
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

function catchErrors(errors: unknown[]): Koa3.Middleware {
  return async (ctx, next) => {
    try {
      await next()
    } catch (error) {
      errors.push(error)
      ctx.status = error instanceof RejectionError ? error.status : 500
      ctx.body = `handled: ${error instanceof Error ? error.message : error}`
    }
  }
}
