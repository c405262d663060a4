import type { RequestListener, ServerResponse } from 'node:http'
import { basename } from 'node:path'
import { Readable } from 'node:stream'
import { dpopGuard as onExpress, requireScopes } from '@dpop-guard/express'
import { dpopGuard as onFastify } from '@dpop-guard/fastify'
import { dpopGuard as onKoa } from '@dpop-guard/koa'
import express5 from 'express'
import express4 from 'express4'
import fastify, { type FastifyReply } from 'fastify'
import Koa3 from 'koa'
import Koa2 from 'koa2'
import { describe, expect, onTestFinished, test } from 'vitest'
import { challengeOf, now, type Scene } from '../support/guarded-api.js'
import { listenOnLoopback } from '../support/listen.js'
import { createProofClient } from '../support/proof-client.js'
import { type RawResponse, sendRequest } from '../support/raw-http.js'
import { createTestIssuer } from '../support/test-issuer.js'

const cacheable = 'public, max-age=3600'
const nonces = { freshness: 'nonce', nonce: { secrets: ['a secret of more than 32 bytes: 0001'] } } as const

/** Handlers that write to Node's response. They work on every framework that allows this. */
const onNode: Record<string, (response: ServerResponse) => void> = {
  'setHeader and end': (response) => {
    response.setHeader('Cache-Control', cacheable)
    response.end('done')
  },
  'setHeader in upper case and a list': (response) => {
    response.setHeader('CACHE-CONTROL', [cacheable])
    response.end('done')
  },
  appendHeader: (response) => {
    response.appendHeader('cache-control', 'public')
    response.appendHeader('cache-control', 'max-age=3600')
    response.end('done')
  },
  'writeHead with an object': (response) => {
    response.writeHead(200, { 'Cache-Control': cacheable, 'X-Kept': 'kept' }).end('done')
  },
  'writeHead with a reason and an object': (response) => {
    response.writeHead(200, 'Fine', { 'cache-control': cacheable, 'x-kept': 'kept' }).end('done')
  },
  'writeHead with a flat list': (response) => {
    response.writeHead(200, ['X-Kept', 'kept', 'Cache-Control', cacheable, 'cache-control', 'immutable']).end('done')
  },
  'writeHead with null for headers': (response) => {
    response.setHeader('Cache-Control', cacheable)
    ;(response.writeHead as (...parts: unknown[]) => ServerResponse)(200, null).end('done')
  },
  'writeHead with a reason and a flat list': (response) => {
    response.writeHead(200, 'Fine', ['Cache-Control', cacheable, 'X-Kept', 'kept']).end('done')
  },
  'setHeader and writeHead': (response) => {
    response.setHeader('Cache-Control', cacheable)
    response.writeHead(200, { 'Cache-Control': 'immutable' }).end('done')
  },
  // Once a header was set, Node 20 keeps only the last of them.
  'writeHead with a flat list that repeats names': (response) => {
    response.writeHead(200, ['X-Kept', 'one', 'X-Kept', 'two', 'Cache-Control', cacheable]).end('done')
  },
  'write before headers are set': (response) => {
    response.setHeader('Cache-Control', cacheable)
    response.write('do')
    response.end('ne')
  },
  flushHeaders: (response) => {
    response.setHeader('Cache-Control', cacheable)
    response.flushHeaders()
    response.end('done')
  },
  'a stream that is piped': (response) => {
    response.setHeader('Cache-Control', cacheable)
    Readable.from(['do', 'ne']).pipe(response)
  },
}

/** An API with one way of answering `/orders`. */
interface Way {
  readonly name: string
  create(scene: Scene): RequestListener | Promise<RequestListener>
}

function expressWays(express: typeof express5): Way[] {
  const handlers: Record<string, express5.RequestHandler> = {
    'res.set and json': (_req, res) => {
      res.set('Cache-Control', cacheable).json('done')
    },
    'res.header and send': (_req, res) => {
      res.header({ 'Cache-Control': cacheable }).send('done')
    },
    'res.append and sendStatus': (_req, res) => {
      res.append('Cache-Control', cacheable).sendStatus(200)
    },
    'sendFile with maxAge': (_req, res, next) => {
      const here = { root: import.meta.dirname, maxAge: 3_600_000, immutable: true }
      res.sendFile(basename(import.meta.filename), here, next)
    },
    ...Object.fromEntries(
      Object.entries(onNode).map(([name, write]) => [name, (_req: unknown, res: ServerResponse) => write(res)]),
    ),
  }
  return Object.entries(handlers).map(([name, handle]) => ({
    name,
    create: (scene) => express().use(onExpress(scene)).get('/orders', handle),
  }))
}

