import { createGuard, type GuardOptions } from '@dpop-guard/core'
import { answerMetadata } from '@dpop-guard/core/plugin'
import { describe, expect, test } from 'vitest'
import { createTestIssuer } from '../support/test-issuer.js'
import { createResourceServer, now, paramsOf } from './resource-server.js'

const issuer = createTestIssuer()

function createDocument(options: Partial<GuardOptions> = {}) {
  const guard = createGuard({
    issuer: { issuer: issuer.issuer, jwks: issuer.jwks },
    resource: 'https://api.example.com',
    resourceMetadata: {},
    ...options,
  })
  const { resourceMetadata: metadata } = guard
  if (metadata === undefined) throw new Error('no document')
  return { ...metadata, guard, members: JSON.parse(metadata.body) as Record<string, unknown> }
}

describe('RFC 9728 section 2, the members', () => {
  test('follow from the options of the guard', () => {
    const { members } = createDocument({ requiredScopes: ['orders:read'] })
    expect(members).toEqual({
      resource: 'https://api.example.com',
      authorization_servers: [issuer.issuer],
      scopes_supported: ['orders:read'],
      bearer_methods_supported: ['header'],
      dpop_signing_alg_values_supported: ['ES256', 'PS256', 'Ed25519', 'EdDSA'],
      dpop_bound_access_tokens_required: true,
    })
  })

  test('say that DPoP is not required where Bearer is accepted', () => {
    expect(createDocument({ mode: 'bearer-and-dpop' }).members.dpop_bound_access_tokens_required).toBe(false)
  })

  test('name the algorithms that challenges name', async () => {
    const proof = { algorithms: ['PS256', 'ES384'] as const }
    const { members } = createDocument({ proof })
    expect(members.dpop_signing_alg_values_supported).toEqual(['PS256', 'ES384'])
    const server = createResourceServer({ resource: 'https://api.example.com', resourceMetadata: {}, proof })
    expect(paramsOf(await server.sendBare()).algs).toBe('PS256 ES384')
  })

  test('name every issuer whose tokens are accepted', () => {
    const list = [{ issuer: issuer.issuer, jwks: issuer.jwks }, 'https://old.example.com/tenant']
    expect(createDocument({ issuer: list }).members.authorization_servers).toEqual([
      issuer.issuer,
      'https://old.example.com/tenant',
    ])
  })

  test('may have other authorization servers, scopes and members', () => {
    const { members } = createDocument({
      resourceMetadata: {
        authorizationServers: ['https://login.example.com'],
        scopesSupported: ['orders:read', 'orders:write'],
        additional: { resource_name: 'Orders', 'resource_name#de': 'Bestellungen' },
      },
    })
    expect(members).toMatchObject({
      authorization_servers: ['https://login.example.com'],
      scopes_supported: ['orders:read', 'orders:write'],
      resource_name: 'Orders',
      'resource_name#de': 'Bestellungen',
    })
  })

  test('cannot contradict the options of the guard', () => {
    const additional = { dpop_bound_access_tokens_required: false }
    expect(() => createDocument({ resourceMetadata: { additional } })).toThrow(/dpop_bound_access_tokens_required/)
  })
})

describe('RFC 9728 section 3.1, the place', () => {
  test.each([
    ['https://api.example.com', 'https://api.example.com/.well-known/oauth-protected-resource'],
    ['https://api.example.com/', 'https://api.example.com/.well-known/oauth-protected-resource'],
    ['https://api.example.com/orders', 'https://api.example.com/.well-known/oauth-protected-resource/orders'],
    ['https://api.example.com/a/b', 'https://api.example.com/.well-known/oauth-protected-resource/a/b'],
    ['https://api.example.com/orders/', 'https://api.example.com/.well-known/oauth-protected-resource/orders/'],
    ['https://api.example.com:8443/v1', 'https://api.example.com:8443/.well-known/oauth-protected-resource/v1'],
  ])('for %s is between host and path', (resource, url) => {
    expect(createDocument({ resource })).toMatchObject({ url, path: url.replace(/^https:\/\/[^/]*/, '') })
  })

  test.each(['urn:example:orders', 'https://api.example.com/?tenant=1'])('%s has no document', (resource) => {
    expect(() => createDocument({ resource, publicUrl: 'https://api.example.com' })).toThrow(/"resource"/)
  })
})

