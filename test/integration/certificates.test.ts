import { createHash } from 'node:crypto'
import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { Agent, createServer, request } from 'node:https'
import { text } from 'node:stream/consumers'
import type { TLSSocket } from 'node:tls'
import { applyHeaders, type CertificateConfirmation, createGuard, type GuardOptions } from '@dpop-guard/core'
import { getAuth as ofExpress, dpopGuard as onExpress } from '@dpop-guard/express'
import { getAuth as ofFastify, dpopGuard as onFastify } from '@dpop-guard/fastify'
import { getAuth as ofKoa, dpopGuard as onKoa } from '@dpop-guard/koa'
import express from 'express'
import fastify from 'fastify'
import Koa from 'koa'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Certificate, createCertificate } from '../support/client-certificates.js'
import { now } from '../support/guarded-api.js'
import { createProofClient } from '../support/proof-client.js'
import { createTestIssuer } from '../support/test-issuer.js'

let serverCertificate: Certificate
let owner: Certificate
let attacker: Certificate

beforeAll(async () => {
  const created = ['server', 'owner', 'attacker'].map((name) => createCertificate(name))
  ;[serverCertificate, owner, attacker] = (await Promise.all(created)) as [Certificate, Certificate, Certificate]
})

/** As in docs/access-tokens.md. */
const confirmCertificate: CertificateConfirmation = (thumbprint, { incoming }) => {
  const certificate = (incoming?.socket as TLSSocket | undefined)?.getPeerX509Certificate()
  return certificate !== undefined && createHash('sha256').update(certificate.raw).digest('base64url') === thumbprint
}

/** An API that answers with the certificate of its accepted caller. */
const frameworks: Record<string, (options: GuardOptions) => Promise<RequestListener>> = {
  core: async (options) => {
    const guard = createGuard({ ...options, credentials: 'required' })
    return async (incoming, response) => {
      const { method, url: target, rawHeaders: headers } = incoming
      const verdict = await guard.check({ method, target, headers, incoming })
      applyHeaders(verdict.headers, response)
      if (verdict.accepted) response.end(verdict.auth.certificateThumbprint ?? 'none')
      else response.writeHead(verdict.status).end(verdict.body)
    }
  },

  Express: async (options) =>
    express()
      .use(onExpress(options))
      .get('/orders', (req, res) => {
        res.send(ofExpress(req).certificateThumbprint ?? 'none')
      }),

  Koa: async (options) =>
    new Koa()
      .use(onKoa(options))
      .use((ctx) => {
        ctx.body = ofKoa(ctx).certificateThumbprint ?? 'none'
      })
      .callback(),

  Fastify: async (options) => {
    const app = fastify()
    await app.register(onFastify, options)
    app.get('/orders', async (req) => ofFastify(req).certificateThumbprint ?? 'none')
    await app.ready()
    return app.routing
  },
}

interface Call {
  /** Default: a connection of its own. */
  agent?: Agent
  scheme: 'DPoP' | 'Bearer'
  /** Of the token. The client's own key is `'own key'`. */
  cnf: { jkt?: 'own key' | string; 'x5t#S256'?: string } | undefined
  /** The certificate that the client sends in the handshake. */
  shows?: Certificate | undefined
}

/** Makes a connection for each request, and resumes TLS sessions. */
function agentOf(shows: Certificate | undefined): Agent {
  return new Agent({ ca: serverCertificate.cert, cert: shows?.cert, key: shows?.key })
}

