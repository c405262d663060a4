/** One test for each weakness that a review found, named for the behaviour. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { diagnosticsChannels, type GuardOptions, type NonceService } from '@dpop-guard/core'
import { dpopGuard } from '@dpop-guard/express'
import * as onFastify from '@dpop-guard/fastify'
import express from 'express'
import fastify from 'fastify'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createScene, mistyped, now, outcome } from '../support/guard-scene.js'
import { listenOnLoopback } from '../support/listen.js'
import { listenTo } from '../support/published-events.js'
import { sendRequest } from '../support/raw-http.js'

describe('a check that waits', () => {
  const edges: [string, Partial<GuardOptions>, number][] = [
    ['without future tolerance', { proof: { futureToleranceSeconds: 0 } }, 3],
    ['with the default tolerance', {}, 31],
    ['far longer than a proof lives', {}, 3600],
  ]

  test.each(edges)('%s accepts no proof a second time', async (_, options, delaySeconds) => {
    let slow = false
    const scene = createScene({
      ...options,
      isRevoked: () => {
        if (slow) scene.clock.now += delaySeconds
        return false
      },
    })
    const request = scene.request()
    expect(await outcome(scene.guard, request)).toBe('accepted')
    scene.clock.now = now + 60
    slow = true
    expect(await outcome(scene.guard, request)).toMatch(/^401 proof_(?:replayed|expired)$/)
  })

  test('on a slow nonce service accepts no proof a second time', async () => {
    let delaySeconds = 0
    const nonce: NonceService = {
      issue: () => 'newest',
      check: () => {
        scene.clock.now += delaySeconds
        return true
      },
      lifetimeSeconds: 60,
    }
    const scene = createScene({ freshness: 'both', nonce, proof: { futureToleranceSeconds: 0 } })
    const request = scene.request({ proof: { nonce: 'newest' } })
    expect(await outcome(scene.guard, request)).toBe('accepted')
    scene.clock.now = now + 60
    delaySeconds = 40
    expect(await outcome(scene.guard, request)).toMatch(/^401 proof_(?:replayed|expired)$/)
  })
})

describe('claims of an accessToken function that hide their members', () => {
  class Getters {
    get cnf() {
      return { jkt: 'bound' }
    }
  }
  const bound = { sub: 'alice', cnf: { jkt: 'bound' } }

  test.each([
    ['behind getters of a class', new Getters()],
    ['in a prototype', Object.create(bound)],
    ['in a Map', new Map(Object.entries(bound))],
    ['in an Error', Object.assign(new Error('claims'), bound)],
    ['in a Date', new Date(0)],
    ['in a list', [bound]],
  ])('%s are a 503, never an unbound token', async (_, claims) => {
    const scene = createScene({
      issuer: undefined,
      mode: 'bearer-and-dpop',
      verifyAccessToken: () => mistyped({ claims }),
    })
    const headers = ['Authorization', 'Bearer opaque']
    expect(await outcome(scene.guard, { method: 'GET', target: '/', headers })).toBe(
      '503 access_token_check_unavailable',
    )
  })

  test('are refused under Bearer when they are plain and bound', async () => {
    const scene = createScene({
      issuer: undefined,
      mode: 'bearer-and-dpop',
      verifyAccessToken: () => ({ claims: bound }),
    })
    const headers = ['Authorization', 'Bearer opaque']
    expect(await outcome(scene.guard, { method: 'GET', target: '/', headers })).toBe('401 token_bound_as_bearer')
  })
})

test('one accessToken call that never ends does not hold up the next with the same token', async () => {
  const scene = createScene({
    issuer: undefined,
    verifyAccessToken: () => (calls++ === 0 ? new Promise(() => {}) : { claims: { cnf: { jkt: scene.client.jkt } } }),
  })
  let calls = 0
  void scene.guard.check(scene.request({ accessToken: 'opaque' }))
  expect(await outcome(scene.guard, scene.request({ accessToken: 'opaque' }))).toBe('accepted')
})

test('an absolute-form target without a path is refused, for routers read it in different ways', async () => {
  const { guard, request } = createScene()
  for (const target of [
    'https://api.example.com',
    'https://api.example.com?/admin',
    'https://api.example.com#/admin',
  ]) {
    const proof = { url: 'https://api.example.com/' }
    expect(await outcome(guard, { ...request({ proof }), target })).toBe('400 target_malformed')
  }
})

test.each([
  ['k.example', '\u212a.example'],
  ['\u212a.example', 'k.example'],
])('a Host %s beside an :authority %s is refused, though in lower case they are the same', async (host, authority) => {
  const { guard, request } = createScene()
  const { headers, ...rest } = request()
  const [, , ...credentials] = headers
  const presented = (...fields: string[]) => outcome(guard, { ...rest, headers: [...fields, ...credentials] })
  expect(await presented('Host', host, ':authority', authority)).toBe('400 host_malformed')
  expect(await presented('Host', 'k.example', ':authority', 'K.example')).toBe('accepted')
})

test('on Express, what throws while the guard answers gets to the error handler and does not end the process', async () => {
  const app = express()
  app.use((_request: IncomingMessage, response: ServerResponse, next: () => void) => {
    const { setHeader } = response
    response.setHeader = (name, value) => {
      if (name === 'www-authenticate') throw new Error('a wrapper of another middleware')
      return setHeader.call(response, name, value)
    }
    next()
  })
  app.use(dpopGuard({ issuer: 'https://as.example.com', resource: 'https://api.example.com' }))
  const answer: express.ErrorRequestHandler = (error, _request, response, _next) => {
    response.status(500).end(error.message)
  }
  app.use(answer)
  const { server, port, close } = await listenOnLoopback()
  server.on('request', app)
  const response = await sendRequest({ port, method: 'GET', target: '/', headers: ['Host', 'api.example.com'] })
  expect([response.status, response.body]).toEqual([500, 'a wrapper of another middleware'])
  await close()
})

describe("with onRejected: 'error', an error handler that sets no status of its own", () => {
  const options = {
    issuer: 'https://as.example.com',
    resource: 'https://api.example.com',
    onRejected: 'error',
  } as const

  test('on Fastify answers with the status of the rejection', async () => {
    const app = fastify()
    app.setErrorHandler((_error, _request, reply) => reply.send({ problem: 'refused' }))
    await app.register(onFastify.dpopGuard, options)
    const response = await app.inject({ url: '/', headers: { host: 'api.example.com' } })
    expect([response.statusCode, response.json()]).toEqual([401, { problem: 'refused' }])
  })

  test('on Express answers with the status of the rejection', async () => {
    const app = express()
    app.use(dpopGuard(options))
    const answer: express.ErrorRequestHandler = (_error, _request, response, _next) => {
      response.json({ problem: 'refused' })
    }
    app.use(answer)
    const { server, port, close } = await listenOnLoopback()
    server.on('request', app)
    const response = await sendRequest({ port, method: 'GET', target: '/', headers: ['Host', 'api.example.com'] })
    expect([response.status, response.body]).toEqual([401, '{"problem":"refused"}'])
    await close()
  })
})

test('what one caller does to a rejection is not in the next one', async () => {
  const { guard } = createScene()
  const request = { method: 'GET', target: '/orders', headers: [] }
  const first = await guard.check(request)
  const challenges = first.headers['www-authenticate'] as string[]
  expect(() => challenges.push('Basic realm="theirs"')).toThrow(TypeError)
  Object.assign(first.headers, { 'www-authenticate': [] })
  expect((await guard.check(request)).headers['www-authenticate']).toEqual(challenges)
})

test.each([
  ['as the option says', { audience: ['https://api.example.com/', 'b'] }],
  ['of the resource', {}],
])('a subscriber cannot add to the audiences that are accepted, %s', async (_, options) => {
  const { guard, request } = createScene(options)
  const add = (event: unknown) => {
    const { mismatch } = event as { mismatch: { expected: string[] } }
    mismatch.expected.push('https://evil.example')
  }
  subscribe(diagnosticsChannels.rejected, add)
  onTestFinished(() => void unsubscribe(diagnosticsChannels.rejected, add))
  const foreign = () => outcome(guard, request({ token: { aud: 'https://evil.example' } }))
  expect(await foreign()).toBe('401 token_audience')
  expect(await foreign()).toBe('401 token_audience')
  expect.assertions(2)
})

test('a token has one spelling: no stray bits and no padding in its signature', async () => {
  const scene = createScene()
  const accessToken = scene.mint()
  const respelled = accessToken.slice(0, -1) + strayBit(accessToken.slice(-1))
  expect(await outcome(scene.guard, scene.request({ accessToken }))).toBe('accepted')
  expect(await outcome(scene.guard, scene.request({ accessToken: respelled }))).toBe('401 token_malformed')
  expect(await outcome(scene.guard, scene.request({ accessToken: `${accessToken}==` }))).toBe('401 token_malformed')
})

/** The last character of 64 bytes in base64url has four bits that mean nothing. */
function strayBit(character: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return alphabet[alphabet.indexOf(character) ^ 1] ?? ''
}

