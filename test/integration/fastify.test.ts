import {
  createGuard,
  type DpopRouteConfig,
  dpopGuard,
  getAuth,
  getOptionalAuth,
  type ReplayStore,
} from '@dpop-guard/fastify'
import '@dpop-guard/fastify/request-auth'
import fastify, { type FastifyInstance } from 'fastify'
import { describe, expect, test, vi } from 'vitest'
import { challengeOf, type GuardedApi, type Scene, startApi } from '../support/guarded-api.js'
import { sendRequest } from '../support/raw-http.js'

/** Starts the app that `create` makes. Does not wait for its plugins. */
function start(create: (scene: Scene) => FastifyInstance): Promise<GuardedApi> {
  return startApi(async (scene) => {
    const app = create(scene)
    await app.ready()
    return app.routing
  })
}

describe('routes', () => {
  test('behind the guard are guarded, with the query left out of the comparison', async () => {
    const api = await start((scene) => {
      const app = fastify()
      app.register(dpopGuard, scene)
      app.get('/orders/:id', async (request) => getAuth(request).subject)
      return app
    })
    expect(await api.call('GET', '/orders/7?page=2')).toMatchObject({ status: 200, body: 'alice' })
    const rejected = await api.send('GET', '/orders/7')
    expect(rejected).toMatchObject({ status: 401, body: '' })
    expect(challengeOf(rejected)).toEqual({ scheme: 'DPoP', algs: 'ES256 PS256 Ed25519 EdDSA' })
  })

  test('declared before the plugin are guarded, even if nothing waits for it to load', async () => {
    const api = await startApi(async (scene) => {
      const app = fastify()
      app.get('/orders', async (request) => getAuth(request).subject)
      await app.register(dpopGuard, scene)
      app.get('/invoices', async (request) => getAuth(request).subject)
      await app.ready()
      return app.routing
    })
    for (const path of ['/orders', '/invoices']) {
      expect((await api.send('GET', path)).status).toBe(401)
      expect(await api.call('GET', path)).toMatchObject({ status: 200, body: 'alice' })
    }
  })

  test('of plugins that are registered before the guard are guarded too', async () => {
    const api = await start((scene) => {
      const app = fastify()
      app.register(async (child) => {
        child.get('/orders', async () => 'reached')
      })
      app.register(dpopGuard, scene)
      return app
    })
    expect((await api.send('GET', '/orders')).status).toBe(401)
  })

  test('with a prefix are compared with the whole path', async () => {
    const api = await start((scene) => {
      const app = fastify()
      app.register(dpopGuard, scene)
      app.register(
        async (v1) => {
          v1.register(
            async (orders) => {
              orders.get('/', async (request) => getAuth(request).subject)
            },
            { prefix: '/orders' },
          )
        },
        { prefix: '/v1' },
      )
      return app
    })
    expect(await api.call('GET', '/v1/orders')).toMatchObject({ status: 200, body: 'alice' })
    const headers = api.credentials('GET', '/orders')
    expect((await sendRequest({ port: api.port, method: 'GET', target: '/v1/orders', headers })).status).toBe(401)
  })

  test('behind rewriteUrl are compared with the path that the client sent', async () => {
    const api = await startApi(async (scene) => {
      const app = fastify({ rewriteUrl: ({ url = '/' }) => url.replace('/public/', '/internal/') })
      await app.register(dpopGuard, scene)
      app.get('/internal/orders', async (request) => request.url)
      await app.ready()
      return app.routing
    })
    expect(await api.call('GET', '/public/orders')).toMatchObject({ status: 200, body: '/internal/orders' })
    const headers = api.credentials('GET', '/internal/orders')
    expect((await sendRequest({ port: api.port, method: 'GET', target: '/public/orders', headers })).status).toBe(401)
  })

  test('for GET are guarded for HEAD too, with its own proof', async () => {
    const api = await start((scene) => {
      const app = fastify()
      app.register(dpopGuard, scene)
      app.after(() => {
        app.get('/orders', { config: { dpop: { scopes: ['orders:read'] } } }, async () => 'reached')
      })
      return app
    })
    expect(await api.call('HEAD', '/orders')).toMatchObject({ status: 200, body: '' })
    expect((await api.call('HEAD', '/orders', { scope: 'orders:write' })).status).toBe(403)
    const headers = api.credentials('GET', '/orders')
    expect((await sendRequest({ port: api.port, method: 'HEAD', target: '/orders', headers })).status).toBe(401)
  })
})

