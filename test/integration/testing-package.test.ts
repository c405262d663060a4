import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { RequestListener } from 'node:http'
import { diagnosticsChannels, type RejectedEvent } from '@dpop-guard/core'
import * as onExpress from '@dpop-guard/express'
import * as onFastify from '@dpop-guard/fastify'
import * as onKoa from '@dpop-guard/koa'
import { createProofClient, createTestIssuer, createTokenIssuer, type TestClient } from '@dpop-guard/testing'
import {
  conditionalInvalidRequests,
  type InvalidRequest,
  invalidRequest,
  invalidRequests,
  mutationsOf,
  type Setting,
  settings,
} from '@dpop-guard/testing/invalid-requests'
import express from 'express'
import fastify from 'fastify'
import Koa from 'koa'
import supertest from 'supertest'
import * as undici from 'undici'
import { describe, expect, onTestFinished, test } from 'vitest'
import { checksOf } from '../attacks/route-checks.js'
import { differenceOf, isNotForFastify } from '../attacks/topics.js'
import { listenOnLoopback } from '../support/listen.js'

const resource = 'https://api.example.com'
const canBeMade = (name: string) => !differenceOf(name).cannotBeMade
const names = Object.keys(invalidRequests).filter(canBeMade)
/** Invalid requests with a whole URL for a target. */
const wholeUrl = (name: string) => /-absolute-/.test(`${name}-`)
const namesForFastify = isNotForFastify('https:') ? names.filter((name) => !wholeUrl(name)) : names
const conditional = Object.entries(conditionalInvalidRequests)

/** Who answers it first, on this runtime. */
function firstAnswerOf([name, { answeredBy }]: [string, InvalidRequest]): 'Node' | 'Fastify' | undefined {
  if (differenceOf(name).nodeRejects ?? answeredBy === 'Node') return 'Node'
  return answeredBy === 'Fastify' && !(isNotForFastify('https:') && wholeUrl(name)) ? answeredBy : undefined
}
const nonce = { secrets: ['a secret of this test, of more than 32 bytes'] }
const withNonces = { freshness: 'nonce', nonce } as const

async function start(listener: RequestListener): Promise<string> {
  const { server, origin, close } = await listenOnLoopback()
  onTestFinished(close)
  server.on('request', listener)
  return origin
}

async function makeIssuer() {
  const issuer = await createTestIssuer()
  onTestFinished(issuer.close)
  return issuer
}

type Options = Parameters<typeof onExpress.dpopGuard>[0]

function expressApi(options: Options) {
  const app = express()
  app.use(onExpress.dpopGuard(options))
  app.all('/orders', onExpress.requireScopes('orders:read'), express.text(), (req, res) => {
    res.json({ for: onExpress.getAuth(req).subject, method: req.method, body: req.body })
  })
  return app
}

async function fastifyApi(options: Options) {
  const app = fastify()
  onTestFinished(() => app.close())
  await app.register(onFastify.dpopGuard, options)
  app.get('/orders', { config: { dpop: { scopes: ['orders:read'] } } }, async (request) => ({
    for: onFastify.getAuth(request).subject,
  }))
  return app
}

/** Collects the reasons of the guards of this process from now on. */
function recordReasons(): string[] {
  const reasons: string[] = []
  const listener = (event: unknown) => reasons.push((event as RejectedEvent).reason)
  subscribe(diagnosticsChannels.rejected, listener)
  onTestFinished(() => void unsubscribe(diagnosticsChannels.rejected, listener))
  return reasons
}

/** Invalid requests that any HTTP client can send. */
const sendable = names.filter((name) => invalidRequest(name).onlyByFetch === undefined)

const isRepeated = (name: string) => /^(authorization|proof)_repeated$/.test(invalidRequest(name).expected.reason)
/** On Bun, undici is Bun's own client, which joins repeated fields by a comma. */
const sendableByUndici = 'bun' in process.versions ? sendable.filter((name) => !isRepeated(name)) : sendable

