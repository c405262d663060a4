import { once } from 'node:events'
import { connect, createServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2'
import { text } from 'node:stream/consumers'
import { applyHeaders, createGuard, type GuardOptions } from '@dpop-guard/core'
import { getAuth as ofFastify, dpopGuard as onFastify } from '@dpop-guard/fastify'
import { getAuth as ofKoa, dpopGuard as onKoa } from '@dpop-guard/koa'
import fastify from 'fastify'
import Koa from 'koa'
import { describe, expect, onTestFinished, test } from 'vitest'
import { now } from '../support/guarded-api.js'
import { type Fields, sendFrames } from '../support/http2-frames.js'
import { createProofClient } from '../support/proof-client.js'
import { createTestIssuer } from '../support/test-issuer.js'

const resource = 'https://api.example.com'

type Listener = (request: Http2ServerRequest, response: Http2ServerResponse) => unknown

async function listen(listener: Listener) {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { address: server.address(), close: () => server.close() }
}

const runtimes: Record<string, (options: GuardOptions, seen: string[][]) => ReturnType<typeof listen>> = {
  async core(options, seen) {
    const guard = createGuard({ ...options, credentials: 'required' })
    return listen(async (incoming, response) => {
      const { method, url: target, rawHeaders: headers } = incoming
      seen.push(headers)
      const verdict = await guard.check({ method, target, headers, incoming })
      applyHeaders(verdict.headers, response)
      if (verdict.accepted) response.end(`${verdict.auth.subject}`)
      else response.writeHead(verdict.status).end(verdict.body)
    })
  },

  async Koa(options, seen) {
    const app = new Koa()
    app.use((ctx, next) => {
      seen.push(ctx.req.rawHeaders)
      return next()
    })
    app.use(onKoa(options))
    app.use((ctx) => {
      ctx.set('Cache-Control', 'public')
      ctx.body = ofKoa(ctx).subject
    })
    return listen(app.callback())
  },

  async Fastify(options, seen) {
    const app = fastify({ http2: true })
    app.addHook('onRequest', async ({ raw }) => {
      seen.push(raw.rawHeaders)
    })
    await app.register(onFastify, options)
    app.get('/orders', async (request, reply) => {
      reply.header('Cache-Control', 'public')
      return ofFastify(request as never).subject
    })
    await app.listen({ port: 0, host: '127.0.0.1' })
    return { address: app.server.address(), close: () => app.server.close() }
  },
}

describe.each(Object.entries(runtimes))('over HTTP/2 with %s', (_name, createApi) => {
  async function start(options: Partial<GuardOptions> = {}) {
    const { issuer, jwks, mint } = createTestIssuer()
    const seen: string[][] = []
    const api = await createApi({ issuer: { issuer, jwks }, resource, clock: () => now, ...options }, seen)
    const { address, close } = api
    onTestFinished(() => {
      close()
    })
    if (address === null || typeof address === 'string') throw new Error('the server has no port')
    const client = createProofClient()
    const accessToken = mint({ now, cnf: { jkt: client.jkt } })
    return {
      seen,
      port: address.port,
      authorization: ['authorization', `DPoP ${accessToken}`] as const,
      proof: (nonce?: string) =>
        ['dpop', client.proof({ method: 'GET', url: `${resource}/orders`, now, accessToken, nonce })] as const,
      send: (fields: Fields) => sendFrames(address.port, fields),
    }
  }

  const pseudo = (authority: string | undefined): Fields => [
    [':method', 'GET'],
    [':scheme', 'http'],
    ...(authority === undefined ? [] : ([[':authority', authority]] as const)),
    [':path', '/orders'],
  ]
  const good = pseudo('api.example.com')

  test('good credentials are accepted', async () => {
    const { send, authorization, proof } = await start()
    expect(await send([...good, authorization, proof()])).toEqual({ status: 200, body: 'alice' })
  })

  test.each<[string, Fields]>([
    ['an :authority and the same host', [...good, ['host', 'api.example.com']]],
    ['an :authority and the same host in other letters', [...good, ['host', 'API.example.com']]],
    ['a host only', [...pseudo(undefined), ['host', 'api.example.com']]],
    ['an :authority of another server, which is never asked', pseudo('other.example.com')],
    ['an :authority with a port', pseudo('api.example.com:8443')],
  ])('%s is accepted', async (_what, fields) => {
    const { send, authorization, proof } = await start()
    expect(await send([...fields, authorization, proof()])).toMatchObject({ status: 200 })
  })

  test.each<[string, Fields]>([
    ['an :authority and another host', [...good, ['host', 'other.example.com']]],
    ['an :authority and the host with a port', [...good, ['host', 'api.example.com:443']]],
    ['an :authority with a comma', pseudo('api.example.com,other.example.com')],
    ['an :authority with a letter for a port', pseudo('api.example.com:x')],
    ['an :authority with a broken IPv6 address', pseudo('[::1')],
  ])('%s is rejected', async (_what, fields) => {
    const { send, authorization, proof } = await start()
    const { status, body } = await send([...fields, authorization, proof()])
    expect(status).toBe(400)
    expect(JSON.parse(body)).toMatchObject({ error: 'invalid_request' })
  })

  test('an :authority with userinfo is rejected by the guard, or by Node, which resets the stream from 22 on', async () => {
    const { send, seen, authorization, proof } = await start()
    const answer = await send([...pseudo('user@api.example.com'), authorization, proof()])
    if (seen.length === 0) expect(answer).toEqual({ status: undefined, body: '' })
    else expect(answer).toEqual({ status: 400, body: expect.stringContaining('"invalid_request"') })
  })

  test.each<[string, Fields]>([
    ['an empty host', [...good, ['host', '']]],
    ['an :authority with a path', pseudo('api.example.com/x')],
    ['an :authority that is a URL', pseudo('https://api.example.com')],
    ['an :authority with a backslash', pseudo('api.example.com\\@other')],
    ['two hosts', [...good, ['host', 'api.example.com'], ['host', 'api.example.com']]],
    ['two hosts without :authority', [...pseudo(undefined), ['host', 'a.example'], ['host', 'b.example']]],
  ])('%s never reaches the guard: Node resets the stream', async (_what, fields) => {
    const { send, seen, authorization, proof } = await start()
    expect(await send([...fields, authorization, proof()])).toEqual({ status: undefined, body: '' })
    expect(seen).toEqual([])
  })

  test.each<[string, string, number]>([
    ['authorization', 'invalid_request', 400],
    ['dpop', 'invalid_dpop_proof', 401],
  ])('a repeated %s field is seen by the guard and rejected', async (field, error, expected) => {
    const { send, seen, authorization, proof } = await start()
    const repeated = field === 'dpop' ? [proof(), proof()] : [authorization, authorization]
    const single = field === 'dpop' ? authorization : proof()
    const { status, body } = await send([...good, ...repeated, single])
    expect(status).toBe(expected)
    expect(JSON.parse(body)).toMatchObject({ error })
    const names = seen[0]?.filter((_, index) => index % 2 === 0)
    expect(names?.filter((present) => present === field)).toHaveLength(2)
  })

  test.each<[string, Fields]>([
    ['a good one behind a bad one', [['authorization', 'DPoP x']]],
    ['two schemes', [['authorization', 'Bearer x']]],
    ['an empty one', [['authorization', '']]],
  ])('authorization is rejected when it is repeated: %s', async (_what, first) => {
    const { send, authorization, proof } = await start()
    const { status, body } = await send([...good, ...first, authorization, proof()])
    expect(status).toBe(400)
    expect(JSON.parse(body)).toMatchObject({ error: 'invalid_request' })
    const { status: reversed } = await send([...good, authorization, ...first, proof()])
    expect(reversed).toBe(400)
  })

  test('a replay is rejected', async () => {
    const { send, authorization, proof } = await start()
    const fields = [...good, authorization, proof()]
    expect((await send(fields)).status).toBe(200)
    expect(await send(fields)).toMatchObject({ status: 401, body: expect.stringContaining('invalid_dpop_proof') })
  })

  test('a path with a dot segment is rejected', async () => {
    const { send, authorization, proof } = await start()
    const fields: Fields = good.map(([field, value]) => [field, field === ':path' ? '/a/../orders' : value])
    expect(await send([...fields, authorization, proof()])).toMatchObject({ status: 400 })
  })

  test('a response with a nonce forbids caching', async () => {
    const nonce = { issue: () => 'newest', check: () => true }
    const { port, authorization, proof } = await start({ freshness: 'nonce', nonce })
    const session = connect(`http://127.0.0.1:${port}`)
    onTestFinished(() => {
      session.close()
    })
    const stream = session.request({
      ':path': '/orders',
      ':authority': 'api.example.com',
      ...Object.fromEntries([authorization, proof('older')]),
    })
    const [headers] = await once(stream, 'response')
    expect(await text(stream)).toBe('alice')
    expect(headers).toMatchObject({ ':status': 200, 'dpop-nonce': 'newest', 'cache-control': 'no-store' })
  })
})