describe('a request without a route', () => {
  test('reaches a not-found handler only with credentials, and it knows the caller', async () => {
    const api = await start((scene) => {
      const app = fastify()
      app.register(dpopGuard, scene)
      app.setNotFoundHandler(async (request, reply) => {
        reply.code(404)
        return `nothing for ${getAuth(request).subject}`
      })
      return app
    })
    expect((await api.send('GET', '/nowhere')).status).toBe(401)
    expect(await api.call('GET', '/nowhere')).toMatchObject({ status: 404, body: 'nothing for alice' })
  })

  test('in a guarded scope reaches the not-found handler of this scope only with credentials', async () => {
    const api = await start((scene) => {
      const app = fastify()
      app.register(
        async (v1) => {
          await v1.register(dpopGuard, scene)
          v1.setNotFoundHandler(async (request, reply) => {
            reply.code(404)
            return `nothing for ${getAuth(request).subject}`
          })
        },
        { prefix: '/v1' },
      )
      return app
    })
    expect((await api.send('GET', '/v1/nowhere')).status).toBe(401)
    expect(await api.call('GET', '/v1/nowhere')).toMatchObject({ status: 404, body: 'nothing for alice' })
    expect((await api.send('GET', '/nowhere')).status).toBe(404)
  })
})

describe("a route's config", () => {
  test('leaves the route unguarded with false, and the route knows no caller', async () => {
    const api = await start((scene) => {
      const app = fastify()
      app.register(dpopGuard, scene)
      app.get('/health', { config: { dpop: false } }, async (request) => ({ auth: request.auth }))
      app.get('/mistake', { config: { dpop: false } }, async (request) => getAuth(request).subject)
      return app
    })
    expect(await api.send('GET', '/health')).toMatchObject({ status: 200, body: '{"auth":null}' })
    expect(await api.call('GET', '/health')).toMatchObject({ status: 200, body: '{"auth":null}' })
    const response = await api.call('GET', '/mistake')
    expect(response.status).toBe(500)
    expect(JSON.parse(response.body).message).toBe(
      'dpop-guard: no guard ran for this request; put dpopGuard before this',
    )
  })

  test.each([
    ['true', true],
    ['null', null],
    ['a misspelt key', { scope: ['orders:read'] }],
    ['an unknown key', { scopes: ['orders:read'], credentials: 'optional' }],
    ['a string', { scopes: 'orders:read' }],
    ['no scope', { scopes: [] }],
    ['an invalid scope', { scopes: ['orders read'] }],
  ])('that is %s is a TypeError where the route is declared', async (_name, dpop) => {
    const app = fastify()
    await app.register(dpopGuard, anyOptions)
    const config: object = { dpop }
    expect(() => app.get('/orders', { config }, async () => 'reached')).toThrow(TypeError)
  })

  test.each([
    [{ dpop: true }, '"dpop" must be an object, got true'],
    [{ dpop: {} }, '"dpop" must be an object with "mode", "scopes", "anyScope", "claims" or "stepUp", got {}'],
    [{ dpop: { mode: 'bearer-and-dpop' } }, '"dpop.mode" must be "dpop-only", got "bearer-and-dpop"'],
    [{ dpop: { anyScopes: ['a'] } }, 'unknown option "dpop.anyScopes", did you mean "dpop.anyScope"?'],
    [
      { dpop: { claims: async () => true } },
      '"claims" must be a function of the claims that returns a boolean, and that does not wait, got [AsyncFunction: claims]',
    ],
    [{ dpop: { scope: ['orders:read'] } }, 'unknown option "dpop.scope", did you mean "dpop.scopes"?'],
    [{ dpop: { stepup: { maxAgeSeconds: 1 } } }, 'unknown option "dpop.stepup", did you mean "dpop.stepUp"?'],
    [{ DPoP: false }, 'unknown option "DPoP", did you mean "dpop"?'],
    [{ dopp: { scopes: ['orders:read'] } }, 'unknown option "dopp", did you mean "dpop"?'],
  ])('%j is an error with the name of the route', async (config: object, cause) => {
    const app = fastify()
    await app.register(dpopGuard, anyOptions)
    const declare = () =>
      app.route({ method: ['GET', 'POST'], url: '/orders/:id', config, handler: async () => 'reached' })
    expect(declare).toThrow(new TypeError(`dpop-guard: the "config" of route GET, POST /orders/:id: ${cause}`))
  })

  test.each<[string, (dpop: { scopes: string[] }) => void, number]>([
    ['taken back', (dpop) => dpop.scopes.pop(), 403],
    ['added to', (dpop) => dpop.scopes.push('more'), 403],
    ['left alone', () => {}, 200],
  ])('that is %s inside after the route was declared requires as much as before', async (_name, change, status) => {
    const api = await startApi(async (scene) => {
      const app = fastify()
      await app.register(dpopGuard, scene)
      const dpop = { scopes: status === 200 ? ['orders:read'] : ['orders:read', 'admin'] }
      app.get('/orders', { config: { dpop } }, async () => 'reached')
      change(dpop)
      await app.ready()
      return app.routing
    })
    expect((await api.call('GET', '/orders')).status).toBe(status)
  })

  test('whose function of claims was replaced inside requires both', async () => {
    const api = await startApi(async (scene) => {
      const app = fastify()
      await app.register(dpopGuard, scene)
      const dpop: DpopRouteConfig = { claims: ({ tier }) => tier === 'gold' }
      app.get('/orders', { config: { dpop } }, async () => 'reached')
      dpop.claims = ({ region }) => region === 'eu'
      await app.ready()
      return app.routing
    })
    expect((await api.call('GET', '/orders', { claims: { tier: 'gold', region: 'eu' } })).status).toBe(200)
    expect((await api.call('GET', '/orders', { claims: { region: 'eu' } })).status).toBe(403)
    expect((await api.call('GET', '/orders', { claims: { tier: 'gold' } })).status).toBe(403)
  })

  test.each<[string, object]>([
    ['is on a prototype', Object.create({ dpop: { scopes: ['admin'] } })],
    ['is not enumerable', Object.defineProperty({}, 'dpop', { value: { scopes: ['admin'] } })],
    [
      'is a getter of a class',
      new (class {
        get dpop() {
          return { scopes: ['admin'] }
        }
      })(),
    ],
  ])('that %s is read too', async (_name, config) => {
    const api = await startApi(async (scene) => {
      const app = fastify()
      await app.register(dpopGuard, scene)
      app.get('/orders', { config }, async () => 'reached')
      await app.ready()
      return app.routing
    })
    expect((await api.call('GET', '/orders')).status).toBe(403)
    expect((await api.call('HEAD', '/orders')).status).toBe(403)
  })

  test.each<[string, DpopRouteConfig | false | undefined, DpopRouteConfig | false, number, number]>([
    ['requires scopes in place of nothing', undefined, { scopes: ['admin'] }, 401, 403],
    ['requires scopes where there was no guard', false, { scopes: ['admin'] }, 401, 403],
    ['requires other scopes', { scopes: ['orders:read'] }, { scopes: ['admin'] }, 401, 403],
    ['leaves the route unguarded', { scopes: ['admin'] }, false, 200, 200],
  ])('of a later onRoute hook that %s replaces the first one', async (_name, own, later, withoutCredentials, with_) => {
    for (const assign of ['replace', 'set'] as const) {
      const api = await startApi(async (scene) => {
        const app = fastify()
        await app.register(dpopGuard, scene)
        app.addHook('onRoute', (route) => {
          if (assign === 'set' && route.config !== undefined) route.config.dpop = later
          else route.config = { ...route.config, dpop: later }
        })
        app.get('/orders', { config: own === undefined ? {} : { dpop: own } }, async () => 'reached')
        await app.ready()
        return app.routing
      })
      expect((await api.send('GET', '/orders')).status).toBe(withoutCredentials)
      expect((await api.call('GET', '/orders')).status).toBe(with_)
      expect((await api.call('GET', '/orders')).status).toBe(with_)
    }
  })

  test('is read while the route is declared and at its first request, and never again', async () => {
    let reads = 0
    const api = await startApi(async (scene) => {
      const app = fastify()
      await app.register(dpopGuard, scene)
      app.addHook('onRoute', (route) => {
        const { dpop } = route.config ?? {}
        Object.defineProperty(route.config ?? {}, 'dpop', {
          enumerable: true,
          get() {
            reads++
            return dpop
          },
        })
      })
      app.get('/orders', { config: { dpop: { scopes: ['orders:read'] } } }, async () => 'reached')
      await app.ready()
      return app.routing
    })
    expect((await api.call('GET', '/orders')).status).toBe(200)
    const readsOfFirst = reads
    expect((await api.call('GET', '/orders')).status).toBe(200)
    expect((await api.call('GET', '/orders', { scope: 'other' })).status).toBe(403)
    expect(reads).toBe(readsOfFirst)
    expect(reads).toBeGreaterThan(0)
  })

  test.each<[string, object]>([
    ['misspelt inside', { dpop: { scope: ['orders:read'] } }],
    ['misspelt itself', { DPOP: { scopes: ['orders:read'] } }],
  ])('that is %s, on a route declared before the guard has loaded, accepts no request', async (_name, config) => {
    const handle = vi.fn(async () => 'reached')
    const api = await start((scene) => {
      const app = fastify()
      app.get('/orders', { config }, handle)
      app.register(dpopGuard, scene)
      return app
    })
    for (const response of [
      await api.call('GET', '/orders'),
      await api.send('GET', '/orders'),
      await api.call('GET', '/orders'),
    ]) {
      expect(response.status).toBe(500)
      expect(JSON.parse(response.body).message).toMatch(
        /^dpop-guard: the "config" of route GET \/orders: .*; await the register of dpopGuard before you declare routes/,
      )
    }
    expect(handle).not.toHaveBeenCalled()
  })
})