function koaWays(Koa: typeof Koa3): Way[] {
  const handlers: Record<string, Koa3.Middleware> = {
    'ctx.set': (ctx) => {
      ctx.set('Cache-Control', cacheable)
      ctx.body = 'done'
    },
    'ctx.set with an object': (ctx) => {
      ctx.set({ 'cache-control': cacheable })
      ctx.body = { done: true }
    },
    'ctx.append': (ctx) => {
      ctx.append('Cache-Control', cacheable)
      ctx.body = 'done'
    },
    'a stream as the body': (ctx) => {
      ctx.set('Cache-Control', cacheable)
      ctx.body = Readable.from(['do', 'ne'])
    },
    'ctx.flushHeaders': (ctx) => {
      ctx.set('Cache-Control', cacheable)
      ctx.status = 200
      ctx.flushHeaders()
      ctx.body = 'done'
    },
    ...Object.fromEntries(
      Object.entries(onNode).map(([name, write]) => [
        `ctx.respond = false and ${name}`,
        (ctx: Koa3.Context) => {
          ctx.respond = false
          ctx.res.statusCode = 200
          write(ctx.res)
        },
      ]),
    ),
  }
  return Object.entries(handlers).map(([name, handle]) => ({
    name,
    create: (scene) => new Koa().use(onKoa(scene)).use(handle).callback(),
  }))
}

function fastifyWays(): Way[] {
  const handlers: Record<string, (reply: FastifyReply) => unknown> = {
    'reply.header and a value': (reply) => {
      reply.header('Cache-Control', cacheable)
      return { done: true }
    },
    'reply.headers and send': (reply) => reply.headers({ 'cache-control': cacheable, 'x-kept': 'kept' }).send('done'),
    'a stream': (reply) => reply.header('Cache-Control', cacheable).send(Readable.from(['do', 'ne'])),
    'a web stream': (reply) => reply.header('Cache-Control', cacheable).send(new Blob(['done']).stream()),
    'a Response': (reply) => reply.send(new Response('done', { headers: { 'cache-control': cacheable } })),
    'reply.raw.setHeader and a value': (reply) => {
      reply.raw.setHeader('Cache-Control', cacheable)
      return 'done'
    },
  }
  return Object.entries(handlers).map(([name, handle]) => ({
    name,
    create: (scene) => createFastifyApi(scene, handle),
  }))
}

async function createFastifyApi(scene: Scene, handle: (reply: FastifyReply) => unknown): Promise<RequestListener> {
  const app = fastify()
  await app.register(onFastify, scene)
  app.get('/orders', async (_request, reply) => handle(reply))
  await app.ready()
  return app.routing
}

const runtimes: Record<string, Way[]> = {
  'Express 5': expressWays(express5),
  'Express 4': expressWays(express4),
  'Koa 3': koaWays(Koa3),
  'Koa 2': koaWays(Koa2),
  'Fastify 5': fastifyWays(),
}

/** An API in nonce mode whose clock the test controls, and a client with a good token. */
async function start(create: Way['create'], options: Partial<Scene> = nonces) {
  const { server, port, origin, close } = await listenOnLoopback()
  onTestFinished(close)
  const issuer = createTestIssuer()
  const client = createProofClient()
  const clock = { now }
  const basics = { issuer: { issuer: issuer.issuer, jwks: issuer.jwks }, resource: origin, clock: () => clock.now }
  server.on('request', await create({ ...basics, ...options }))
  const accessToken = issuer.mint({ now, exp: now + 10_000, aud: origin, cnf: { jkt: client.jkt } })

  function send(nonce?: string, headers: readonly string[] = [], method = 'GET', target = '/orders') {
    const proof = client.proof({ method, url: origin + target, now: clock.now, accessToken, nonce })
    const host = ['Host', `127.0.0.1:${port}`]
    const credentials = ['Authorization', `DPoP ${accessToken}`, 'DPoP', proof]
    return sendRequest({ port, method, target, headers: [...host, ...credentials, ...headers] })
  }
  return {
    send,
    /** The nonce of the step before this one. The response to it has the newest. */
    async olderNonce(): Promise<string> {
      const nonce = nonceOf(await send())
      clock.now += 60
      return nonce
    },
  }
}

