import type { RequestListener } from 'node:http'
import * as onExpress from '@dpop-guard/express'
import * as onFastify from '@dpop-guard/fastify'
import * as onKoa from '@dpop-guard/koa'
import express5 from 'express'
import express4 from 'express4'
import fastify from 'fastify'
import Koa3 from 'koa'
import mount from 'koa-mount'
import Koa2 from 'koa2'
import { allowInsecureRequests, processResourceDiscoveryResponse, resourceDiscoveryRequest } from 'oauth4webapi'
import { describe, expect, test } from 'vitest'
import { challengeOf, type GuardedApi, type Scene, startApi } from '../support/guarded-api.js'
import type { RawResponse } from '../support/raw-http.js'

const wellKnown = '/.well-known/oauth-protected-resource'

interface Runtime {
  /** A guard in front of everything; `/orders` answers behind it. */
  atRoot(scene: Scene): Promise<RequestListener>
  /** The document at the root, and a guard below `/api` only. `/open` needs no token. */
  belowMount(scene: Scene): Promise<RequestListener>
}

const onExpressVersion = (express: typeof express5): Runtime => ({
  atRoot: async (scene) =>
    express()
      .use(onExpress.dpopGuard(scene))
      .all('/orders', (_req, res) => {
        res.send('reached')
      }),
  async belowMount(scene) {
    const guard = onExpress.createGuard(scene)
    return express()
      .use(onExpress.protectedResourceMetadata({ guard }))
      .use('/api', onExpress.dpopGuard({ guard }))
      .all(['/api/orders', '/open'], (_req, res) => {
        res.send('reached')
      })
  },
})

const onKoaVersion = (Koa: typeof Koa3): Runtime => ({
  atRoot: async (scene) =>
    new Koa()
      .use(onKoa.dpopGuard(scene))
      .use((ctx) => {
        if (ctx.path === '/orders') ctx.body = 'reached'
      })
      .callback(),
  async belowMount(scene) {
    const guard = onKoa.createGuard(scene)
    return new Koa()
      .use(onKoa.protectedResourceMetadata({ guard }))
      .use(mount('/api', onKoa.dpopGuard({ guard })))
      .use((ctx) => {
        if (['/api/orders', '/open'].includes(ctx.path)) ctx.body = 'reached'
      })
      .callback()
  },
})

const runtimes: Record<string, Runtime> = {
  'Express 5': onExpressVersion(express5),
  'Express 4': onExpressVersion(express4),
  'Koa 3': onKoaVersion(Koa3),
  'Koa 2': onKoaVersion(Koa2),
  'Fastify 5': {
    async atRoot(scene) {
      const app = fastify()
      app.register(onFastify.dpopGuard, scene)
      app.all('/orders', async () => 'reached')
      await app.ready()
      return app.routing
    },
    async belowMount(scene) {
      const guard = onFastify.createGuard(scene)
      const app = fastify()
      app.register(onFastify.protectedResourceMetadata, { guard })
      app.all('/open', async () => 'reached')
      app.register(
        async (api) => {
          api.register(onFastify.dpopGuard, { guard })
          api.all('/orders', async () => 'reached')
        },
        { prefix: '/api' },
      )
      await app.ready()
      return app.routing
    },
  },
}

const metadata = { scopesSupported: ['orders:read'], additional: { resource_name: 'Orders' } }

/** The exact members of the document. */
function documentOf(resource: string) {
  return {
    resource_name: 'Orders',
    resource,
    authorization_servers: ['https://as.example.com'],
    scopes_supported: ['orders:read'],
    bearer_methods_supported: ['header'],
    dpop_signing_alg_values_supported: ['ES256', 'PS256', 'Ed25519', 'EdDSA'],
    dpop_bound_access_tokens_required: true,
  }
}

function expectDocument(response: RawResponse, resource: string): void {
  expect(response.status).toBe(200)
  expect(JSON.parse(response.body)).toEqual(documentOf(resource))
  expectHead(response)
}