/** Sends invalid requests and compares each answer with its expected rejection. */
async function checkInvalidRequests(
  send: (name: string) => Promise<Answer>,
  list: readonly string[] = names,
): Promise<void> {
  const reasons = recordReasons()
  const wrong: unknown[] = []
  for (const name of list) {
    reasons.length = 0
    const { status, challenge } = await send(name)
    const answer = { status, error: /error="(\w+)"/.exec(challenge ?? '')?.[1], reason: reasons.at(-1) }
    const { reason, nodeRejects } = differenceOf(name)
    const expected = nodeRejects
      ? { status: 400, error: undefined, reason: undefined }
      : { ...invalidRequest(name).expected, ...(reason !== undefined && { reason }) }
    try {
      expect(answer).toEqual(expected)
    } catch {
      wrong.push({ name, answer, expected })
    }
  }
  expect(wrong).toEqual([])
}

/** The parts of an answer that all HTTP clients have. */
interface Answer {
  readonly status: number
  readonly challenge: string | undefined
}

const challengeIn = (headers: Readonly<Record<string, unknown>>) => headers['www-authenticate'] as string | undefined

const byFetch =
  (client: TestClient, url: string, init: RequestInit = {}) =>
  async (invalid: string): Promise<Answer> => {
    const { status, headers } = await client.fetch(url, { ...init, invalid })
    return { status, challenge: headers.get('www-authenticate') ?? undefined }
  }

describe('three lines of a test', () => {
  test('reach an API that discovers its issuer and has another public name', async () => {
    const issuer = await createTestIssuer()
    const client = issuer.createClient({ scopes: ['orders:read'] })
    const url = await start(expressApi({ issuer: issuer.issuer, resource }))
    const response = await client.fetch(`${url}/orders?page=1`)
    expect(await response.json()).toMatchObject({ for: 'alice', method: 'GET' })
    expect(issuer.requests).toEqual({ metadata: 1, jwks: 1 })
    await issuer[Symbol.asyncDispose]()
    await expect(fetch(issuer.issuer)).rejects.toThrow()
  })

  test('work without a server for the issuer', async () => {
    const issuer = await createTestIssuer({ serve: 'nowhere' })
    const client = issuer.createClient()
    const url = await start(expressApi(issuer.guardOptions))
    expect((await client.fetch(`${url}/orders`)).status).toBe(200)
    await issuer.close()
  })

  test('reach an application that takes an issuer and a resource as strings', async () => {
    const createApp = (config: { issuer: string; resource: string }) => expressApi(config)
    const issuer = await makeIssuer()
    const url = await start(createApp({ ...issuer.guardOptions }))
    expect((await issuer.createClient().fetch(`${url}/orders`)).status).toBe(200)
  })

  test('choose the scopes and claims of a client', async () => {
    const issuer = await makeIssuer()
    const url = await start(expressApi({ ...issuer.guardOptions }))
    const poor = await issuer.createClient({ scopes: ['other'] }).fetch(`${url}/orders`)
    expect([poor.status, await poor.json()]).toEqual([403, expect.objectContaining({ error: 'insufficient_scope' })])
    const bob = await issuer.createClient({ claims: { sub: 'bob' } }).fetch(`${url}/orders`)
    expect(await bob.json()).toMatchObject({ for: 'bob' })
    const unbound = issuer.createClient({ claims: { cnf: undefined } })
    expect((await unbound.fetch(`${url}/orders`)).status).toBe(401)
  })

  test('control the clock of issuer, client and API', async () => {
    let now = 1_800_000_000
    const issuer = await createTestIssuer({ serve: 'nowhere', clock: () => now })
    const client = issuer.createClient()
    const url = await start(expressApi(issuer.guardOptions))
    expect((await client.fetch(`${url}/orders`)).status).toBe(200)
    const { accessToken, key } = client
    const dpop = key.proof({ method: 'GET', url: `${resource}/orders`, accessToken })
    const own = await fetch(`${url}/orders`, { headers: { authorization: `DPoP ${accessToken}`, dpop } })
    expect(own.status).toBe(200)
    now += 3605
    const late = await client.fetch(`${url}/orders`)
    expect([late.status, await late.json()]).toEqual([401, expect.objectContaining({ error: 'invalid_token' })])
  })

  test.each(['ES256', 'PS256', 'Ed25519', 'EdDSA'] as const)('sign proofs with %s', async (alg) => {
    const issuer = await makeIssuer()
    const url = await start(expressApi(issuer.guardOptions))
    expect((await issuer.createClient({ alg }).fetch(`${url}/orders`)).status).toBe(200)
  })

  test('show the API while its issuer is down', async () => {
    const issuer = await makeIssuer()
    issuer.behave('down')
    const url = await start(expressApi({ issuer: issuer.issuer, resource }))
    expect((await issuer.createClient().fetch(`${url}/orders`)).status).toBe(503)
  })
})