function nonceOf(response: RawResponse): string {
  const [nonce, ...more] = response.header('DPoP-Nonce')
  if (nonce === undefined || more.length > 0) throw new Error(`not one nonce: ${response.header('DPoP-Nonce')}`)
  return nonce
}

describe.each(Object.entries(runtimes))('on %s', (name, ways) => {
  describe.each(ways.map((way) => [way.name, way] as const))('a handler that answers with %s', (_way, { create }) => {
    test('cannot make a response with a nonce cacheable', async () => {
      const { send, olderNonce } = await start(create)
      const older = await olderNonce()
      const response = await send(older)
      expect(response.status).toBe(200)
      expect(nonceOf(response)).not.toBe(older)
      expect(response.header('Cache-Control')).toEqual(['no-store'])
    })

    test('decides on Cache-Control where the response has no nonce', async () => {
      const { send } = await start(create)
      const response = await send(nonceOf(await send()))
      expect(response.status).toBe(200)
      expect(response.header('DPoP-Nonce')).toEqual([])
      expect(response.header('Cache-Control').join()).toMatch(/public|immutable/)
    })

    test('answers the same otherwise', async () => {
      const { send, olderNonce } = await start(create)
      const withNonce = await send(await olderNonce())
      const without = await send(nonceOf(withNonce))
      expect(withNonce.body).toBe(without.body)
      expect(withNonce.phrase).toBe(without.phrase)
      expect(without.body).not.toBe('')
      expect(namesOf(withNonce)).toEqual([...namesOf(without), 'dpop-nonce'].sort())
      expect(withNonce.header('X-Kept')).toEqual(without.header('X-Kept'))
    })
  })

  const [first] = ways
  if (first === undefined) throw new Error(`no way for ${name}`)
  const { create } = first

  test('without nonces the handler decides on Cache-Control', async () => {
    const { send } = await start(create, {})
    const response = await send()
    expect(response.status).toBe(200)
    expect(response.header('DPoP-Nonce')).toEqual([])
    expect(response.header('Cache-Control')).toEqual([cacheable])
  })

  test('the challenge for a nonce is complete', async () => {
    const { send } = await start(create)
    const response = await send()
    expect(response.status).toBe(401)
    expect(challengeOf(response)).toEqual({
      scheme: 'DPoP',
      error: 'use_dpop_nonce',
      error_description: 'Resource server requires nonce in DPoP proof',
      algs: 'ES256 PS256 Ed25519 EdDSA',
    })
    expect(nonceOf(response)).toMatch(/^[\w-]{22,}$/)
    expect(response.header('Cache-Control')).toEqual(['no-store'])
    expect(JSON.parse(response.body)).toMatchObject({ error: 'use_dpop_nonce' })
  })

  test('HEAD is answered with a nonce, as GET is', async () => {
    const { send, olderNonce } = await start(create)
    const challenge = await send(undefined, [], 'HEAD')
    expect(challenge).toMatchObject({ status: 401, body: '' })
    expect(nonceOf(challenge)).toBe(nonceOf(await send()))
    const response = await send(await olderNonce(), [], 'HEAD')
    expect(response).toMatchObject({ status: 200, body: '' })
    nonceOf(response)
    expect(response.header('Cache-Control')).toEqual(['no-store'])
  })

  test('scripts of other origins may read the nonce of a rejected and of an accepted request', async () => {
    const { send, olderNonce } = await start(create)
    const origin = ['Origin', 'https://app.example.com']
    const older = await olderNonce()
    for (const [nonce, status] of [
      [undefined, 401],
      [older, 200],
    ] as const) {
      const response = await send(nonce, origin)
      expect(response.status).toBe(status)
      nonceOf(response)
      expect(response.header('Access-Control-Expose-Headers')).toEqual(['WWW-Authenticate, DPoP-Nonce'])
    }
  })

  test('a path without a handler answers with a nonce and forbids caching', async () => {
    const nowhere: Way['create'] = (scene) =>
      name.startsWith('Koa') ? silentKoa(Koa3).use(onKoa(scene)).callback() : create(scene)
    const { send, olderNonce } = await start(nowhere)
    const response = await send(await olderNonce(), [], 'GET', '/nowhere')
    expect(response.status).toBe(404)
    nonceOf(response)
    expect(response.header('Cache-Control')).toEqual(['no-store'])
  })
})

