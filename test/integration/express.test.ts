import { once } from 'node:events'
import {
  createGuard,
  dpopGuard,
  getAuth,
  getOptionalAuth,
  RejectionError,
  type ReplayStore,
  requireScopes,
} from '@dpop-guard/express'
import express5, { type ErrorRequestHandler } from 'express'
import express4 from 'express4'
import { describe, expect, test, vi } from 'vitest'
import { deferred } from '../support/deferred.js'
import { challengeOf, now, startApi } from '../support/guarded-api.js'
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

      // What the guard would accept if it read the path that is left behind the mount point.
      const headers = api.credentials('GET', '/orders')
      const rejected = await sendRequest({ port: api.port, method: 'GET', target: '/api/orders', headers })
      expect(rejected.status).toBe(401)
      expect(challengeOf(rejected).error).toBe('invalid_dpop_proof')
    })

    test('every spelling of the path that Express takes there is guarded', async () => {
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

  test('a path that something in front rewrote is compared as the client sent it', async () => {
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

  test('a path without a route is guarded too', async () => {
    const api = await startApi((scene) => express().use(dpopGuard(scene)))
    expect((await api.send('GET', '/nowhere')).status).toBe(401)
    expect((await api.call('GET', '/nowhere')).status).toBe(404)
  })

  describe('with body parsers', () => {
    test('a rejection is sent while the body is still to come, and no parser runs', async () => {
      const parse = vi.fn()
      const api = await startApi((scene) =>
        express()
          .use(dpopGuard(scene))
          .use((_req, _res, next) => {
            parse()
            next()
          })
          .use(express.json()),
      )
      const headers = ['Content-Type', 'application/json', 'Content-Length', '90000']
      expect((await api.send('POST', '/orders', headers)).status).toBe(401)
      expect(parse).not.toHaveBeenCalled()
    })

    test('a parser behind the guard gets the whole body', async () => {
      const api = await startApi((scene) =>
        express()
          .use(dpopGuard(scene))
          .use(express.json())
          .post('/orders', (req, res) => {
            res.json({ for: getAuth(req).subject, got: req.body })
          }),
      )
      const body = JSON.stringify({ item: 'x'.repeat(50_000) })
      const headers = ['Content-Type', 'application/json']
      const response = await api.call('POST', '/orders', { headers, body })
      expect(response.status).toBe(200)
      expect(JSON.parse(response.body)).toEqual({ for: 'alice', got: JSON.parse(body) })
    })

    describe('in front of the guard', () => {
      const form = ['Content-Type', 'application/x-www-form-urlencoded']
      const start = () =>
        startApi((scene) =>
          express()
            .use(express.urlencoded({ extended: false }))
            .use(dpopGuard(scene))
            .post('/orders', (req, res) => {
              res.send(getAuth(req).subject)
            }),
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
    test('is req.auth, and what getAuth and getOptionalAuth give', async () => {
      const seen: unknown[] = []
      const api = await startApi((scene) =>
        express()
          .use(dpopGuard(scene))
          .get('/orders', (req, res) => {
            seen.push('auth' in req && req.auth, getAuth(req), getOptionalAuth(req))
            res.end()
          }),
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
      const { handleError, errors } = errorHandler()
      const api = await startApi((scene) =>
        express()
          .get('/orders', (req, res) => {
            res.json(ask(req))
          })
          .use(dpopGuard(scene))
          .use(handleError),
      )
      expect((await api.call('GET', '/orders')).status).toBe(500)
      expect(errors).toEqual([new Error('dpop-guard: no guard ran for this request; put dpopGuard before this')])
    })

    test('requireScopes reports a clear error where no guard ran, and lets nobody in', async () => {
      const { handleError, errors } = errorHandler()
      const handle = vi.fn()
      const api = await startApi(() => express().get('/orders', requireScopes('orders:read'), handle).use(handleError))
      expect((await api.call('GET', '/orders')).status).toBe(500)
      expect(errors).toEqual([new Error('dpop-guard: no guard ran for this request; put dpopGuard before this')])
      expect(handle).not.toHaveBeenCalled()
    })
  })

  describe('with optional credentials', () => {
    const start = () =>
      startApi((scene) => {
        const app = express()
        app.use(dpopGuard({ ...scene, credentials: 'optional' }))
        app.get('/orders', (req, res) => res.json({ for: getOptionalAuth(req)?.subject ?? 'nobody' }))
        app.get('/mine', (req, res) => res.json({ for: getAuth(req).subject }))
        app.get('/scoped', requireScopes('orders:read'), (req, res) => res.json({ for: getAuth(req).subject }))
        return app
      })

    test('a request without any passes without an identity, one with good ones passes with it', async () => {
      const api = await start()
      expect(await api.send('GET', '/orders')).toMatchObject({ status: 200, body: '{"for":"nobody"}' })
      expect(await api.call('GET', '/orders')).toMatchObject({ status: 200, body: '{"for":"alice"}' })
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

    test('getAuth throws where there is no identity', async () => {
      const api = await start()
      const response = await api.send('GET', '/mine')
      expect(response.status).toBe(500)
      expect(response.body).toContain('the request has no identity (credentials: &#39;optional&#39;)')
    })
  })

  describe('scopes', () => {
    test('a 403 names all scopes of the operation: those of the guard and those of the route', async () => {
      const api = await startApi((scene) =>
        express()
          .use(dpopGuard({ ...scene, requiredScopes: ['orders:read'] }))
          .get('/orders', requireScopes('orders:write', 'orders:read'), (_req, res) => {
            res.end()
          }),
      )
      const response = await api.call('GET', '/orders', { scope: 'orders:read' })
      expect(response.status).toBe(403)
      expect(JSON.parse(response.body)).toEqual({
        error: 'insufficient_scope',
        error_description: 'The access token lacks a required scope',
      })
      expect(challengeOf(response)).toMatchObject({ error: 'insufficient_scope', scope: 'orders:read orders:write' })
      expect((await api.call('GET', '/orders')).status).toBe(200)
    })

    test('a scope list that is empty or malformed is an error where the route is made', () => {
      expect(() => requireScopes()).toThrow(new TypeError('dpop-guard: at least one scope is needed'))
      expect(() => requireScopes('orders read')).toThrow(TypeError)
      expect(() => requireScopes('')).toThrow(TypeError)
    })
  })

  describe("with onRejected: 'error'", () => {
    test('the error handler gets status, headers and rejection, and the challenge is on the response', async () => {
      const { handleError, errors } = errorHandler()
      const api = await startApi((scene) =>
        express()
          .use(dpopGuard({ ...scene, onRejected: 'error' }))
          .use(handleError),
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
      const { handleError, errors } = errorHandler()
      const api = await startApi((scene) =>
        express()
          .use(dpopGuard({ ...scene, onRejected: 'error' }))
          .use(requireScopes('admin'))
          .use(handleError),
      )
      const response = await api.call('GET', '/orders')
      expect(response.status).toBe(403)
      expect(challengeOf(response)).toMatchObject({ error: 'insufficient_scope', scope: 'admin' })
      expect(errors).toMatchObject([{ status: 403, rejection: { reason: 'scope_insufficient' } }])
    })

    test("Express's own handler answers with the status and the challenge", async () => {
      const api = await startApi((scene) => express().use(dpopGuard({ ...scene, onRejected: 'error' })))
      const response = await api.send('GET', '/orders', ['Authorization', 'DPoP abc'])
      expect(response.status).toBe(401)
      expect(response.header('Content-Type')).toEqual(['text/html; charset=utf-8'])
      expect(challengeOf(response).error).toBe('invalid_dpop_proof')
    })

    test("Express's own handler sends one challenge for each scheme", async () => {
      const api = await startApi((scene) =>
        express().use(dpopGuard({ ...scene, mode: 'bearer-and-dpop', onRejected: 'error' })),
      )
      const response = await api.send('GET', '/orders')
      expect(response.status).toBe(401)
      expect(response.header('WWW-Authenticate').map((line) => line.split(' ', 1)[0])).toEqual(['Bearer', 'DPoP'])
    })

    test('a broken replay store is a 503 there, without a challenge', async () => {
      const replay = { claim: () => Promise.reject(new Error('down')) }
      const { handleError, errors } = errorHandler()
      const api = await startApi((scene) =>
        express()
          .use(dpopGuard({ ...scene, replay, onRejected: 'error' }))
          .use(handleError),
      )
      const response = await api.call('GET', '/orders')
      expect(response).toMatchObject({ status: 503, body: 'handled: Service Unavailable' })
      expect(response.header('WWW-Authenticate')).toEqual([])
      expect(errors).toMatchObject([{ status: 503, rejection: { reason: 'replay_store_unavailable' } }])
    })
  })

  describe('more than one guard', () => {
    test('a guard that is mounted twice checks a request once', async () => {
      const claim = vi.fn<ReplayStore['claim']>(() => true)
      const api = await startApi((scene) => {
        const guard = dpopGuard({ ...scene, replay: { claim } })
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

    test('a guard on both sides of another one checks a request once', async () => {
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

    test('a guard checks each request anew', async () => {
      const claim = vi.fn<ReplayStore['claim']>(() => true)
      const api = await startApi((scene) =>
        express()
          .use(dpopGuard({ ...scene, replay: { claim } }))
          .use((_req, res) => {
            res.end()
          }),
      )
      await api.call('GET', '/orders')
      await api.call('GET', '/orders')
      expect(claim).toHaveBeenCalledTimes(2)
    })
  })

  test('an answer that something else sent while the guard waited is left alone', async () => {
    const asked = deferred<void>()
    const answer = deferred<boolean>()
    const handle = vi.fn()
    const replay = {
      claim: () => {
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
        .use(dpopGuard({ ...scene, replay }))
        .use(handle),
    )
    expect(await api.call('GET', '/orders')).toMatchObject({ status: 504, body: 'too slow' })
    await answer.promise
    expect(handle).not.toHaveBeenCalled()
  })

  test('wrong options are a TypeError where the guard is made', () => {
    expect(() => Reflect.apply(dpopGuard, undefined, [])).toThrow(
      new TypeError('dpop-guard: options must be an object'),
    )
    expect(() => Reflect.apply(dpopGuard, undefined, [{ isuer: 'https://as.example.com' }])).toThrow(
      /"isuer".*"issuer"/,
    )
  })
})

function errorHandler() {
  const errors: unknown[] = []
  const handleError: ErrorRequestHandler = (error, _req, res, _next) => {
    errors.push(error)
    res.status(error.status ?? 500).send(`handled: ${error.message}`)
  }
  return { errors, handleError }
}
