/** Several guards in one process use a proof once on one request, and never accept it on a second request. */
import type { RequestListener } from 'node:http'
import type { GuardOptions } from '@dpop-guard/core'
import * as onExpress from '@dpop-guard/express'
import * as onFastify from '@dpop-guard/fastify'
import * as onKoa from '@dpop-guard/koa'
import Router from '@koa/router'
import express5 from 'express'
import express4 from 'express4'
import fastify, { type FastifyInstance } from 'fastify'
import Koa3 from 'koa'
import Koa2 from 'koa2'
import { describe, expect, test } from 'vitest'
import { challengeOf, type Scene, startApi } from '../support/guarded-api.js'
import { sendRequest } from '../support/raw-http.js'

/** The guards of an API, by path. */
interface Guards {
  /** For every path. */
  readonly everywhere: readonly onExpress.DpopGuardOptions[]
  /** For `/orders`. */
  readonly orders: readonly onExpress.DpopGuardOptions[]
  /** For any other path of one segment. */
  readonly others: readonly onExpress.DpopGuardOptions[]
}

type CreateApi = (guards: Guards) => RequestListener | Promise<RequestListener>

const onExpressVersion =
  (express: typeof express5): CreateApi =>
  ({ everywhere, orders, others }) => {
    const app = express()
    for (const guard of everywhere) app.use(onExpress.dpopGuard(guard))
    const ofOrders = orders.map((guard) => onExpress.dpopGuard(guard))
    const ofOthers = others.map((guard) => onExpress.dpopGuard(guard))
    app.get('/orders', ...ofOrders, (_req, res) => void res.send('orders'))
    app.get('/:other', ...ofOthers, (_req, res) => void res.send('other'))
    return app
  }

const onKoaVersion =
  (Koa: typeof Koa3): CreateApi =>
  ({ everywhere, orders, others }) => {
    const app = new Koa()
    for (const guard of everywhere) app.use(onKoa.dpopGuard(guard))
    const router = new Router()
    const answer =
      (body: string): Koa3.Middleware =>
      (ctx) => {
        ctx.body = body
      }
    router.get('/orders', ...orders.map((guard): Koa3.Middleware => onKoa.dpopGuard(guard)), answer('orders'))
    router.get('/:other', ...others.map((guard): Koa3.Middleware => onKoa.dpopGuard(guard)), answer('other'))
    app.use(router.routes())
    return app.callback()
  }

const onFastifyVersion: CreateApi = async ({ everywhere, orders, others }) => {
  const app = fastify()
  for (const guard of everywhere) await app.register(onFastify.dpopGuard, guard)
  const route = (path: string, guards: readonly onExpress.DpopGuardOptions[]) => async (child: FastifyInstance) => {
    for (const guard of guards) await child.register(onFastify.dpopGuard, guard)
    child.get(path, async () => path.slice(1))
  }
  await app.register(route('/orders', orders))
  await app.register(route('/:other', others))
  await app.ready()
  return app.routing
}

const frameworks: Record<string, CreateApi> = {
  'Express 5': onExpressVersion(express5),
  'Express 4': onExpressVersion(express4),
  'Koa 3': onKoaVersion(Koa3),
  'Koa 2': onKoaVersion(Koa2),
  'Fastify 5': onFastifyVersion,
}

const none = { everywhere: [], orders: [], others: [] }
/** Uses the system clock, because only such guards share the memory of the process. */
const byDefault = (scene: Scene): GuardOptions => ({ ...scene, clock: undefined })
const realNow = () => Math.floor(Date.now() / 1000)