describe('requireScopes', () => {
  test.each(['onRequest', 'preHandler'] as const)('works as an %s hook', async (hook) => {
    const api = await startApi(async (scene) => {
      const app = fastify()
      await app.register(dpopGuard, scene)
      app.get('/orders', { [hook]: app.requireScopes('admin') }, async () => 'reached')
      await app.ready()
      return app.routing
    })
    expect((await api.call('GET', '/orders', { scope: 'admin' })).status).toBe(200)
    const response = await api.call('GET', '/orders')
    expect(response.status).toBe(403)
    expect(challengeOf(response)).toMatchObject({ error: 'insufficient_scope', scope: 'admin' })
    expect((await api.send('GET', '/orders')).status).toBe(401)
  })

  test.each(['onRequest', 'preHandler'] as const)('requireAnyScope and requireClaims work as %s too', async (hook) => {
    const api = await startApi(async (scene) => {
      const app = fastify()
      await app.register(dpopGuard, scene)
      const hooks = [
        app.requireAnyScope('admin', 'owner'),
        app.requireClaims<{ tier?: string }>((c) => c.tier === 'gold'),
      ]
      app.get('/orders', { [hook]: [...hooks, app.requireDpop()] }, async () => 'reached')
      await app.ready()
      return app.routing
    })
    expect((await api.call('GET', '/orders', { scope: 'owner', claims: { tier: 'gold' } })).status).toBe(200)
    expect(challengeOf(await api.call('GET', '/orders', { claims: { tier: 'gold' } }))).toMatchObject({
      scope: 'admin owner',
    })
    expect((await api.call('GET', '/orders', { scope: 'owner' })).status).toBe(403)
  })

  test('throws for an empty list and for an invalid scope', async () => {
    const app = fastify()
    await app.register(dpopGuard, anyOptions)
    expect(() => app.requireScopes()).toThrow(
      new TypeError('dpop-guard: option "scopes" is required: one scope or more'),
    )
    expect(() => app.requireScopes('orders read')).toThrow(TypeError)
  })
})

