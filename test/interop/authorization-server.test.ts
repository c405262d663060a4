import { dpopGuard as onExpress } from '@dpop-guard/express'
import { dpopGuard as onFastify } from '@dpop-guard/fastify'
import '@dpop-guard/fastify/request-auth'
import { dpopGuard as onKoa } from '@dpop-guard/koa'
import express from 'express'
import fastify from 'fastify'
import Koa from 'koa'
import {
  allowInsecureRequests,
  ClientSecretBasic,
  clientCredentialsGrant,
  discovery,
  fetchProtectedResource,
  getDPoPHandle,
  randomDPoPKeyPair,
} from 'openid-client'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startAuthorizationServer } from '../../examples/demo/authorization-server.js'
import { listenOnLoopback } from '../support/listen.js'

const frameworks = {
  Express: async (options: { issuer: string; resource: string }) =>
    express()
      .use(onExpress(options))
      .get('/orders', (req, res) => {
        res.json('auth' in req && req.auth)
      }),

  Koa: async (options: { issuer: string; resource: string }) =>
    new Koa()
      .use(onKoa(options))
      .use((ctx) => {
        ctx.body = ctx.state.auth
      })
      .callback(),

  Fastify: async (options: { issuer: string; resource: string }) => {
    const app = fastify()
    app.register(onFastify, options)
    app.get('/orders', async ({ auth }) => auth)
    await app.ready()
    return app.routing
  },
}

describe.each(Object.entries(frameworks))('a token of oidc-provider, on %s', (_name, createApi) => {
  async function start() {
    const api = await listenOnLoopback()
    const { issuer, clientId, clientSecret, close } = await startAuthorizationServer({ resources: [api.origin] })
    onTestFinished(async () => {
      close()
      await api.close()
    })
    api.server.on('request', await createApi({ issuer, resource: api.origin }))

    const config = await discovery(new URL(issuer), clientId, undefined, ClientSecretBasic(clientSecret), {
      algorithm: 'oauth2',
      execute: [allowInsecureRequests],
    })
    const DPoP = getDPoPHandle(config, await randomDPoPKeyPair('ES256'))
    const { access_token: token, token_type: tokenType } = await clientCredentialsGrant(
      config,
      { resource: api.origin, scope: 'orders:read' },
      { DPoP },
    )
    return { issuer, config, DPoP, token, tokenType, orders: `${api.origin}/orders` }
  }

  test('that is bound to the key of the client is accepted with its proof', async () => {
    const { issuer, config, DPoP, token, tokenType, orders } = await start()
    expect(tokenType).toBe('dpop')
    const response = await fetchProtectedResource(config, token, new URL(orders), 'GET', undefined, undefined, { DPoP })
    expect(response.status).toBe(200)
    const jkt = await DPoP.calculateThumbprint()
    expect(await response.json()).toMatchObject({
      scheme: 'DPoP',
      clientId: 'demo-client',
      scopes: ['orders:read'],
      jkt,
      claims: { iss: issuer, cnf: { jkt } },
    })
  })

  test('is rejected without the key', async () => {
    const { config, token, orders } = await start()
    const attacker = getDPoPHandle(config, await randomDPoPKeyPair('ES256'))
    const url = new URL(orders)
    const stolen = fetchProtectedResource(config, token, url, 'GET', undefined, undefined, { DPoP: attacker })
    await expect(stolen).rejects.toMatchObject({
      cause: [{ scheme: 'dpop', parameters: { error: 'invalid_token' } }],
    })
    const asBearer = fetchProtectedResource(config, token, url, 'GET')
    await expect(asBearer).rejects.toMatchObject({ status: 401, cause: [{ scheme: 'dpop' }] })
  })
})