describe('the public URL that a client uses', () => {
  const htuOf = async (options: object, request: object) => {
    const issuer = await createTestIssuer({ serve: 'nowhere' })
    const { dpop } = issuer.createClient(options).headers({ url: '/', ...request })
    return JSON.parse(Buffer.from(dpop.split('.')[1] ?? '', 'base64url').toString()).htu
  }
  const listening = { baseUrl: 'http://api.test:8080/base' }
  const prefixed = { publicUrl: 'https://api.example.com/svc1/' }

  test.each([
    ['a path', {}, { url: '/orders?page=1#top' }, 'https://api.example.com/orders'],
    ['a URL on a loopback address', {}, { url: 'http://127.0.0.1:3000/orders' }, 'https://api.example.com/orders'],
    ['a URL on localhost', {}, { url: new URL('http://localhost:3000/') }, 'https://api.example.com/'],
    ['a URL on IPv6 loopback', {}, { url: 'http://[::1]:3000/orders' }, 'https://api.example.com/orders'],
    ['any other URL', {}, { url: 'https://other.example/orders?a' }, 'https://other.example/orders'],
    ['a URL at the base URL', listening, { url: 'http://api.test:8080/base/orders' }, 'https://api.example.com/orders'],
    ['a path behind a prefix', prefixed, { url: '/orders' }, 'https://api.example.com/svc1/orders'],
    ['an explicit htu', {}, { url: '/orders', htu: 'https://else.example/' }, 'https://else.example/'],
  ])('%s', async (_name, options, request, htu) => {
    expect(await htuOf(options, request)).toBe(htu)
  })

  test('a base URL takes paths', async () => {
    const issuer = await makeIssuer()
    const baseUrl = await start(expressApi(issuer.guardOptions))
    expect((await issuer.createClient({ baseUrl }).fetch('/orders')).status).toBe(200)
    await expect(issuer.createClient().fetch('/orders')).rejects.toThrow('"baseUrl"')
  })

  test('an API that is its own public URL', async () => {
    const { server, origin, close } = await listenOnLoopback()
    onTestFinished(close)
    const issuer = await createTestIssuer({ resource: origin, serve: 'nowhere' })
    server.on('request', expressApi(issuer.guardOptions))
    expect((await issuer.createClient().fetch(`${origin}/orders`)).status).toBe(200)
  })
})

