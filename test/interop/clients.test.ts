import type { webcrypto } from 'node:crypto'
import { text } from 'node:stream/consumers'
import { dpopGuard, type GuardOptions, getAuth } from '@dpop-guard/express'
import express from 'express'
import { base64url, calculateJwkThumbprint, type JWK } from 'jose'
import { WWWAuthenticateChallengeError } from 'oauth4webapi'
import { describe, expect, onTestFinished, test } from 'vitest'
import { listenOnLoopback } from '../support/listen.js'
import { createTestIssuer } from '../support/test-issuer.js'
import { clients } from './clients.js'

/** A resource that answers every path with its caller and the received request. */
async function startResource(options: Partial<GuardOptions> = {}) {
  const { server, origin, close } = await listenOnLoopback()
  onTestFinished(close)
  const { issuer, jwks, mint } = createTestIssuer()
  const app = express()
  app.use(dpopGuard({ issuer: { issuer, jwks }, resource: origin, ...options }))
  app.use(async (req, res) => {
    res.json({ jkt: getAuth(req).jkt, method: req.method, url: req.url, body: await text(req) })
  })
  server.on('request', app)
  const now = Math.floor(Date.now() / 1000)
  return { origin, mint: (jkt: string) => mint({ now, aud: origin, cnf: { jkt } }) }
}

describe.each(Object.entries(clients))('the proofs of %s', (_name, createClient) => {
  test.each(['ES256', 'PS256', 'Ed25519'] as const)('with %s are accepted', async (alg) => {
    const client = await createClient(alg)
    const { origin, mint } = await startResource()
    const response = await client.send('GET', `${origin}/orders`, mint(client.jkt))
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ jkt: client.jkt, method: 'GET', url: '/orders' })
  })

  test('with RS256 are accepted where the guard allows it', async () => {
    const client = await createClient('RS256')
    const { origin, mint } = await startResource({ proof: { algorithms: ['ES256', 'RS256'] } })
    const response = await client.send('GET', `${origin}/orders`, mint(client.jkt))
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ jkt: client.jkt })
  })

  test('with RS256 are rejected otherwise, and the challenge names the accepted algorithms', async () => {
    const client = await createClient('RS256')
    const { origin, mint } = await startResource()
    expect(await challengeFor(client.send('GET', `${origin}/orders`, mint(client.jkt)))).toEqual({
      error: 'invalid_dpop_proof',
      algs: 'ES256 PS256 Ed25519 EdDSA',
    })
  })

  test.each(['POST', 'PUT', 'PATCH', 'DELETE'])('for %s with a body are accepted', async (method) => {
    const client = await createClient('ES256')
    const { origin, mint } = await startResource()
    const response = await client.send(method, `${origin}/orders/7`, mint(client.jkt), 'item=1')
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ method, body: 'item=1' })
  })

  test.each([
    ['', '/'],
    ['/', '/'],
    ['/?access=1', '/?access=1'],
    ['?page=2', '/?page=2'],
    ['/orders?page=2&sort=a%20b&x=é', '/orders?page=2&sort=a%20b&x=%C3%A9'],
    ['/orders?', expect.stringMatching(/^\/orders\??$/)],
    ['/orders#top', '/orders'],
    ['/orders?page=2#top', '/orders?page=2'],
    ['/caf%C3%A9', '/caf%C3%A9'],
    ['/caf%c3%a9', '/caf%c3%a9'],
    ['/café', '/caf%C3%A9'],
    ['/a b', '/a%20b'],
    ['/a%2Fb', '/a%2Fb'],
    ['/%7Euser/~user', '/%7Euser/~user'],
    ['/orders/', '/orders/'],
    ['//orders', '//orders'],
    ['/orders;v=1,2/@me:x', '/orders;v=1,2/@me:x'],
    ["/!$&'()*+,=", "/!$&'()*+,="],
    ['/a|b^c[d]{e}', expect.stringMatching(/^\/a\|b(\^|%5E)c\[d\]%7Be%7D$/)],
    ['/v1/../orders', '/orders'],
  ])('for the URL "%s" are accepted', async (path, url) => {
    const client = await createClient('ES256')
    const { origin, mint } = await startResource()
    const response = await client.send('GET', origin + path, mint(client.jkt))
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ url })
  })

  test('are rejected beside a token of another key', async () => {
    const client = await createClient('ES256')
    const other = await createClient('ES256')
    const { origin, mint } = await startResource()
    expect(await challengeFor(client.send('GET', `${origin}/orders`, mint(other.jkt)))).toMatchObject({
      error: 'invalid_token',
    })
  })
})

