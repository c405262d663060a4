import { once } from 'node:events'
import { connect, createServer } from 'node:http2'
import { text } from 'node:stream/consumers'
import { getAuth, dpopGuard as onFastify } from '@dpop-guard/fastify'
import { dpopGuard as onKoa } from '@dpop-guard/koa'
import fastify from 'fastify'
import Koa from 'koa'
import { describe, expect, onTestFinished, test } from 'vitest'
import { now } from '../support/guarded-api.js'
import { createProofClient } from '../support/proof-client.js'
import { createTestIssuer } from '../support/test-issuer.js'

const resource = 'https://api.example.com'

type Options = Parameters<typeof onKoa>[0]

const frameworks = {
  Koa: async (options: Options) => {
    const app = new Koa()
    app.use(onKoa(options))
    app.use((ctx) => {
      ctx.body = 'reached'
    })
    const server = createServer(app.callback()).listen(0, '127.0.0.1')
    await once(server, 'listening')
    return { address: server.address(), close: () => server.close() }
  },

  Fastify: async (options: Options) => {
    const app = fastify({ http2: true })
    await app.register(onFastify, options)
    const onRequest = app.requireScopes('orders:read')
    app.get('/orders', { onRequest }, async (request) => (getAuth(request).subject === 'alice' ? 'reached' : 'nobody'))
    await app.listen({ port: 0, host: '127.0.0.1' })
    return { address: app.server.address(), close: () => app.close() }
  },
}

describe.each(Object.entries(frameworks))('over HTTP/2 on %s', (_name, createApi) => {
  async function start() {
    const { issuer, jwks, mint } = createTestIssuer()
    const { address, close } = await createApi({ issuer: { issuer, jwks }, resource, clock: () => now })
    if (address === null || typeof address === 'string') throw new Error('the server has no port')
    const session = connect(`http://127.0.0.1:${address.port}`)
    onTestFinished(async () => {
      session.close()
      await close()
    })
    return {
      mint,
      async get(headers: Record<string, string>) {
        const stream = session.request({ ':path': '/orders', ':authority': 'api.example.com', ...headers })
        const [response] = await once(stream, 'response')
        return { status: response[':status'], challenge: response['www-authenticate'], body: await text(stream) }
      },
    }
  }

  test('a request with good credentials is accepted, once', async () => {
    const { mint, get } = await start()
    const client = createProofClient()
    const accessToken = mint({ now, cnf: { jkt: client.jkt } })
    const dpop = client.proof({ method: 'GET', url: `${resource}/orders`, now, accessToken })
    const headers = { authorization: `DPoP ${accessToken}`, dpop }
    expect(await get(headers)).toMatchObject({ status: 200, body: 'reached' })
    expect(await get(headers)).toMatchObject({
      status: 401,
      challenge: expect.stringContaining('error="invalid_dpop_proof"'),
    })
  })

  test('a request without credentials is asked for them', async () => {
    const { get } = await start()
    expect(await get({})).toEqual({ status: 401, challenge: 'DPoP algs="ES256 PS256 Ed25519 EdDSA"', body: '' })
  })
})