describe('wrong options are named', () => {
  test.each([
    [{ resource: 1 }, '"resource" must be'],
    [{ serve: 'somewhere' }, '"serve" must be'],
    [{ resorce: 'x' }, 'did you mean "resource"?'],
  ])('%o', async (options, message) => {
    await expect(createTestIssuer(options as never)).rejects.toThrow(message)
  })

  test('of a client', async () => {
    const issuer = await createTestIssuer({ resource: 'urn:orders', serve: 'nowhere' })
    expect(() => issuer.createClient()).toThrow('publicUrl')
    expect(() => issuer.createClient({ publicUrl: 'nowhere' })).toThrow('"publicUrl" must be')
    expect(() => issuer.createClient({ scope: 'x' } as never)).toThrow('did you mean "scopes"?')
    expect(() => issuer.createClient({ publicUrl: resource })).not.toThrow()
  })

  test('of a URL', async () => {
    const issuer = await createTestIssuer({ serve: 'nowhere' })
    await expect(async () => issuer.createClient().headers({ url: 'orders' })).rejects.toThrow(
      new TypeError('dpop-guard: "url" must be a URL, or a path that begins with "/", got "orders"'),
    )
  })

  test.each([
    ['no-such-at-all', 'no invalid request is named "no-such-at-all"'],
    ['token-expird', 'no invalid request is named "token-expird", did you mean "token-expired"?'],
    [{ prof: { claims: {} } }, 'unknown option "invalid.prof", did you mean "invalid.proof"?'],
    [{ proof: { claim: {} } }, 'unknown option "invalid.proof.claim", did you mean "invalid.proof.claims"?'],
    [{ mint: { headers: {} } }, 'unknown option "invalid.mint.headers", did you mean "invalid.mint.header"?'],
    [{ mutate: () => [{}, { claim: {} }] }, 'unknown option "invalid.claim", did you mean "invalid.claims"?'],
  ])('of an invalid request: %j', async (invalid, message) => {
    const issuer = await createTestIssuer({ serve: 'nowhere' })
    const client = issuer.createClient()
    const request = { url: '/orders', invalid: invalid as never }
    await expect(client.send(request, () => expect.unreachable())).rejects.toThrow(
      new TypeError(`dpop-guard: ${message}`),
    )
    await expect(client.fetch('http://127.0.0.1:9/', request)).rejects.toThrow(new TypeError(`dpop-guard: ${message}`))
  })
})

describe('every named invalid request gets its expected rejection', () => {
  test('by fetch, from Express', async () => {
    const issuer = await makeIssuer()
    const url = await start(expressApi({ issuer: issuer.issuer, resource }))
    await checkInvalidRequests(byFetch(issuer.createClient(), `${url}/orders?page=2`))
  }, 120_000)

  test('by fetch, from Koa, at its root', async () => {
    const issuer = await makeIssuer()
    const app = new Koa()
    app.use(onKoa.dpopGuard(issuer.guardOptions))
    await checkInvalidRequests(byFetch(issuer.createClient(), await start(app.callback())))
  }, 120_000)

  test('by fetch, from Fastify', async () => {
    const issuer = await makeIssuer()
    const app = await fastifyApi(issuer.guardOptions)
    const url = await app.listen({ port: 0, host: '127.0.0.1' })
    await checkInvalidRequests(byFetch(issuer.createClient(), `${url}/orders`), namesForFastify)
  }, 120_000)

  test('by fetch, from an API that also has nonces', async () => {
    const issuer = await makeIssuer()
    const url = await start(expressApi({ ...issuer.guardOptions, freshness: 'both', nonce }))
    await checkInvalidRequests(byFetch(issuer.createClient(), `${url}/orders`))
  }, 120_000)

  test.each(['PS256', 'Ed25519'] as const)(
    'by fetch, of a client that signs with %s, with POST',
    async (alg) => {
      const issuer = await makeIssuer()
      const url = await start(expressApi(issuer.guardOptions))
      const client = issuer.createClient({ alg })
      await checkInvalidRequests(byFetch(client, `${url}/orders`, { method: 'POST', body: 'text' }))
    },
    60_000,
  )

  test('by supertest', async () => {
    const issuer = await makeIssuer()
    const app = expressApi(issuer.guardOptions)
    const client = issuer.createClient()
    await checkInvalidRequests(async (invalid) => {
      const { status, headers } = await client.send({ url: '/orders', invalid }, (headers) => {
        const request = supertest(app).get('/orders')
        for (const [name, value] of Object.entries(headers)) request.set(name, value as string)
        return request
      })
      return { status, challenge: challengeIn(headers) }
    }, sendable)
  }, 120_000)

  test("by Fastify's inject", async () => {
    const issuer = await makeIssuer()
    const app = await fastifyApi(issuer.guardOptions)
    const client = issuer.createClient()
    await checkInvalidRequests(async (invalid) => {
      const response = await client.send({ url: '/orders', invalid }, (headers) =>
        app.inject({ url: '/orders', headers }),
      )
      return { status: response.statusCode, challenge: challengeIn(response.headers) }
    }, sendable)
  }, 120_000)

  test('by undici', async () => {
    const issuer = await makeIssuer()
    const url = await start(expressApi(issuer.guardOptions))
    const client = issuer.createClient()
    await checkInvalidRequests(async (invalid) => {
      const response = await client.send({ url: `${url}/orders`, invalid }, (headers) =>
        // A connection of its own: a server may close an idle one in this moment.
        undici.request(`${url}/orders`, { headers, reset: true }),
      )
      await response.body.text()
      return { status: response.statusCode, challenge: challengeIn(response.headers) }
    }, sendableByUndici)
  }, 120_000)
})

