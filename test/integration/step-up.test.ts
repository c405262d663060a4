import type { RequestListener } from 'node:http'
import type { StepUpOptions } from '@dpop-guard/core'
import * as onExpress from '@dpop-guard/express'
import * as onFastify from '@dpop-guard/fastify'
import * as onKoa from '@dpop-guard/koa'
import express5 from 'express'
import express4 from 'express4'
import fastify, { type FastifyInstance } from 'fastify'
import Koa3 from 'koa'
import Koa2 from 'koa2'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { challengeOf, now, type Scene } from '../support/guarded-api.js'
import { listenOnLoopback } from '../support/listen.js'
import { createProofClient } from '../support/proof-client.js'
import { sendRequest } from '../support/raw-http.js'
import { createTestIssuer } from '../support/test-issuer.js'

interface Parts {
  stepUp: StepUpOptions
  handle(): void
}

/** An API with `/payments`, which requires a certain authentication. */
type CreateApi = (guard: onExpress.DpopGuardOptions, parts: Parts) => Promise<RequestListener>

const onExpressVersion =
  (express: typeof express5): CreateApi =>
  async (guard, { stepUp, handle }) =>
    express()
      .use(onExpress.dpopGuard(guard))
      .all('/payments', onExpress.requireStepUp(stepUp), (_req, res) => {
        handle()
        res.send('paid')
      })

const onKoaVersion =
  (Koa: typeof Koa3): CreateApi =>
  async (guard, { stepUp, handle }) =>
    new Koa()
      .use(onKoa.dpopGuard(guard))
      .use(onKoa.requireStepUp(stepUp))
      .use((ctx) => {
        handle()
        ctx.body = 'paid'
      })
      .callback()

const onFastifyWith =
  (declare: (app: FastifyInstance, parts: Parts) => void): CreateApi =>
  async (guard, parts) => {
    const app = fastify()
    await app.register(onFastify.dpopGuard, guard)
    declare(app, parts)
    await app.ready()
    return app.routing
  }

const frameworks: Record<string, CreateApi> = {
  'Express 5': onExpressVersion(express5),
  'Express 4': onExpressVersion(express4),
  'Koa 3': onKoaVersion(Koa3),
  'Koa 2': onKoaVersion(Koa2),
  'Fastify 5, in the config of a route': onFastifyWith((app, { stepUp, handle }) => {
    app.all('/payments', { config: { dpop: { stepUp } } }, async () => {
      handle()
      return 'paid'
    })
  }),
  'Fastify 5, as an onRequest hook': onFastifyWith((app, { stepUp, handle }) => {
    app.all('/payments', { onRequest: app.requireStepUp(stepUp) }, async () => {
      handle()
      return 'paid'
    })
  }),
  'Fastify 5, as a preHandler': onFastifyWith((app, { stepUp, handle }) => {
    app.all('/payments', { preHandler: app.requireStepUp(stepUp) }, async () => {
      handle()
      return 'paid'
    })
  }),
}

const mfa = 'urn:example:mfa'
const passkey = 'urn:example:passkey'

async function start(createApi: CreateApi, stepUp: StepUpOptions, options: Partial<Scene> = {}) {
  const { server, port, origin, close } = await listenOnLoopback()
  onTestFinished(close)
  const issuer = createTestIssuer()
  const client = createProofClient()
  const handle = vi.fn()
  const basics = { issuer: { issuer: issuer.issuer, jwks: issuer.jwks }, resource: origin, clock: () => now }
  server.on('request', await createApi({ ...basics, ...options }, { stepUp, handle }))

  const send = (headers: readonly string[] = [], method = 'POST') =>
    sendRequest({ port, method, target: '/payments', headers: ['Host', `127.0.0.1:${port}`, ...headers] })

  return {
    handle,
    send,
    /** Sends a request whose token has these claims. */
    call(claims: Record<string, unknown>, headers: readonly string[] = [], nonce?: string) {
      const accessToken = issuer.mint({ now, aud: origin, cnf: { jkt: client.jkt }, ...claims })
      const proof = client.proof({ method: 'POST', url: `${origin}/payments`, now, accessToken, nonce })
      return send(['Authorization', `DPoP ${accessToken}`, 'DPoP', proof, ...headers])
    },
    callWithBearer(claims: Record<string, unknown>) {
      return send(['Authorization', `Bearer ${issuer.mint({ now, aud: origin, ...claims })}`])
    },
  }
}