/** The only challenge of an expected rejection, without its description, as oauth4webapi parses it or as it was sent. */
async function challengeFor(response: Promise<Response>): Promise<Record<string, string | undefined>> {
  try {
    const { status, headers } = await response
    expect(status).toBe(401)
    const [scheme, ...parameters] = headers.get('www-authenticate')?.split(/ (?=\w+=)|, (?=\w+=)/) ?? []
    expect(scheme).toBe('DPoP')
    const pairs = parameters.map((parameter) => parameter.split('=', 2).map((part) => part.replaceAll('"', '')))
    const { error_description: _, ...rest } = Object.fromEntries(pairs)
    return rest
  } catch (error) {
    if (!(error instanceof WWWAuthenticateChallengeError)) throw error
    expect(error.status).toBe(401)
    expect(error.cause).toHaveLength(1)
    const [challenge] = error.cause
    expect(challenge?.scheme).toBe('dpop')
    const { error_description: _, ...rest } = challenge?.parameters ?? {}
    return rest
  }
}

const webCryptoKeys = [
  ['ES256', { name: 'ECDSA', namedCurve: 'P-256' }, { name: 'ECDSA', hash: 'SHA-256' }],
  ['Ed25519', { name: 'Ed25519' }, { name: 'Ed25519' }],
  ['EdDSA', { name: 'Ed25519' }, { name: 'Ed25519' }],
  [
    'PS256',
    { name: 'RSA-PSS', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' },
    { name: 'RSA-PSS', saltLength: 32 },
  ],
] as const

describe.each(webCryptoKeys)('a proof with %s', (alg, key, signature) => {
  const ownNames = alg === 'Ed25519' || alg === 'EdDSA' ? ['Ed25519', 'EdDSA'] : []

  test.each([undefined, ...ownNames])('is accepted with the jwk that WebCrypto exports, alg %s', async (intended) => {
    const { publicKey, privateKey } = (await crypto.subtle.generateKey(key, false, [
      'sign',
      'verify',
    ])) as webcrypto.CryptoKeyPair
    const exported = await crypto.subtle.exportKey('jwk', publicKey)
    const jwk = intended === undefined ? exported : { ...exported, alg: intended }
    const { origin, mint } = await startResource()
    const accessToken = mint(await calculateJwkThumbprint(exported as JWK))
    const claims = { jti: crypto.randomUUID(), htm: 'GET', htu: `${origin}/`, iat: Math.floor(Date.now() / 1000) }
    const ath = base64url.encode(new Uint8Array(await crypto.subtle.digest('SHA-256', Buffer.from(accessToken))))
    const input = [
      { typ: 'dpop+jwt', alg, jwk },
      { ...claims, ath },
    ]
      .map((part) => base64url.encode(JSON.stringify(part)))
      .join('.')
    const signed = new Uint8Array(await crypto.subtle.sign(signature, privateKey, Buffer.from(input)))
    const headers = { authorization: `DPoP ${accessToken}`, dpop: `${input}.${base64url.encode(signed)}` }
    const response = await fetch(`${origin}/`, { headers })
    expect(response.headers.get('www-authenticate')).toBeNull()
    expect(response.status).toBe(200)
  })
})
