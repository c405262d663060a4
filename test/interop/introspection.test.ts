import type { GuardOptions } from '@dpop-guard/core'
import {
  ClientSecretBasic,
  ClientSecretPost,
  type IntrospectionOptions,
  introspection,
  PrivateKeyJwt,
} from '@dpop-guard/core/introspection'
import { dpopGuard } from '@dpop-guard/express'
import express from 'express'
import * as openid from 'openid-client'
import { describe, expect, onTestFinished, test } from 'vitest'
import { listenOnLoopback } from '../support/listen.js'
import {
  type OpaqueAuthorizationServer,
  startOpaqueAuthorizationServer,
} from '../support/opaque-authorization-server.js'

type Api = OpaqueAuthorizationServer['api']

const byBasic = ({ basic }: Api) => ({ clientId: basic.id, clientAuthentication: ClientSecretBasic(basic.secret) })

interface SceneParts {
  /** The client authentication of the API. */
  as?: (api: Api) => Pick<IntrospectionOptions, 'clientId' | 'clientAuthentication'>
  introspect?: Partial<IntrospectionOptions>
  guard?: Partial<GuardOptions>
}

async function start({ as = byBasic, introspect = {}, guard = {} }: SceneParts = {}) {
  const api = await listenOnLoopback()
  onTestFinished(api.close)
  const elsewhere = 'https://other.example.com'
  const server = await startOpaqueAuthorizationServer([api.origin, elsewhere])
  onTestFinished(server.close)
  const { issuer } = server
  let now = Date.now() / 1000

  const accessToken = introspection({ issuer, ...as(server.api), ...introspect })
  const app = express()
  app.use(dpopGuard({ resource: api.origin, verifyAccessToken: accessToken, clock: () => now, ...guard }))
  app.get('/orders', (req, res) => {
    res.json('auth' in req && req.auth)
  })
  api.server.on('request', app)

  const authentication = openid.ClientSecretBasic(server.client.secret)
  const config = await openid.discovery(new URL(issuer), server.client.id, undefined, authentication, {
    algorithm: 'oauth2',
    execute: [openid.allowInsecureRequests],
  })
  const createKey = async () => openid.getDPoPHandle(config, await openid.randomDPoPKeyPair('ES256'))
  const key = await createKey()

  async function getToken(options: { resource?: string; DPoP?: openid.DPoPHandle } = {}): Promise<string> {
    const { resource = api.origin, DPoP } = options
    const parameters = { resource, scope: 'orders:read' }
    const { access_token: token } = await openid.clientCredentialsGrant(config, parameters, DPoP && { DPoP })
    expect(token).not.toContain('.')
    return token
  }
  return {
    server,
    key,
    createKey,
    getToken,
    elsewhere,
    wait(seconds: number) {
      now += seconds
    },
    revoke: (token: string) => openid.tokenRevocation(config, token),
    call: (token: string, DPoP?: openid.DPoPHandle) =>
      openid.fetchProtectedResource(
        config,
        token,
        new URL(`${api.origin}/orders`),
        'GET',
        undefined,
        undefined,
        DPoP && { DPoP },
      ),
  }
}

const invalidToken = (scheme: string) => ({
  status: 401,
  cause: expect.arrayContaining([{ scheme, parameters: expect.objectContaining({ error: 'invalid_token' }) }]),
})