describe('an invalid request that Node or Fastify answers first', () => {
  test.each(conditional.filter((one) => firstAnswerOf(one) === 'Node'))('%s: Node', async (invalid) => {
    const issuer = await makeIssuer()
    const reasons = recordReasons()
    const url = await start(expressApi(issuer.guardOptions))
    const response = await issuer.createClient().fetch(`${url}/orders`, { invalid })
    expect([response.status, response.headers.get('www-authenticate'), reasons]).toEqual([400, null, []])
  })

  test.each(conditional.filter((one) => firstAnswerOf(one) === 'Fastify'))(
    '%s: Fastify',
    async (invalid, { expected }) => {
      const issuer = await makeIssuer()
      const reasons = recordReasons()
      const app = await fastifyApi(issuer.guardOptions)
      const byRouter = await issuer
        .createClient()
        .fetch(`${await app.listen({ port: 0, host: '127.0.0.1' })}/orders`, { invalid })
      expect([byRouter.status, reasons]).toEqual([400, []])
      const url = await start(expressApi(issuer.guardOptions))
      const byGuard = await issuer.createClient().fetch(`${url}/orders`, { invalid })
      expect([byGuard.status, reasons]).toEqual([expected.status, [expected.reason]])
    },
  )
})

describe('an invalid request for other options of a guard', () => {
  const clock = () => 1_800_000_000

  async function startUnder({ guard = {}, route = {}, parsesForms }: Setting) {
    const { resource: identifier = resource, publicUrl } = guard
    const issuer = await createTestIssuer({ serve: 'nowhere', resource: identifier, clock })
    const app = express()
    if (parsesForms) app.use(express.urlencoded({ extended: false }))
    app.use(onExpress.dpopGuard({ ...issuer.guardOptions, ...guard }))
    for (const check of checksOf(onExpress, route)) app.use(check)
    app.use((_request, response) => void response.end())
    const [base] = [publicUrl].flat()
    const client = issuer.createClient({ publicUrl: typeof base === 'string' ? base : resource })
    return byFetch(client, `${await start(app)}/orders`)
  }

  test.each(Object.entries(settings))('%s', async (name, setting) => {
    const list = conditional.filter((entry) => entry[1].setting === name).map(([invalid]) => invalid)
    expect(list).not.toEqual([])
    await checkInvalidRequests(await startUnder(setting), list)
  })
})

describe('an invalid request of your own', () => {
  test('is a mutation', async () => {
    const issuer = await makeIssuer()
    const url = await start(expressApi(issuer.guardOptions))
    const reasons = recordReasons()
    const client = issuer.createClient()
    await client.fetch(`${url}/orders`, { invalid: { proof: { claims: { htm: 'POST' } } } })
    await client.fetch(`${url}/orders`, { invalid: { claims: { aud: 'https://other.example.com' } } })
    await client.fetch(`${url}/orders`, {
      invalid: { dpop: ({ header, payload, sign }) => sign({ ...header, typ: 'JWT' }, payload) },
    })
    expect(reasons).toEqual(['proof_htm', 'token_audience', 'proof_typ'])
  })
})