describe.each(Object.entries(frameworks))('on %s', (_name, createApi) => {
  test.each<[string, StepUpOptions, Record<string, unknown>]>([
    ['with the required acr', { acrValues: [mfa] }, { acr: mfa }],
    ['with any acr of a list', { acrValues: [passkey, mfa] }, { acr: mfa }],
    ['just now', { maxAgeSeconds: 300 }, { auth_time: now }],
    ['at the last second', { maxAgeSeconds: 300 }, { auth_time: now - 300 }],
    ['in this second, where the maximum age is 0', { maxAgeSeconds: 0 }, { auth_time: now }],
    ['in the right way and recently', { acrValues: [mfa], maxAgeSeconds: 300 }, { acr: mfa, auth_time: now - 10 }],
  ])('a user who authenticated %s is accepted', async (_how, stepUp, claims) => {
    const { call, handle } = await start(createApi, stepUp)
    expect(await call(claims)).toMatchObject({ status: 200, body: 'paid' })
    expect(handle).toHaveBeenCalledOnce()
  })

  const level = 'A different authentication level is required'
  const recency = 'More recent authentication is required'

  test.each<[string, StepUpOptions, Record<string, unknown>, string]>([
    ['with another acr', { acrValues: [mfa] }, { acr: passkey }, level],
    ['without acr', { acrValues: [mfa] }, {}, level],
    ['with an acr in other letters', { acrValues: [mfa] }, { acr: mfa.toUpperCase() }, level],
    ['with a list of acr', { acrValues: [mfa] }, { acr: [mfa] }, level],
    ['with both acr in one string', { acrValues: [mfa, passkey] }, { acr: `${mfa} ${passkey}` }, level],
    ['with amr instead of acr', { acrValues: ['mfa'] }, { amr: ['mfa'] }, level],
    ['too long ago', { maxAgeSeconds: 300 }, { auth_time: now - 301 }, recency],
    ['a second ago, where the maximum age is 0', { maxAgeSeconds: 0 }, { auth_time: now - 1 }, recency],
    ['at an unknown time', { maxAgeSeconds: 300 }, {}, recency],
    ['at a time that is a string', { maxAgeSeconds: 300 }, { auth_time: String(now) }, recency],
    ['at a time that is null', { maxAgeSeconds: 300 }, { auth_time: null }, recency],
    ['at iat, by the token only', { maxAgeSeconds: 300 }, { iat: now }, recency],
    ['recently in another way', { acrValues: [mfa], maxAgeSeconds: 300 }, { auth_time: now }, level],
    [
      'in the right way too long ago',
      { acrValues: [mfa], maxAgeSeconds: 9 },
      { acr: mfa, auth_time: now - 10 },
      recency,
    ],
  ])(
    'a user who authenticated %s is rejected, and the challenge has the requirement',
    async (_how, stepUp, claims, description) => {
      const { call, handle } = await start(createApi, stepUp)
      const response = await call(claims)
      expect(response.status).toBe(401)
      expect(challengeOf(response)).toEqual({
        scheme: 'DPoP',
        error: 'insufficient_user_authentication',
        error_description: description,
        algs: 'ES256 PS256 Ed25519 EdDSA',
        ...(stepUp.acrValues && { acr_values: stepUp.acrValues.join(' ') }),
        ...(stepUp.maxAgeSeconds !== undefined && { max_age: String(stepUp.maxAgeSeconds) }),
      })
      expect(JSON.parse(response.body)).toEqual({
        error: 'insufficient_user_authentication',
        error_description: description,
      })
      expect(response.header('Content-Type')).toEqual(['application/json; charset=utf-8'])
      expect(handle).not.toHaveBeenCalled()
    },
  )

  test('the header is written in the order of RFC 9470, the error first', async () => {
    const { call } = await start(createApi, { acrValues: [passkey, mfa], maxAgeSeconds: 0 })
    expect((await call({})).header('WWW-Authenticate')).toEqual([
      'DPoP error="insufficient_user_authentication", ' +
        'error_description="A different authentication level is required", ' +
        'acr_values="urn:example:passkey urn:example:mfa", max_age="0", algs="ES256 PS256 Ed25519 EdDSA"',
    ])
  })

  test('the challenge also has the scopes and the metadata of the guard', async () => {
    const options = { requiredScopes: ['orders:read'], resourceMetadata: {}, realm: 'payments' }
    const { call } = await start(createApi, { acrValues: [mfa] }, options)
    expect(challengeOf(await call({}))).toMatchObject({
      error: 'insufficient_user_authentication',
      scope: 'orders:read',
      realm: 'payments',
      resource_metadata: expect.stringMatching(/\/\.well-known\/oauth-protected-resource$/),
    })
  })

  test('where credentials are optional, a request without them is rejected, and the challenge has the requirement', async () => {
    const { send, handle } = await start(createApi, { acrValues: [mfa] }, { credentials: 'optional' })
    const response = await send()
    expect(response).toMatchObject({ status: 401, body: '' })
    expect(challengeOf(response)).toEqual({ scheme: 'DPoP', algs: 'ES256 PS256 Ed25519 EdDSA', acr_values: mfa })
    expect(handle).not.toHaveBeenCalled()
  })

  test('a Bearer token has the same rules, and its own challenge has the error', async () => {
    const { callWithBearer, handle } = await start(createApi, { acrValues: [mfa] }, { mode: 'bearer-and-dpop' })
    expect((await callWithBearer({ acr: mfa })).status).toBe(200)
    const rejected = await callWithBearer({ acr: passkey })
    expect(rejected.status).toBe(401)
    const [bearer = '', dpop = ''] = rejected.header('WWW-Authenticate')
    expect(bearer).toMatch(/^Bearer error="insufficient_user_authentication", .*acr_values="urn:example:mfa"/)
    expect(dpop).toMatch(/^DPoP /)
    expect(dpop).not.toContain('error=')
    expect(handle).toHaveBeenCalledOnce()
  })

  describe('in nonce mode', () => {
    const secrets = ['a secret of more than 32 bytes: 0001']
    const options = { freshness: 'nonce', nonce: { secrets }, credentials: 'optional' } as const

    test('a rejection has the newest nonce, once', async () => {
      const { call } = await start(createApi, { acrValues: [mfa] }, options)
      const [nonce] = (await call({})).header('DPoP-Nonce')
      const response = await call({}, [], nonce)
      expect(challengeOf(response).error).toBe('insufficient_user_authentication')
      expect(response.header('DPoP-Nonce')).toEqual([nonce])
      expect(response.header('Cache-Control')).toEqual(['no-store'])
    })

    test('a request without credentials gets the nonce with its rejection', async () => {
      const { send } = await start(createApi, { acrValues: [mfa] }, options)
      const response = await send()
      expect(response.status).toBe(401)
      expect(response.header('DPoP-Nonce')).toEqual([expect.stringMatching(/^[\w-]+$/)])
      expect(response.header('Cache-Control')).toEqual(['no-store'])
    })
  })

  test('scripts of other origins may read the challenge', async () => {
    const { call } = await start(createApi, { acrValues: [mfa] })
    const response = await call({}, ['Origin', 'https://app.example.com'])
    expect(response.status).toBe(401)
    expect(response.header('Access-Control-Expose-Headers')).toEqual(['WWW-Authenticate, DPoP-Nonce'])
  })
})