describe('encapsulation', () => {
  test('a guard in a scope guards only this scope', async () => {
    const api = await start((scene) => {
      const app = fastify()
      app.get('/before', async () => 'open')
      app.register(async (child) => {
        await child.register(dpopGuard, scene)
        child.get('/orders', async (request) => getAuth(request).subject)
      })
      app.get('/after', async () => 'open')
      app.register(async (sibling) => {
        sibling.get('/sibling', async () => 'open')
      })
      return app
    })
    expect((await api.send('GET', '/orders')).status).toBe(401)
    expect(await api.call('GET', '/orders')).toMatchObject({ status: 200, body: 'alice' })
    for (const path of ['/before', '/after', '/sibling']) {
      expect([path, (await api.send('GET', path)).status]).toEqual([path, 200])
    }
    expect((await api.send('GET', '/nowhere')).status).toBe(404)
  })

  test('siblings have their own guards', async () => {
    const api = await start((scene) => {
      const app = fastify()
      for (const scope of ['orders:read', 'admin']) {
        app.register(async (child) => {
          await child.register(dpopGuard, { ...scene, requiredScopes: [scope] })
          child.get(`/${scope}`, async (request) => getAuth(request).subject)
        })
      }
      return app
    })
    expect((await api.call('GET', '/orders:read', { scope: 'orders:read' })).status).toBe(200)
    expect((await api.call('GET', '/admin', { scope: 'admin' })).status).toBe(200)
    const response = await api.call('GET', '/admin', { scope: 'orders:read' })
    expect(response.status).toBe(403)
    expect(challengeOf(response).scope).toBe('admin')
  })

  test('a guard inside the scope of another one also checks', async () => {
    const api = await start((scene) => {
      const app = fastify()
      app.register(dpopGuard, { ...scene, requiredScopes: ['orders:read'] })
      app.get('/orders', async (request) => getAuth(request).subject)
      app.register(async (admin) => {
        await admin.register(dpopGuard, { ...scene, requiredScopes: ['admin'] })
        admin.get('/admin', async (request) => getAuth(request).subject)
        admin.get('/health', { config: { dpop: false } }, async () => 'ok')
      })
      return app
    })
    expect((await api.call('GET', '/orders', { scope: 'orders:read' })).status).toBe(200)
    expect((await api.call('GET', '/admin', { scope: 'orders:read' })).status).toBe(403)
    expect((await api.call('GET', '/admin', { scope: 'admin' })).status).toBe(403)
    expect((await api.call('GET', '/admin', { scope: 'orders:read admin' })).status).toBe(200)
    expect((await api.send('GET', '/health')).status).toBe(200)
  })

  test('one guard that is registered twice checks a request once', async () => {
    const claim = vi.fn<ReplayStore['addIfAbsent']>(() => true)
    const api = await start((scene) => {
      const guard = createGuard({ ...scene, replayStore: { addIfAbsent: claim } })
      const app = fastify()
      app.register(dpopGuard, { guard })
      app.register(async (child) => {
        await child.register(dpopGuard, { guard, onRejected: 'error' })
        child.get('/orders', async (request) => getAuth(request).subject)
      })
      return app
    })
    expect(await api.call('GET', '/orders')).toMatchObject({ status: 200, body: 'alice' })
    expect(claim).toHaveBeenCalledTimes(1)
  })

  test('a request property that the application already has is a TypeError that names the solution', async () => {
    const app = fastify()
    app.decorateRequest('auth', null)
    await expect(app.register(dpopGuard, anyOptions)).rejects.toThrow(
      new TypeError(
        'dpop-guard: this application decorates its requests with "auth" already; choose another name for the caller with the ' +
          'option "requestProperty", such as \'dpopAuth\'',
      ),
    )
  })

  test("with requestProperty, the caller is under this name, and the application's own property does not change", async () => {
    const api = await startApi(async (scene) => {
      const app = fastify()
      app.decorateRequest('auth', { getter: () => 'mine' as never })
      await app.register(dpopGuard, { ...scene, requestProperty: 'dpopAuth' })
      await app.register(async (child) => {
        await child.register(dpopGuard, { ...scene, requestProperty: 'dpopAuth' })
        child.get('/orders', async (request) => ({
          own: request.auth,
          caller: Reflect.get(request, 'dpopAuth').subject,
          same: Reflect.get(request, 'dpopAuth') === getAuth(request),
        }))
      })
      await app.ready()
      return app.routing
    })
    const response = await api.call('GET', '/orders')
    expect(JSON.parse(response.body)).toEqual({ own: 'mine', caller: 'alice', same: true })
  })

  test.each(['', 1, null])('requestProperty %j is a TypeError', async (requestProperty) => {
    const options: object = { ...anyOptions, requestProperty }
    const app = fastify()
    await expect(Reflect.apply(app.register, app, [dpopGuard, options])).rejects.toThrow(
      /^dpop-guard: "requestProperty" must be a string that is not empty, got /,
    )
  })

  test.each(['requireScopes', 'requireStepUp'])('a decorator %s of the application is a TypeError', async (name) => {
    const app = fastify()
    app.decorate(name, () => 'mine' as never)
    await expect(app.register(dpopGuard, anyOptions)).rejects.toThrow(
      `dpop-guard: this application is decorated with "${name}" already; `,
    )
  })

  test('wrong options are a TypeError when the plugin loads', async () => {
    const withTypo: object = { ...anyOptions, requiredScope: ['a'] }
    const app = fastify()
    await expect(Reflect.apply(app.register, app, [dpopGuard, withTypo])).rejects.toThrow(
      /"requiredScope".*"requiredScopes"/,
    )
  })
})

