import type { RequestListener } from 'node:http'
import type { GuardOptions } from '@dpop-guard/core'
import type { RequestHandler } from 'express'
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

/** Accepts any Bearer token, and knows nothing of DPoP. */
const olderMiddleware: RequestHandler = (req, res, next) => {
  if (req.headers.authorization?.startsWith('Bearer ')) next()
  else res.status(401).end()
}

beforeEach(() => {
  vi.spyOn(process, 'emitWarning').mockReturnValue()
  // A busy machine must not make a check take longer than a request waits for it.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  return () => {
    vi.useRealTimers()
    vi.restoreAllMocks()
  }
})

test.each([
  ['report', { bearer: 200, proof: 401, stolen: 200, nothing: 401 }],
  ['both', { bearer: 200, proof: 200, stolen: 401, nothing: 401 }],
  ['dpop-only', { bearer: 401, proof: 200, stolen: 401, nothing: 401 }],
])('in the stage %s, requests get the answers that the page says', async (stage, expected) => {
  const { createApp } = await importCode<Example>(page, 'const stages')
  const scene = createScene()
  const { server, port, close } = await listenOnLoopback()
  onTestFinished(close)
  server.on('request', createApp(stage, scene.options, olderMiddleware))
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