const wrong: [string, unknown][] = [
  ['nothing', undefined],
  ['null', null],
  ['false', false],
  ['an empty string', ''],
  ['a string', mfa],
  ['a list', [mfa]],
  ['an empty object', {}],
  ['a misspelled name', { acrValue: [mfa] }],
  ['no values', { acrValues: [] }],
  ['a value with a space', { acrValues: [`${mfa} ${passkey}`] }],
  ['a value with a quote', { acrValues: ['a"b'] }],
  ['a value with a line break', { acrValues: ['a\nb'] }],
  ['an empty value', { acrValues: [''] }],
  ['a value that is not a string', { acrValues: [2] }],
  ['a negative age', { maxAgeSeconds: -1 }],
  ['half a second', { maxAgeSeconds: 0.5 }],
  ['an age as a string', { maxAgeSeconds: '300' }],
  ['no number', { maxAgeSeconds: Number.NaN }],
  ['an infinite age', { maxAgeSeconds: Number.POSITIVE_INFINITY }],
  ['null for the age, beside good values', { acrValues: [mfa], maxAgeSeconds: null }],
  ['null for the values, beside a good age', { acrValues: null, maxAgeSeconds: 300 }],
]

describe('an invalid requirement is a TypeError', () => {
  test.each(wrong)('on Express and Koa: %s', (_what, given) => {
    const required = given as StepUpOptions
    expect(() => onExpress.requireStepUp(required)).toThrow(TypeError)
    expect(() => onKoa.requireStepUp(required)).toThrow(TypeError)
  })

  test.each(wrong)('of guard.checkStepUp: %s', (_what, given) => {
    const guard = onExpress.createGuard({ issuer: 'https://as.example.com', resource: 'https://api.example.com' })
    expect(() => guard.checkStepUp(undefined, given as StepUpOptions)).toThrow(TypeError)
  })

  const options = { issuer: 'https://as.example.com', resource: 'https://api.example.com' }

  test.each(wrong)('on Fastify, as a hook: %s', async (_what, given) => {
    const app = fastify()
    await app.register(onFastify.dpopGuard, options)
    expect(() => app.requireStepUp(given as StepUpOptions)).toThrow(TypeError)
  })

  const configs = wrong.filter(([, given]) => given !== undefined)

  test.each(configs)('on Fastify, at the registration of a route: %s', async (_what, given) => {
    const app = fastify()
    await app.register(onFastify.dpopGuard, options)
    const config = { dpop: { stepUp: given as StepUpOptions } }
    expect(() => app.get('/payments', { config }, async () => 'paid')).toThrow(TypeError)
  })

  // `stepUp: strict && {...}` must not leave the route open.
  test.each(configs)('on Fastify, at the registration of a route, beside scopes: %s', async (_what, given) => {
    const app = fastify()
    await app.register(onFastify.dpopGuard, options)
    const config = { dpop: { scopes: ['payments'], stepUp: given as StepUpOptions } }
    expect(() => app.get('/payments', { config }, async () => 'paid')).toThrow(TypeError)
  })
})