function expectHead(response: RawResponse): void {
  expect(response.header('Content-Type')).toEqual(['application/json; charset=utf-8'])
  expect(response.header('Access-Control-Allow-Origin')).toEqual(['*'])
  expect(response.header('Cache-Control')).toEqual(['public, max-age=600'])
  expect(response.header('WWW-Authenticate')).toEqual([])
  expect(response.header('DPoP-Nonce')).toEqual([])
}

describe.each(Object.entries(runtimes))('on %s', (_name, { atRoot, belowMount }) => {
  /** A guard at the root, for the resource at this path. */
  async function start(path: string, options: Partial<Scene> = {}) {
    let resource = ''
    const api = await startApi((scene) => {
      resource = scene.resource + path
      return atRoot({ ...scene, resource, audience: scene.resource, resourceMetadata: metadata, ...options })
    })
    return { api, resource }
  }

  /** The document at the root and a guard below. */
  async function startBelow(path: string, options: Partial<Scene> = {}) {
    let resource = ''
    const api = await startApi((scene) => {
      resource = scene.resource + path
      return belowMount({ ...scene, resource, audience: scene.resource, resourceMetadata: metadata, ...options })
    })
    return { api, resource }
  }

  test.each([
    ['', wellKnown],
    ['/', wellKnown],
    ['/orders', `${wellKnown}/orders`],
    ['/orders/', `${wellKnown}/orders/`],
    ['/v1/orders', `${wellKnown}/v1/orders`],
  ])('a guard serves the document of "%s" at %s, without a token', async (path, location) => {
    const { api, resource } = await start(path)
    expectDocument(await api.send('GET', location), resource)
  })

  test.each([
    ['', wellKnown],
    ['/api', `${wellKnown}/api`],
    ['/api/v1:beta', `${wellKnown}/api/v1:beta`],
    ['/a.b~c_d-e', `${wellKnown}/a.b~c_d-e`],
    // Paths that a router could read as a pattern, or decode before it compares.
    ['/caf%C3%A9', `${wellKnown}/caf%C3%A9`],
    ['/a%20b', `${wellKnown}/a%20b`],
    ['/a*b', `${wellKnown}/a*b`],
    ['/a::b', `${wellKnown}/a::b`],
  ])('protectedResourceMetadata serves the document of "%s" at %s', async (path, location) => {
    const { api, resource } = await startBelow(path)
    expectDocument(await api.send('GET', location), resource)
  })

  test('the query of a request for the document is ignored', async () => {
    for (const { api, resource } of [await start('/orders'), await startBelow('/orders')]) {
      expectDocument(await api.send('GET', `${wellKnown}/orders?a=1&b`), resource)
      expectDocument(await api.send('GET', `${wellKnown}/orders?`), resource)
    }
  })

  test('good or bad credentials do not change the document', async () => {
    const { api, resource } = await start('')
    expectDocument(await api.send('GET', wellKnown, ['Authorization', 'DPoP nonsense']), resource)
    expectDocument(await api.call('GET', wellKnown), resource)
  })

  test('HEAD has the same head and no body', async () => {
    for (const { api } of [await start(''), await startBelow('')]) {
      const get = await api.send('GET', wellKnown)
      const head = await api.send('HEAD', wellKnown)
      expect(head).toMatchObject({ status: 200, body: '' })
      expectHead(head)
      // RFC 9110 section 8.6: it may be missing.
      const length = [String(Buffer.byteLength(get.body))]
      expect(get.header('Content-Length')).toEqual(length)
      expect([[], length]).toContainEqual(head.header('Content-Length'))
    }
  })

  test.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])('%s at its path is an ordinary request', async (method) => {
    const { api } = await start('')
    const guarded = await api.send(method, wellKnown)
    expect(guarded.status).toBe(401)
    expect(challengeOf(guarded).resource_metadata).toBe(`${api.origin}${wellKnown}`)

    const below = await startBelow('')
    expect((await below.api.send(method, wellKnown)).status).toBe(404)
  })

  test('a preflight for it is answered for any origin, with and without requested headers', async () => {
    for (const { api } of [await start('/orders'), await startBelow('/orders')]) {
      for (const more of [[], ['Access-Control-Request-Headers', 'mcp-protocol-version']]) {
        const headers = ['Origin', 'https://app.example.com', 'Access-Control-Request-Method', 'GET', ...more]
        const response = await api.send('OPTIONS', `${wellKnown}/orders?a=1`, headers)
        expect(response).toMatchObject({ status: 204, body: '' })
        expect(response.header('Access-Control-Allow-Origin')).toEqual(['*'])
        expect(response.header('Access-Control-Allow-Methods')).toEqual(['GET, HEAD'])
        expect(response.header('Access-Control-Allow-Headers')).toEqual(['*, Authorization'])
        expect(response.header('Access-Control-Max-Age')).toEqual(['600'])
        expect(response.header('Content-Type')).toEqual([])
        expect(response.header('WWW-Authenticate')).toEqual([])
      }
    }
  })

  test('a preflight for another path is an ordinary request', async () => {
    const preflight = ['Origin', 'https://app.example.com', 'Access-Control-Request-Method', 'GET']
    const { api } = await start('/orders')
    const below = await startBelow('/orders')
    for (const target of ['/orders', wellKnown, `${wellKnown}/orders/`]) {
      expect((await api.send('OPTIONS', target, preflight)).status).toBe(401)
      expect((await below.api.send('OPTIONS', target, preflight)).status).toBe(404)
    }
  })

  test.each([
    `${wellKnown}/`,
    `${wellKnown}/orders/7`,
    `${wellKnown}//orders`,
    `${wellKnown}/Orders`,
    `${wellKnown}/orders%2F`,
    `${wellKnown}/%6Frders`,
    '/orders/.well-known/oauth-protected-resource',
    wellKnown,
  ])('%s is not the document of /orders', async (target) => {
    const { api } = await start('/orders')
    expect((await api.send('GET', target)).status).toBe(401)
    const below = await startBelow('/orders')
    const response = await below.api.send('GET', target)
    expect(response.status).toBe(404)
    expect(response.body).not.toContain('authorization_servers')
  })

  test('every challenge names the URL that serves it', async () => {
    const { api, resource } = await start('/orders')
    const challenge = challengeOf(await api.send('GET', '/orders'))
    expect(challenge.resource_metadata).toBe(`${api.origin}${wellKnown}/orders`)
    const location = new URL(challenge.resource_metadata ?? '').pathname
    expectDocument(await api.send('GET', location), resource)
    expect((await api.call('GET', '/orders')).body).toBe('reached')
  })

  test('below a mount the challenge names it too, and the rest of the app stays open', async () => {
    const { api, resource } = await startBelow('/api')
    const challenge = challengeOf(await api.send('GET', '/api/orders'))
    expect(challenge.resource_metadata).toBe(`${api.origin}${wellKnown}/api`)
    expectDocument(await api.send('GET', `${wellKnown}/api`), resource)
    expect((await api.call('GET', '/api/orders')).body).toBe('reached')
    expect(await api.send('GET', '/open')).toMatchObject({ status: 200, body: 'reached' })
  })

  test('the document follows from the other options', async () => {
    const { api, resource } = await start('', {
      resourceMetadata: {},
      mode: 'bearer-and-dpop',
      requiredScopes: ['orders:read', 'orders:write'],
      proof: { algorithms: ['ES256'] },
    })
    expect(JSON.parse((await api.send('GET', wellKnown)).body)).toEqual({
      resource,
      authorization_servers: ['https://as.example.com'],
      scopes_supported: ['orders:read', 'orders:write'],
      bearer_methods_supported: ['header'],
      dpop_signing_alg_values_supported: ['ES256'],
      dpop_bound_access_tokens_required: false,
    })
  })

  test('members without values are left out', async () => {
    const { api } = await start('', {
      resourceMetadata: { authorizationServers: [], scopesSupported: [], additional: { contacts: [] } },
      requiredScopes: ['orders:read'],
    })
    expect(Object.keys(JSON.parse((await api.send('GET', wellKnown)).body)).sort()).toEqual([
      'bearer_methods_supported',
      'dpop_bound_access_tokens_required',
      'dpop_signing_alg_values_supported',
      'resource',
    ])
  })

  test('without the option metadata there is no document', async () => {
    const { api } = await start('', { resourceMetadata: undefined })
    const response = await api.send('GET', wellKnown)
    expect(response.status).toBe(401)
    expect(challengeOf(response)).not.toHaveProperty('resource_metadata')
  })

  test('a guard in nonce mode serves it without a nonce', async () => {
    const secrets = ['a secret of more than 32 bytes: 0001']
    const { api, resource } = await start('', { freshness: 'nonce', nonce: { secrets }, sendNonce: 'always' })
    expectDocument(await api.send('GET', wellKnown), resource)
  })

  test.each(['', '/api'])('oauth4webapi\'s resource discovery accepts the document of "%s"', async (path) => {
    for (const { resource } of [await start(path), await startBelow(path)]) {
      const url = new URL(resource)
      const response = await resourceDiscoveryRequest(url, { [allowInsecureRequests]: true })
      expect(await processResourceDiscoveryResponse(url, response)).toEqual(documentOf(resource))
    }
  })
})

