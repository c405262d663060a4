import { once } from 'node:events'
import { createGuard, dpopGuard, getAuth, type ReplayStore, requireScopes } from '@dpop-guard/express'
import express5 from 'express'
import express4 from 'express4'
import { describe, expect, test, vi } from 'vitest'
import { deferred } from '../support/deferred.js'
import { challengeOf, startApi } from '../support/guarded-api.js'
import { sendRequest } from '../support/raw-http.js'

describe.each([
  { name: 'Express 5', express: express5 },
  { name: 'Express 4', express: express4 },
])('on $name', ({ express }) => {
  describe('under a mount point', () => {
    test('the guard compares the proof with the whole path, and leaves other paths alone', async () => {
      const api = await startApi((scene) => {
        const app = express()
        app.use('/api', dpopGuard(scene))
        app.get('/api/orders', (req, res) => res.send(getAuth(req).subject))
        app.get('/health', (_req, res) => res.send('ok'))
        return app
      })
      expect(await api.call('GET', '/api/orders?page=2')).toMatchObject({ status: 200, body: 'alice' })
      expect(await api.send('GET', '/health')).toMatchObject({ status: 200, body: 'ok' })

      // The guard would accept this proof if it compared the path without the mount point.
      const headers = api.credentials('GET', '/orders')
      const rejected = await sendRequest({ port: api.port, method: 'GET', target: '/api/orders', headers })
      expect(rejected.status).toBe(401)
      expect(challengeOf(rejected).error).toBe('invalid_dpop_proof')
    })

    test('every spelling of the path that Express routes there is guarded', async () => {
      const handle = vi.fn()
      const api = await startApi((scene) => {
        const app = express()
        app.use('/api', dpopGuard(scene))
        app.use('/api/orders', (_req, res) => {
          handle()
          res.end()
        })
        return app
      })
      const statuses = { '/api/orders': 401, '/API/orders': 401, '/api/orders/': 401, '/api//orders': 401 }
      const unknownToExpress = { '/ap%69/orders': 404, '//api/orders': 404, '/x/../api/orders': 404 }
      for (const [target, status] of Object.entries({ ...statuses, ...unknownToExpress })) {
        expect([target, (await api.send('GET', target)).status]).toEqual([target, status])
      }
      expect(handle).not.toHaveBeenCalled()
    })

    test('the guard of a nested router compares the proof with the whole path', async () => {
      const api = await startApi((scene) => {
        const orders = express.Router()
        orders.use(dpopGuard(scene))
        orders.get('/:id', requireScopes('orders:read'), (req, res) => res.send(`${getAuth(req).subject}`))
        const v1 = express.Router()
        v1.use('/orders', orders)
        return express().use('/v1', v1)
      })
      expect(await api.call('GET', '/v1/orders/7')).toMatchObject({ status: 200, body: 'alice' })
      expect((await api.send('GET', '/v1/orders/7')).status).toBe(401)
    })

    test('the guard of a sub-app compares the proof with the whole path', async () => {
      const api = await startApi((scene) => {
        const admin = express()
        admin.use(dpopGuard(scene))
        admin.get('/users', (req, res) => res.send(getAuth(req).subject))
        return express().use('/admin', admin)
      })
      expect(await api.call('GET', '/admin/users')).toMatchObject({ status: 200, body: 'alice' })
      expect((await api.send('GET', '/admin/users')).status).toBe(401)
    })

    test('a guard in front of an app guards its sub-apps', async () => {
      const api = await startApi((scene) => {
        const admin = express()
        admin.get('/users', requireScopes('orders:read'), (req, res) => res.send(getAuth(req).subject))
        return express().use(dpopGuard(scene)).use('/admin', admin)
      })
      expect(await api.call('GET', '/admin/users')).toMatchObject({ status: 200, body: 'alice' })
      expect((await api.send('GET', '/admin/users')).status).toBe(401)
      expect((await api.call('GET', '/admin/users', { scope: 'orders:write' })).status).toBe(403)
    })
  })

  test('a path that middleware in front rewrote is compared as the client sent it', async () => {
    const api = await startApi((scene) =>
      express()
        .use((req, _res, next) => {
          req.url = `/internal${req.url}`
          next()
        })
        .use(dpopGuard(scene))
        .get('/internal/orders', (req, res) => {
          res.send(getAuth(req).subject)
        }),
    )
    expect(await api.call('GET', '/orders')).toMatchObject({ status: 200, body: 'alice' })
  })

  test('an empty or malformed scope list is an error when the route is made', () => {
    expect(() => requireScopes()).toThrow(new TypeError('dpop-guard: option "scopes" is required: one scope or more'))
    expect(() => requireScopes('orders read')).toThrow(TypeError)
    expect(() => requireScopes('')).toThrow(TypeError)
  })

  test("with onRejected: 'error', Express's own handler answers with the status and the challenge", async () => {
    const api = await startApi((scene) => express().use(dpopGuard({ ...scene, onRejected: 'error' })))
    const response = await api.send('GET', '/orders', ['Authorization', 'DPoP abc'])
    expect(response.status).toBe(401)
    expect(response.header('Content-Type')).toEqual(['text/html; charset=utf-8'])
    expect(challengeOf(response).error).toBe('invalid_dpop_proof')
  })

  describe('more than one guard', () => {
    test('a guard that is mounted twice checks a request once', async () => {
      const claim = vi.fn<ReplayStore['addIfAbsent']>(() => true)
      const api = await startApi((scene) => {
        const guard = dpopGuard({ ...scene, replayStore: { addIfAbsent: claim } })
        return express()
          .use(guard)
          .use('/orders', guard)
          .get('/orders', (req, res) => {
            res.send(getAuth(req).subject)
          })
      })
      expect(await api.call('GET', '/orders')).toMatchObject({ status: 200, body: 'alice' })
      expect(claim).toHaveBeenCalledTimes(1)
    })

    test('two middlewares of one guard check a request once', async () => {
      const api = await startApi((scene) => {
        const guard = createGuard(scene)
        return express()
          .use(dpopGuard({ guard }))
          .use('/orders', dpopGuard({ guard, onRejected: 'error' }))
          .get('/orders', (req, res) => {
            res.send(getAuth(req).subject)
          })
      })
      expect(await api.call('GET', '/orders')).toMatchObject({ status: 200, body: 'alice' })
    })

    test('two different guards both check', async () => {
      const api = await startApi((scene) =>
        express()
          .use(dpopGuard({ ...scene, requiredScopes: ['orders:read'] }))
          .use('/admin', dpopGuard({ ...scene, requiredScopes: ['admin'] }))
          .use((req, res) => {
            res.send(getAuth(req).subject)
          }),
      )
      expect((await api.call('GET', '/orders', { scope: 'orders:read' })).status).toBe(200)
      expect((await api.call('GET', '/admin', { scope: 'orders:read' })).status).toBe(403)
      expect((await api.call('GET', '/admin', { scope: 'admin' })).status).toBe(403)
      expect((await api.call('GET', '/admin', { scope: 'orders:read admin' })).status).toBe(200)
    })

    test('a guard before and after another one checks a request once', async () => {
      const api = await startApi((scene) => {
        const outer = dpopGuard(scene)
        return express()
          .use(outer)
          .use(dpopGuard(scene))
          .use('/orders', outer)
          .get('/orders', (req, res) => {
            res.send(getAuth(req).subject)
          })
      })
      expect(await api.call('GET', '/orders')).toMatchObject({ status: 200, body: 'alice' })
    })

    test('a guard checks each request again', async () => {
      const claim = vi.fn<ReplayStore['addIfAbsent']>(() => true)
      const api = await startApi((scene) =>
        express()
          .use(dpopGuard({ ...scene, replayStore: { addIfAbsent: claim } }))
          .use((_req, res) => {
            res.end()
          }),
      )
      await api.call('GET', '/orders')
      await api.call('GET', '/orders')
      expect(claim).toHaveBeenCalledTimes(2)
    })
  })

  test('an answer that other code sent while the guard waited is not changed', async () => {
    const asked = deferred<void>()
    const answer = deferred<boolean>()
    const handle = vi.fn()
    const replay = {
      addIfAbsent: () => {
        asked.resolve()
        return answer.promise
      },
    }
    const api = await startApi((scene) =>
      express()
        .use((_req, res, next) => {
          asked.promise.then(async () => {
            res.status(504).end('too slow')
            await once(res, 'finish')
            answer.resolve(true)
          })
          next()
        })
        .use(dpopGuard({ ...scene, replayStore: replay }))
        .use(handle),
    )
    expect(await api.call('GET', '/orders')).toMatchObject({ status: 504, body: 'too slow' })
    await answer.promise
    expect(handle).not.toHaveBeenCalled()
  })

  test('wrong options are a TypeError when the guard is made', () => {
    expect(() => Reflect.apply(dpopGuard, undefined, [])).toThrow(
      new TypeError('dpop-guard: "options" must be an object, got undefined'),
    )
    expect(() => Reflect.apply(dpopGuard, undefined, [{ isuer: 'https://as.example.com' }])).toThrow(
      /"isuer".*"issuer"/,
    )
  })
})