describe('a promise whose own "then" gives nothing', () => {
  function quiet(answer: Promise<boolean>): Promise<boolean> {
    const method: keyof Promise<boolean> = 'then'
    return Object.defineProperty(answer, method, {
      value(...handlers: Parameters<typeof answer.then>) {
        Promise.prototype.then.apply(answer, handlers)
      },
    })
  }

  test.each([
    ['false', () => Promise.resolve(false), '401 proof_replayed'],
    ['an error', () => Promise.reject(new Error('down')), '503 replay_store_unavailable'],
    ['true', () => Promise.resolve(true), 'accepted'],
  ])("does not keep the store's answer from the guard: %s", async (_, answer, expected) => {
    const { guard, request } = createScene({ replayStore: { addIfAbsent: () => quiet(answer()) } })
    expect(await outcome(guard, request())).toBe(expected)
  })
})

test.each([
  ['when the claim ends', 0, '503 replay_store_unavailable', ['the replay store answered after the proof had expired']],
  ['a second before', -1, 'accepted', []],
])('an answer of the replay store counts up to the end of its claim: %s', async (_, before, expected, messages) => {
  const events = listenTo('unavailable')
  const scene = createScene({
    replayStore: {
      addIfAbsent(_key, ttlSeconds) {
        scene.clock.now += ttlSeconds + before
        return true
      },
    },
  })
  expect(await outcome(scene.guard, scene.request())).toBe(expected)
  expect(events).toMatchObject(messages.map((message) => ({ error: { message } })))
})

test.each([(proof: string) => `%${proof}`, (proof: string) => `${proof}%`, (proof: string) => `x.${proof}`])(
  'what is no JWS is refused before the token is looked at',
  async (change) => {
    const { guard, request, client } = createScene()
    const { headers, ...rest } = request({ accessToken: 'no.token.either' })
    const proof = client.proof({ method: 'GET', url: 'https://api.example.com/orders', now })
    const changed = headers.map((value, index) => (headers[index - 1] === 'DPoP' ? change(proof) : value))
    expect(await outcome(guard, { ...rest, headers: changed })).toBe('401 proof_malformed')
  },
)

test('a request that its owner changes while the check waits is judged as it was', async () => {
  const { guard, request } = createScene()
  const changing = { ...request({ method: 'DELETE', proof: { method: 'GET' } }) }
  const checked = outcome(guard, changing)
  changing.method = 'GET'
  expect(await checked).toBe('401 proof_htm')
})