describe('the caller', () => {
  test('of one request is not the caller of the next', async () => {
    const api = await start((scene) => {
      const app = fastify()
      app.register(dpopGuard, { ...scene, credentials: 'optional' })
      app.get('/orders', async (request) => ({
        for: getOptionalAuth(request)?.subject ?? 'nobody',
        auth: request.auth === null,
      }))
      return app
    })
    expect(await api.call('GET', '/orders')).toMatchObject({ status: 200, body: '{"for":"alice","auth":false}' })
    expect(await api.send('GET', '/orders')).toMatchObject({ status: 200, body: '{"for":"nobody","auth":true}' })
  })
})

describe("with onRejected: 'error'", () => {
  const startDefault = (options: { replayStore?: ReplayStore } = {}) =>
    startApi(async (scene) => {
      const app = fastify()
      await app.register(dpopGuard, { ...scene, ...options, onRejected: 'error' })
      app.get('/orders', { config: { dpop: { scopes: ['orders:read'] } } }, async () => 'reached')
      await app.ready()
      return app.routing
    })

  test("Fastify's own handler answers with status, challenge and message", async () => {
    const api = await startDefault()
    const response = await api.send('GET', '/orders', ['Authorization', 'DPoP abc'])
    expect(response.status).toBe(401)
    expect(JSON.parse(response.body)).toEqual({
      statusCode: 401,
      error: 'Unauthorized',
      message: 'DPoP proof missing',
    })
    expect(challengeOf(response).error).toBe('invalid_dpop_proof')
  })

  test("Fastify's own handler answers for a missing scope", async () => {
    const api = await startDefault()
    const response = await api.call('GET', '/orders', { scope: 'orders:write' })
    expect(response.status).toBe(403)
    expect(JSON.parse(response.body)).toMatchObject({ error: 'Forbidden' })
    expect(challengeOf(response)).toMatchObject({ error: 'insufficient_scope', scope: 'orders:read' })
  })

  test("Fastify's own handler keeps the headers that were exposed to other origins before", async () => {
    const api = await startApi(async (scene) => {
      const app = fastify()
      app.addHook('onRequest', async (_request, reply) => {
        reply.header('Access-Control-Expose-Headers', 'X-Total')
      })
      await app.register(dpopGuard, { ...scene, onRejected: 'error' })
      await app.ready()
      return app.routing
    })
    const response = await api.send('GET', '/orders', ['Origin', 'https://app.example.com'])
    expect(response.status).toBe(401)
    expect(response.header('Access-Control-Expose-Headers')).toEqual(['X-Total, WWW-Authenticate, DPoP-Nonce'])
  })

  test("Fastify's own handler answers for a broken replay store, with 503 and without a challenge", async () => {
    const api = await startDefault({ replayStore: { addIfAbsent: () => Promise.reject(new Error('down')) } })
    const response = await api.call('GET', '/orders')
    expect(response.status).toBe(503)
    expect(JSON.parse(response.body)).toMatchObject({ message: 'Service Unavailable' })
    expect(response.header('WWW-Authenticate')).toEqual([])
  })
})