describe.each(Object.entries(frameworks))('on %s', (_name, createApi) => {
  test('a proof for one route is a replay on another route with its own guard', async () => {
    const api = await startApi(
      (scene) => createApi({ ...none, orders: [byDefault(scene)], others: [byDefault(scene)] }),
      { time: realNow() },
    )
    const headers = api.credentials('GET', '/orders')
    const send = (target: string) => sendRequest({ port: api.port, method: 'GET', target, headers })
    expect((await send('/orders')).status).toBe(200)
    const replayed = await send('/%6Frders')
    expect(replayed.status).toBe(401)
    expect(challengeOf(replayed)).toMatchObject({
      error: 'invalid_dpop_proof',
      error_description: 'DPoP proof was used before',
    })
  })

  test('a proof that one listener of the process accepted is a replay at another one', async () => {
    const listeners: RequestListener[] = []
    const create = async (scene: Scene) => {
      const guards = { ...none, everywhere: [byDefault(scene)] }
      listeners.push(await createApi(guards), await createApi(guards))
      return (...parts: Parameters<RequestListener>) =>
        listeners[parts[0].headers['x-listener'] === '2' ? 1 : 0]?.(...parts)
    }
    const api = await startApi(create, { time: realNow() })
    const headers = api.credentials('GET', '/orders')
    const send = (listener: string) =>
      sendRequest({ port: api.port, method: 'GET', target: '/orders', headers: [...headers, 'X-Listener', listener] })
    expect((await send('1')).status).toBe(200)
    expect((await send('2')).status).toBe(401)
  })

  test.each([
    ['the same options', (scene: Scene) => ({ everywhere: [scene], orders: [scene], others: [] })],
    [
      'guards of their own',
      (scene: Scene) => ({ everywhere: [{ ...scene }], orders: [{ ...scene }, { ...scene }], others: [] }),
    ],
  ])('several guards on one request accept it once (%s)', async (_, guardsOf) => {
    const api = await startApi((scene) => createApi(guardsOf(byDefault(scene) as Scene)), { time: realNow() })
    const headers = api.credentials('GET', '/orders')
    const send = (target: string) => sendRequest({ port: api.port, method: 'GET', target, headers })
    expect(await send('/orders')).toMatchObject({ status: 200, body: 'orders' })
    expect((await send('/orders')).status).toBe(401)
    expect((await send('/%6Frders')).status).toBe(401)
  })

  test('each of several guards on one request makes its own checks', async () => {
    const api = await startApi((scene) =>
      createApi({ ...none, everywhere: [scene], orders: [{ ...scene, requiredScopes: ['admin'] }] }),
    )
    const rejected = await api.call('GET', '/orders')
    expect(rejected.status).toBe(403)
    expect(challengeOf(rejected)).toMatchObject({ error: 'insufficient_scope', scope: 'admin' })
  })

  describe('where several guards with different nonces run', () => {
    const service = (nonce: string) => ({ issue: () => nonce, check: (text: string) => text === nonce })
    const outer = { freshness: 'nonce', nonce: service('outer-nonce'), sendNonce: 'always' } as const
    const withNonce = (nonce: string, api: Awaited<ReturnType<typeof startApi>>) =>
      api.call('GET', '/orders', { proof: { nonce } })

    test('a rejection has the nonce of the guard that rejects, and no other', async () => {
      const api = await startApi((scene) =>
        createApi({
          ...none,
          everywhere: [{ ...scene, ...outer }],
          orders: [{ ...scene, freshness: 'nonce', nonce: service('inner-nonce') }],
        }),
      )
      const rejected = await withNonce('outer-nonce', api)
      expect(rejected.status).toBe(401)
      expect(challengeOf(rejected).error).toBe('use_dpop_nonce')
      expect(rejected.header('DPoP-Nonce')).toEqual(['inner-nonce'])
      expect(rejected.header('Cache-Control')).toEqual(['no-store'])
    })

    test('a rejection of a guard without nonces has no nonce', async () => {
      const api = await startApi((scene) =>
        createApi({ ...none, everywhere: [{ ...scene, ...outer }], orders: [{ ...scene, requiredScopes: ['admin'] }] }),
      )
      const rejected = await withNonce('outer-nonce', api)
      expect(rejected.status).toBe(403)
      expect(rejected.header('DPoP-Nonce')).toEqual([])
    })

    test('an accepted request has the nonce of the last guard that has one', async () => {
      const api = await startApi((scene) =>
        createApi({
          ...none,
          everywhere: [{ ...scene, ...outer }, scene],
          orders: [{ ...scene, ...outer, nonce: { issue: () => 'inner-nonce', check: () => true } }],
        }),
      )
      const accepted = await withNonce('outer-nonce', api)
      expect(accepted.status).toBe(200)
      expect(accepted.header('DPoP-Nonce')).toEqual(['inner-nonce'])
    })
  })
})