describe('RFC 9728 section 3.2, the answer', () => {
  const path = '/.well-known/oauth-protected-resource'

  test.each(['GET', 'HEAD'])('to %s is the document, as JSON', (method) => {
    const { guard, body } = createDocument()
    const answer = answerMetadata({ guard }, { method, target: path, headers: [] })
    expect(answer).toMatchObject({ body, headers: { 'content-type': 'application/json; charset=utf-8' } })
  })

  test('is the same with a query', () => {
    const { guard, body } = createDocument()
    expect(answerMetadata({ guard }, { method: 'GET', target: `${path}?a=b`, headers: [] })?.body).toBe(body)
  })

  test.each(['POST', 'get', 'DELETE', undefined])('to %s is not the document', (method) => {
    expect(answerMetadata(createDocument(), { method, target: path, headers: [] })).toBeUndefined()
  })

  test.each(['/', `${path}/`, `${path}/orders`, `/orders${path}`, path.toUpperCase(), undefined])(
    'for %s is not the document',
    (target) => {
      expect(answerMetadata(createDocument(), { method: 'GET', target, headers: [] })).toBeUndefined()
    },
  )

  test('has no empty lists', () => {
    const { members } = createDocument({ resourceMetadata: { authorizationServers: [], scopesSupported: [] } })
    expect(Object.keys(members)).not.toEqual(expect.arrayContaining(['authorization_servers']))
    expect(Object.keys(members)).not.toEqual(expect.arrayContaining(['scopes_supported']))
  })
})

describe('RFC 9728 section 3.3, validation by clients', () => {
  test.each([
    'https://api.example.com',
    'https://api.example.com/',
    'https://API.example.com:443/Orders',
    'https://api.example.com/%7Eorders/',
  ])('"resource" is exactly %s', (resource) => {
    expect(createDocument({ resource }).members.resource).toBe(resource)
  })

  test.each(['https://api.example.com/', 'https://api.example.com/orders/'])(
    'for %s, a client that inserts the well-known path finds the document',
    (resource) => {
      // RFC 9728 section 3.1: a slash that ends the host's part is removed before the path is inserted.
      const { origin, pathname } = new URL(resource)
      const inserted = `${origin}/.well-known/oauth-protected-resource${pathname === '/' ? '' : pathname}`
      expect(createDocument({ resource }).url).toBe(inserted)
    },
  )
})

describe('RFC 9728 section 5.1, resource_metadata', () => {
  const resource = 'https://api.example.com/orders'
  const resource_metadata = 'https://api.example.com/.well-known/oauth-protected-resource/orders'

  test('is a quoted-string in the challenges of both schemes', async () => {
    const server = createResourceServer({ resource, resourceMetadata: {}, mode: 'bearer-and-dpop' })
    const answer = await server.sendBare()
    expect(answer.status).toBe(401)
    expect(paramsOf(answer, 'Bearer')).toMatchObject({ resource_metadata })
    expect(paramsOf(answer, 'DPoP')).toMatchObject({ resource_metadata })
    for (const line of answer.header('WWW-Authenticate')) {
      expect(line).toContain(`resource_metadata="${resource_metadata}"`)
    }
  })

  test('is beside the error, the scopes and the other parameters', async () => {
    const server = createResourceServer({ resource, resourceMetadata: {}, requiredScopes: ['admin'], realm: 'orders' })
    const answer = await server.send()
    expect(answer.status).toBe(403)
    expect(paramsOf(answer)).toEqual({
      error: 'insufficient_scope',
      error_description: 'The access token lacks a required scope',
      scope: 'admin',
      realm: 'orders',
      resource_metadata,
      algs: 'ES256 PS256 Ed25519 EdDSA',
    })
  })

  test('is in every answer with a challenge', async () => {
    const server = createResourceServer({ resource, resourceMetadata: {} })
    const answers = [
      await server.sendBare(),
      await server.sendBare(['Authorization', 'DPoP']),
      await server.send({ claims: { exp: now - 60 } }),
      await server.send({ proofs: () => [] }),
    ]
    expect(answers.map(({ status }) => status)).toEqual([401, 400, 401, 401])
    expect(answers.map((answer) => paramsOf(answer).resource_metadata)).toEqual(answers.map(() => resource_metadata))
  })

  test('is in no challenge without a document', async () => {
    const server = createResourceServer({ resource })
    expect(server.guard.resourceMetadata).toBeUndefined()
    expect(paramsOf(await server.sendBare())).not.toHaveProperty('resource_metadata')
  })
})