describe('hooks', () => {
  test('in front of the guard see every request, and onSend and onResponse see rejections', async () => {
    const seen: string[] = []
    const api = await start((scene) => {
      const app = fastify()
      app.addHook('onRequest', async () => {
        seen.push('onRequest')
      })
      app.register(dpopGuard, scene)
      app.addHook('preHandler', async () => {
        seen.push('preHandler')
      })
      app.addHook('onSend', async (_request, reply) => {
        seen.push(`onSend ${reply.statusCode}`)
        reply.header('X-Request-Id', '7')
      })
      app.get('/orders', async () => 'reached')
      return app
    })
    const response = await api.send('GET', '/orders')
    expect(seen).toEqual(['onRequest', 'onSend 401'])
    expect(response.header('X-Request-Id')).toEqual(['7'])
    expect(response.header('Content-Type')).toEqual([])
  })
})

describe('inject()', () => {
  test('goes through the guard like a request over a socket', async () => {
    let app: FastifyInstance | undefined
    const api = await startApi(async (scene) => {
      app = fastify()
      await app.register(dpopGuard, scene)
      app.get('/orders', async (request) => getAuth(request).subject)
      await app.ready()
      return app.routing
    })
    const inject = async (headers: Record<string, string>) => {
      const response = await app?.inject({ method: 'GET', url: '/orders', headers })
      return [response?.statusCode, response?.body, response?.headers['www-authenticate']]
    }
    expect(await inject(toObject(api.credentials('GET', '/orders')))).toEqual([200, 'alice', undefined])
    expect(await inject({})).toEqual([401, '', ['DPoP algs="ES256 PS256 Ed25519 EdDSA"']])
  })
})

const anyOptions = { issuer: 'https://as.example.com', resource: 'https://api.example.com' }

function toObject(flat: readonly string[]): Record<string, string> {
  const object: Record<string, string> = {}
  for (let index = 0; index < flat.length; index += 2) object[flat[index] ?? ''] = flat[index + 1] ?? ''
  return object
}