/** The names of the fields, without repetition. */
function namesOf({ rawHeaders }: RawResponse): string[] {
  const names = rawHeaders.filter((_, index) => index % 2 === 0)
  return [...new Set(names.map((name) => name.toLowerCase()))].sort()
}

function fail(): never {
  throw new Error('the handler failed')
}

function silentKoa(Koa: typeof Koa3): Koa3 {
  const app = new Koa()
  app.silent = true
  return app
}

function silentExpress(express: typeof express5) {
  const app = express()
  // Otherwise Express logs the error.
  app.set('env', 'test')
  return app
}

const failingApis: Record<string, Way['create']> = {
  'Express 5': (scene) => silentExpress(express5).use(onExpress(scene)).get('/orders', fail),
  'Express 4': (scene) => silentExpress(express4).use(onExpress(scene)).get('/orders', fail),
  'Koa 3': (scene) => silentKoa(Koa3).use(onKoa(scene)).use(fail).callback(),
  'Koa 2': (scene) => silentKoa(Koa2).use(onKoa(scene)).use(fail).callback(),
  'Fastify 5': (scene) => createFastifyApi(scene, fail),
}

describe.each(Object.entries(failingApis))('on %s, a handler that throws', (name, create) => {
  // Koa's error path removes every header that was set before.
  test('answers 500, and the response still has the nonce', async () => {
    const { send, olderNonce } = await start(create)
    const response = await send(await olderNonce())
    expect(response.status).toBe(500)
    expect(response.header('Cache-Control')).toEqual(['no-store'])
    nonceOf(response)
  })

  test('does not use up the nonce: it is good for the next request', async () => {
    const { send, olderNonce } = await start(create)
    const older = await olderNonce()
    expect((await send(older)).status, name).toBe(500)
    expect((await send(older)).status).toBe(500)
  })
})

describe('on Fastify 5, a handler that takes over the raw response', () => {
  const take =
    (write: (response: ServerResponse) => void): Way['create'] =>
    (scene) =>
      createFastifyApi(scene, (reply) => {
        reply.hijack()
        write(reply.raw)
      })

  test.each(Object.entries(onNode))('with %s cannot make it cacheable', async (_way, write) => {
    const { send, olderNonce } = await start(take(write))
    const response = await send(await olderNonce())
    expect(response.status).toBe(200)
    expect(response.header('Cache-Control')).toEqual(['no-store'])
  })

  // Such a response has none of the headers that were set on Fastify's reply.
  test('still has the nonce', async () => {
    const { send, olderNonce } = await start(take((response) => response.end('done')))
    nonceOf(await send(await olderNonce()))
  })
})

test.each([
  ['Koa 3', Koa3],
  ['Koa 2', Koa2],
])('on %s, a list of pairs for writeHead cannot make a response cacheable', async (_name, Koa) => {
  const { send, olderNonce } = await start((scene) => {
    const app = new Koa().use(onKoa(scene))
    app.use((ctx) => {
      ctx.respond = false
      Reflect.apply(ctx.res.writeHead, ctx.res, [200, [['Cache-Control', cacheable]]])
      ctx.res.end('done')
    })
    return app.callback()
  })
  const older = await olderNonce()
  const response = await send(older)
  expect(response.status).toBe(200)
  expect(nonceOf(response)).not.toBe(older)
  expect(response.header('Cache-Control')).toEqual(['no-store'])
})

test('a rejection for a scope has exactly one nonce, the newest', async () => {
  const { send, olderNonce } = await start((scene) =>
    express5().use(onExpress(scene)).get('/orders', requireScopes('admin')),
  )
  const older = await olderNonce()
  const response = await send(older)
  expect(response.status).toBe(403)
  expect(nonceOf(response)).not.toBe(older)
  expect(response.header('Cache-Control')).toEqual(['no-store'])
})

test('a guard inside another one replaces its nonce, and only one is sent', async () => {
  const inner = { freshness: 'nonce', nonce: { secrets: ['a secret of more than 32 bytes: 0002'] } } as const
  const { send, olderNonce } = await start((scene) =>
    express5()
      .use(onExpress(scene))
      .use(onExpress({ ...scene, ...inner })),
  )
  const older = await olderNonce()
  const response = await send(older)
  expect(response.status).toBe(401)
  expect(nonceOf(response)).not.toBe(older)
})