describe('an opaque token of oidc-provider', () => {
  test.each<[string, NonNullable<SceneParts['as']>]>([
    ['client_secret_basic', byBasic],
    ['client_secret_post', ({ post }) => ({ clientId: post.id, clientAuthentication: ClientSecretPost(post.secret) })],
    [
      'private_key_jwt',
      ({ privateKeyJwt: { id, key } }) => ({ clientId: id, clientAuthentication: PrivateKeyJwt(key) }),
    ],
  ])('is accepted with a proof of its key, by an API that authenticates with %s', async (_method, as) => {
    const { server, key, getToken, call } = await start({ as })
    const response = await call(await getToken({ DPoP: key }), key)
    expect(response.status).toBe(200)
    const jkt = await key.calculateThumbprint()
    expect(await response.json()).toMatchObject({
      scheme: 'DPoP',
      clientId: 'client-1',
      scopes: ['orders:read'],
      jkt,
      claims: { active: true, iss: server.issuer, token_type: 'DPoP', cnf: { jkt } },
    })
  })

  test('is introspected without the proof, once for several calls', async () => {
    const { server, key, getToken, call } = await start()
    const token = await getToken({ DPoP: key })
    for (const _ of [1, 2, 3]) expect((await call(token, key)).status).toBe(200)
    expect(server.introspections).toHaveLength(1)
    const [headers = {}] = server.introspections
    expect(headers).not.toHaveProperty('dpop')
    expect(headers.authorization).toMatch(/^Basic /)
    expect(JSON.stringify(headers)).not.toContain(token)
  })

  test.each(['dpop-only', 'bearer-and-dpop'] as const)(
    'that was stolen is rejected as Bearer in mode %s',
    async (mode) => {
      const { key, getToken, call } = await start({ guard: { mode } })
      const stolen = call(await getToken({ DPoP: key }))
      if (mode === 'dpop-only') await expect(stolen).rejects.toMatchObject({ status: 401, cause: [{ scheme: 'dpop' }] })
      else await expect(stolen).rejects.toMatchObject(invalidToken('bearer'))
    },
  )

  test('that was stolen is rejected with a proof of another key', async () => {
    const { key, createKey, getToken, call } = await start()
    const stolen = call(await getToken({ DPoP: key }), await createKey())
    await expect(stolen).rejects.toMatchObject(invalidToken('dpop'))
  })

  test('that is not bound passes as Bearer where the mode allows it, and never under DPoP', async () => {
    const { key, getToken, call } = await start({ guard: { mode: 'bearer-and-dpop' } })
    const token = await getToken()
    const response = await call(token)
    expect(await response.json()).toMatchObject({ scheme: 'Bearer', clientId: 'client-1' })
    await expect(call(token, key)).rejects.toMatchObject(invalidToken('dpop'))
  })

  test('for another resource is rejected', async () => {
    const { key, elsewhere, getToken, call } = await start()
    const token = await getToken({ resource: elsewhere, DPoP: key })
    await expect(call(token, key)).rejects.toMatchObject(invalidToken('dpop'))
  })

  test("for another resource is rejected with missingAudience 'accept' as well", async () => {
    const { key, elsewhere, getToken, call } = await start({ introspect: { missingAudience: 'accept' } })
    const token = await getToken({ resource: elsewhere, DPoP: key })
    await expect(call(token, key)).rejects.toMatchObject(invalidToken('dpop'))
  })

  test('that was revoked is rejected when the answer about it is ten seconds old', async () => {
    const { key, getToken, call, revoke, wait } = await start()
    const token = await getToken({ DPoP: key })
    expect((await call(token, key)).status).toBe(200)
    await revoke(token)
    expect((await call(token, key)).status).toBe(200)
    wait(10)
    await expect(call(token, key)).rejects.toMatchObject(invalidToken('dpop'))
  })

  test('that was revoked is rejected at once with cacheSeconds 0', async () => {
    const { key, getToken, call, revoke } = await start({ introspect: { cacheSeconds: 0 } })
    const token = await getToken({ DPoP: key })
    expect((await call(token, key)).status).toBe(200)
    await revoke(token)
    await expect(call(token, key)).rejects.toMatchObject(invalidToken('dpop'))
  })

  test('that was never issued is rejected', async () => {
    const { key, call } = await start()
    await expect(call('nobody-issued-this', key)).rejects.toMatchObject(invalidToken('dpop'))
  })

  test('is the only kind that this server knows: a JWT is rejected with invalid_token', async () => {
    const { key, call } = await start()
    const header = Buffer.from('{"alg":"ES256","typ":"at+jwt"}').toString('base64url')
    await expect(call(`${header}.e30.AAAA`, key)).rejects.toMatchObject(invalidToken('dpop'))
  })

  test('cannot be checked by an API with wrong credentials: 503, and no challenge', async () => {
    const as = ({ basic }: Api) => ({ clientId: basic.id, clientAuthentication: ClientSecretBasic('wrong') })
    const { key, getToken, call } = await start({ as })
    const response = await call(await getToken({ DPoP: key }), key)
    expect(response.status).toBe(503)
    expect(response.headers.get('www-authenticate')).toBeNull()
  })

  test('is a 503 during an outage of the server, and accepted after it', async () => {
    const { server, key, getToken, call } = await start()
    const token = await getToken({ DPoP: key })
    server.cutOff = true
    expect((await call(token, key)).status).toBe(503)
    server.cutOff = false
    expect((await call(token, key)).status).toBe(200)
  })

  test('that is good is accepted during an outage while its answer is cached', async () => {
    const { server, key, getToken, call, wait } = await start()
    const token = await getToken({ DPoP: key })
    expect((await call(token, key)).status).toBe(200)
    server.cutOff = true
    wait(9)
    expect((await call(token, key)).status).toBe(200)
    wait(1)
    expect((await call(token, key)).status).toBe(503)
  })
})