describe.each(Object.entries(frameworks))('over TLS on %s', (_name, createApi) => {
  async function start(options: Partial<GuardOptions> = {}) {
    const server = createServer({
      key: serverCertificate.key,
      cert: serverCertificate.cert,
      requestCert: true,
      // Self-signed certificates are fine: only the token decides which one must be used (RFC 8705 section 3).
      rejectUnauthorized: false,
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    })
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('the server has no port')
    const { port } = address
    const origin = `https://127.0.0.1:${port}`

    const { issuer, jwks, mint } = createTestIssuer()
    const basics: GuardOptions = {
      issuer: { issuer, jwks },
      resource: origin,
      clock: () => now,
      mode: 'bearer-and-dpop',
      confirmCertificate,
    }
    server.on('request', await createApi({ ...basics, ...options }))
    const client = createProofClient()

    return async ({ scheme, cnf, shows, agent = agentOf(shows) }: Call) => {
      const bound = cnf && { ...cnf, ...(cnf.jkt === 'own key' && { jkt: client.jkt }) }
      const accessToken = mint({ now, aud: origin, cnf: bound })
      const proof = client.proof({ method: 'GET', url: `${origin}/orders`, now, accessToken })
      const sent = request({
        ...{ host: '127.0.0.1', port, path: '/orders', agent },
        headers: { authorization: `${scheme} ${accessToken}`, ...(scheme === 'DPoP' && { dpop: proof }) },
      }).end()
      const [response] = await once(sent, 'response')
      const challenges = [response.headers['www-authenticate'] ?? ''].flat().join()
      const body = await text(response)
      const resumed = (response.socket as TLSSocket).isSessionReused()
      return { status: response.statusCode, challenges, body, resumed }
    }
  }

  const invalidToken = { status: 401, challenges: expect.stringContaining('error="invalid_token"') }

  test('a token that is bound to a certificate passes as Bearer with that certificate only', async () => {
    const call = await start()
    const cnf = { 'x5t#S256': owner.thumbprint }
    expect(await call({ scheme: 'Bearer', cnf, shows: owner })).toMatchObject({ status: 200, body: owner.thumbprint })
    expect(await call({ scheme: 'Bearer', cnf, shows: attacker })).toMatchObject(invalidToken)
    expect(await call({ scheme: 'Bearer', cnf })).toMatchObject(invalidToken)
  })

  test('the certificate is known in a resumed session', async () => {
    const call = await start()
    const agent = agentOf(owner)
    const cnf = { 'x5t#S256': owner.thumbprint }
    expect(await call({ scheme: 'Bearer', cnf, agent })).toMatchObject({ status: 200, resumed: false })
    expect(await call({ scheme: 'Bearer', cnf, agent })).toMatchObject({ status: 200, resumed: true })
    const otherToken = { 'x5t#S256': attacker.thumbprint }
    expect(await call({ scheme: 'Bearer', cnf: otherToken, agent })).toMatchObject({ ...invalidToken, resumed: true })
  })

  test('a token that is bound to a key and a certificate needs both', async () => {
    const call = await start()
    const cnf = { jkt: 'own key', 'x5t#S256': owner.thumbprint }
    expect(await call({ scheme: 'DPoP', cnf, shows: owner })).toMatchObject({ status: 200, body: owner.thumbprint })
    expect(await call({ scheme: 'DPoP', cnf, shows: attacker })).toMatchObject(invalidToken)
    expect(await call({ scheme: 'DPoP', cnf })).toMatchObject(invalidToken)
    expect(await call({ scheme: 'Bearer', cnf, shows: owner })).toMatchObject(invalidToken)
    const otherKey = { ...cnf, jkt: 'A'.repeat(43) }
    expect(await call({ scheme: 'DPoP', cnf: otherKey, shows: owner })).toMatchObject(invalidToken)
  })

  test('a token that is bound to a certificate only does not pass under DPoP', async () => {
    const call = await start()
    const cnf = { 'x5t#S256': owner.thumbprint }
    expect(await call({ scheme: 'DPoP', cnf, shows: owner })).toMatchObject(invalidToken)
  })

  test('a token that is bound to no certificate passes with any certificate and without one', async () => {
    const call = await start()
    const cnf = { jkt: 'own key' }
    for (const shows of [owner, attacker, undefined]) {
      expect(await call({ scheme: 'DPoP', cnf, shows })).toMatchObject({ status: 200, body: 'none' })
      expect(await call({ scheme: 'Bearer', cnf: undefined, shows })).toMatchObject({ status: 200, body: 'none' })
    }
  })

  test('without the hook no token that is bound to a certificate passes', async () => {
    const call = await start({ confirmCertificate: undefined })
    for (const cnf of [{ 'x5t#S256': owner.thumbprint }, { jkt: 'own key', 'x5t#S256': owner.thumbprint }]) {
      expect(await call({ scheme: 'Bearer', cnf, shows: owner })).toMatchObject(invalidToken)
      expect(await call({ scheme: 'DPoP', cnf, shows: owner })).toMatchObject(invalidToken)
    }
  })

  test('in dpop-only mode a token that is bound to a certificate only does not pass at all', async () => {
    const call = await start({ mode: 'dpop-only' })
    const cnf = { 'x5t#S256': owner.thumbprint }
    expect(await call({ scheme: 'Bearer', cnf, shows: owner })).toMatchObject({ status: 401 })
    expect(await call({ scheme: 'DPoP', cnf, shows: owner })).toMatchObject(invalidToken)
    const both = { ...cnf, jkt: 'own key' }
    expect(await call({ scheme: 'DPoP', cnf: both, shows: owner })).toMatchObject({ status: 200 })
  })

  test.each<[string, CertificateConfirmation]>([
    [
      'throws',
      () => {
        throw new Error('down')
      },
    ],
    [
      'rejects',
      async () => {
        throw new Error('down')
      },
    ],
    ['returns undefined', (() => undefined) as never],
    ['returns a string', (() => 'yes') as never],
  ])('a hook that %s is an outage: 503', async (_how, hook) => {
    const call = await start({ confirmCertificate: hook })
    for (const scheme of ['Bearer', 'DPoP'] as const) {
      const cnf = { 'x5t#S256': owner.thumbprint, ...(scheme === 'DPoP' && { jkt: 'own key' }) }
      expect(await call({ scheme, cnf, shows: owner })).toMatchObject({ status: 503, challenges: '' })
    }
  })
})
