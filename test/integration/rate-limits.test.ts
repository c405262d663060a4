/** Rate limiters around the guard, from the page on operating. */
import type { RequestListener } from 'node:http'
import * as onFastify from '@dpop-guard/fastify'
import rateLimit from '@fastify/rate-limit'
import type { Express } from 'express'
import fastify, { type FastifyInstance } from 'fastify'
import type Koa from 'koa'
import { describe, expect, test } from 'vitest'
import { importCode } from '../docs/code.js'
import { type GuardedApi, type Scene, startApi } from '../support/guarded-api.js'
import { listenTo } from '../support/published-events.js'

const page = 'packages/core/docs/operating.md'
/** The limits of the page: requests of one address, and of one client, in a minute. */
const addressLimit = 300
const clientLimit = 60

/** The listener of the page's application for each framework. */
const applications: Record<string, (options: Scene) => Promise<RequestListener>> = {
  async Express(options) {
    const code = await importCode<{ createApp(options: Scene): Express }>(page, "from 'express-rate-limit'")
    return code.createApp(options)
  },
  async Koa(options) {
    const code = await importCode<{ createApp(options: Scene): Koa }>(page, "from 'koa-ratelimit'")
    return code.createApp(options).callback()
  },
  async Fastify(options) {
    type Code = { createApp(options: Scene): Promise<FastifyInstance> }
    const code = await importCode<Code>(page, "from '@fastify/rate-limit'")
    const app = await code.createApp(options)
    await app.ready()
    return app.routing
  },
}

type SendOne = (api: GuardedApi) => Promise<{ status: number }>

const attempts: Record<string, SendOne> = {
  'without credentials': (api) => api.send('GET', '/orders'),
  'with a proof for another URL': (api) =>
    api.call('GET', '/orders', { proof: { url: 'https://other.example.com/orders' } }),
  'on a path that does not exist': (api) => api.send('GET', '/nothing'),
}

async function statusesOf(count: number, api: GuardedApi, send: SendOne) {
  const statuses: number[] = []
  for (let sent = 0; sent < count; sent++) statuses.push((await send(api)).status)
  return statuses
}

describe.each(Object.entries(applications))('with a limit in front of the guard on %s', (_name, create) => {
  test.each(Object.entries(attempts))(
    'untrusted clients %s get 429, and the guard is not asked',
    async (_case, send) => {
      const api = await startApi(create)
      const rejected = listenTo('rejected')
      expect(new Set(await statusesOf(addressLimit, api, send))).toEqual(new Set([401]))
      expect(rejected).toHaveLength(addressLimit)
      expect(await statusesOf(3, api, send)).toEqual([429, 429, 429])
      expect(rejected).toHaveLength(addressLimit)
    },
  )

  test('a good client is counted by its own rule, and untrusted clients do not use it up', async () => {
    const api = await startApi(create)
    await statusesOf(clientLimit, api, (to) => to.send('GET', '/orders'))
    const good: SendOne = (to) => to.call('GET', '/orders')
    expect(new Set(await statusesOf(clientLimit, api, good))).toEqual(new Set([200]))
    expect(await statusesOf(2, api, good)).toEqual([429, 429])
    expect((await api.send('GET', '/orders')).status).toBe(401)
  })
})

test('the defaults of @fastify/rate-limit never limit untrusted clients, because its hooks run after the guard', async () => {
  const api = await startApi(async (options) => {
    const app = fastify()
    await app.register(rateLimit, { max: 1, timeWindow: 60_000 })
    await app.register(onFastify.dpopGuard, options)
    app.get('/orders', async () => [])
    await app.ready()
    return app.routing
  })
  expect(await statusesOf(3, api, (to) => to.send('GET', '/orders'))).toEqual([401, 401, 401])
})