describe('a change outside the fields', () => {
  test.each([{ method: 'POST' }, { target: '/x' }, { body: 'text' }])('%o is for fetch alone', async (invalid) => {
    const issuer = await createTestIssuer({ serve: 'nowhere' })
    const sent = issuer.createClient().send({ url: '/orders', invalid }, () => expect.unreachable())
    await expect(sent).rejects.toThrow(`only client.fetch can change the ${Object.keys(invalid)[0]} of a request`)
  })

  test('is stated in each invalid request', () => {
    const issuer = createTokenIssuer()
    const valid = { method: 'GET', url: `${resource}/orders`, now: 1_800_000_000, client: createProofClient(), issuer }
    const all = [...Object.entries(invalidRequests), ...conditional]
    for (const [name, request] of all.filter(([one]) => canBeMade(one))) {
      const { expected, answeredBy, onlyByFetch } = request
      const inLine = mutationsOf(request, valid).some((parts) => parts.method ?? parts.target ?? parts.body)
      const apart = inLine || expected.reason === 'host_malformed' || answeredBy === 'Node'
      expect(onlyByFetch === true, name).toBe(apart)
    }
  })

  test('is sent with the content type of its own body', async () => {
    const issuer = await makeIssuer()
    const url = await start(expressApi(issuer.guardOptions))
    const invalid = { method: 'PUT', target: '/orders?page=2', body: 'other', headers: ['Content-Type', 'text/plain'] }
    const init = { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' }, invalid }
    const response = await issuer.createClient().fetch(`${url}/orders`, init)
    expect(await response.json()).toEqual({ for: 'alice', method: 'PUT', body: 'other' })
  })
})

describe('nonces are followed', () => {
  /** An API that records the method of each request. */
  async function startCounting() {
    const issuer = await makeIssuer()
    const app = expressApi({ ...issuer.guardOptions, ...withNonces })
    const seen: (string | undefined)[] = []
    const counted: RequestListener = (request, response) => {
      seen.push(request.method)
      app(request, response)
    }
    return { issuer, seen, app: counted, url: `${await start(counted)}/orders` }
  }

  test('by fetch: with a retry that has the nonce, and later requests use it at once', async () => {
    const { issuer, seen, url } = await startCounting()
    const client = issuer.createClient()
    const response = await client.fetch(url, {
      method: 'POST',
      body: 'text',
      headers: { 'content-type': 'text/plain' },
    })
    expect(await response.json()).toMatchObject({ method: 'POST', body: 'text' })
    expect((await client.fetch(url)).status).toBe(200)
    expect(seen).toEqual(['POST', 'POST', 'GET'])
  })

  test("by undici's fetch, in place of the global one", async () => {
    const { issuer, seen, url } = await startCounting()
    const client = issuer.createClient({ fetch: undici.fetch as unknown as typeof fetch })
    expect((await client.fetch(url)).status).toBe(200)
    expect(seen).toHaveLength(2)
  })

  test('by undici', async () => {
    const { issuer, seen, url } = await startCounting()
    const response = await issuer.createClient().send({ url }, (headers) => undici.request(url, { headers }))
    expect(response.statusCode).toBe(200)
    await response.body.text()
    expect(seen).toHaveLength(2)
  })

  test('by supertest', async () => {
    const { issuer, seen, app } = await startCounting()
    const client = issuer.createClient()
    const response = await client.send({ url: '/orders' }, (headers) => supertest(app).get('/orders').set(headers))
    expect(response.body).toMatchObject({ for: 'alice' })
    expect(seen).toHaveLength(2)
  })

  test('by inject', async () => {
    const issuer = await makeIssuer()
    const app = await fastifyApi({ ...issuer.guardOptions, ...withNonces })
    const client = issuer.createClient()
    const response = await client.send({ url: '/orders' }, (headers) => app.inject({ url: '/orders', headers }))
    expect(response.json()).toEqual({ for: 'alice' })
  })

  test('by hand', async () => {
    const { issuer, seen, app } = await startCounting()
    const client = issuer.createClient()
    const challenge = await supertest(app)
      .get('/orders')
      .set(client.headers({ url: '/orders' }))
    expect(challenge.status).toBe(401)
    client.rememberNonce(challenge)
    await supertest(app)
      .get('/orders')
      .set(client.headers({ url: '/orders' }))
      .expect(200)
    expect(seen).toHaveLength(2)
  })

  test('only once for one request', async () => {
    const issuer = await makeIssuer()
    const never = { issue: () => 'another', check: () => false }
    const url = await start(expressApi({ ...issuer.guardOptions, freshness: 'nonce', nonce: never }))
    expect((await issuer.createClient().fetch(`${url}/orders`)).status).toBe(401)
  })
})