describe('protectedResourceMetadata without the option metadata', () => {
  const options = { issuer: 'https://as.example.com', resource: 'https://api.example.com' }
  const message = 'dpop-guard: option "resourceMetadata" is required: the guard has no document to serve without it'

  test('is a TypeError on Express and Koa', () => {
    for (const { protectedResourceMetadata, createGuard } of [onExpress, onKoa]) {
      for (const given of [options, { guard: createGuard(options) }]) {
        expect(() => protectedResourceMetadata(given)).toThrow(new TypeError(message))
      }
    }
  })

  test('makes Fastify reject to start', async () => {
    const app = fastify()
    app.register(onFastify.protectedResourceMetadata, options)
    await expect(app.ready()).rejects.toThrow(new TypeError(message))
  })
})

describe('on Fastify', () => {
  async function start(create: (scene: Scene) => ReturnType<typeof fastify>): Promise<GuardedApi> {
    return startApi(async (scene) => {
      const app = create({ ...scene, resourceMetadata: metadata })
      await app.ready()
      return app.routing
    })
  }

  test('protectedResourceMetadata beside a guard at the root needs no token', async () => {
    const api = await start((scene) => {
      const guard = onFastify.createGuard(scene)
      const app = fastify()
      app.register(onFastify.dpopGuard, { guard })
      app.register(onFastify.protectedResourceMetadata, { guard })
      return app
    })
    expectDocument(await api.send('GET', wellKnown), api.origin)
  })

  test('protectedResourceMetadata serves HEAD where Fastify makes no routes for HEAD', async () => {
    const api = await start((scene) => {
      const app = fastify({ exposeHeadRoutes: false })
      app.register(onFastify.protectedResourceMetadata, scene)
      return app
    })
    expect((await api.send('HEAD', wellKnown)).status).toBe(200)
  })

  test('each of two guards in two children has its own document', async () => {
    let resources: string[] = []
    const api = await startApi(async (scene) => {
      const app = fastify()
      resources = ['/a', '/b'].map((path) => scene.resource + path)
      for (const resource of resources) {
        const guard = onFastify.createGuard({ ...scene, resource, resourceMetadata: metadata })
        app.register(onFastify.protectedResourceMetadata, { guard })
      }
      await app.ready()
      return app.routing
    })
    const [first = '', second = ''] = resources
    expectDocument(await api.send('GET', `${wellKnown}/a`), first)
    expectDocument(await api.send('GET', `${wellKnown}/b`), second)
  })
})