describe('on Fastify', () => {
  test('a route checks scopes first and then the authentication', async () => {
    const stepUp = { acrValues: [mfa] }
    const createApi = onFastifyWith((app, { handle }) => {
      app.all('/payments', { config: { dpop: { scopes: ['payments'], stepUp } } }, async () => {
        handle()
        return 'paid'
      })
    })
    const { call, handle } = await start(createApi, stepUp)
    expect((await call({})).status).toBe(403)
    expect((await call({ acr: mfa })).status).toBe(403)
    expect((await call({ scope: 'payments' })).status).toBe(401)
    expect(handle).not.toHaveBeenCalled()
    expect((await call({ scope: 'payments', acr: mfa })).status).toBe(200)
  })

  test('without a guard, the hook is an error of the server and accepts no request', async () => {
    const createApi = onFastifyWith((app, { stepUp, handle }) => {
      const route = { config: { dpop: false as const }, preHandler: app.requireStepUp(stepUp) }
      app.all('/payments', route, async () => {
        handle()
        return 'paid'
      })
    })
    const { call, handle } = await start(createApi, { acrValues: [mfa] })
    expect((await call({ acr: mfa })).status).toBe(500)
    expect(handle).not.toHaveBeenCalled()
  })
})

test('requireStepUp with onRejected error passes the rejection to the error handler of the app', async () => {
  const failures: unknown[] = []
  const createApi: CreateApi = async (guard, { stepUp, handle }) => {
    const app = express5()
    app.use(onExpress.dpopGuard({ ...guard, onRejected: 'error' }))
    app.all('/payments', onExpress.requireStepUp(stepUp), handle)
    const onError: express5.ErrorRequestHandler = (error, _req, res, _next) => {
      failures.push(error)
      res.status(error.status).send('mine')
    }
    app.use(onError)
    return app
  }
  const { call } = await start(createApi, { acrValues: [mfa] })
  const response = await call({})
  expect(response).toMatchObject({ status: 401, body: 'mine' })
  expect(challengeOf(response)).toMatchObject({ error: 'insufficient_user_authentication', acr_values: mfa })
  expect(failures).toMatchObject([{ name: 'RejectionError', rejection: { reason: 'acr_insufficient' } }])
})
