import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { authOf, bearerAuthOf, createScene, now } from '../../../support/guard-scene.js'

test('the caller of a DPoP request has the claims of token and proof', async () => {
  const scene = createScene()
  const accessToken = scene.mint({ jti: 'token-1', nested: { list: [1] } })
  const auth = await authOf({ accessToken, proof: { jti: 'proof-1', claims: { more: true } } }, scene)
  expect(auth).toEqual({
    scheme: 'DPoP',
    claims: {
      iss: scene.issuer.issuer,
      aud: 'https://api.example.com',
      sub: 'alice',
      client_id: 'client-1',
      iat: now,
      exp: now + 300,
      jti: 'token-1',
      scope: 'orders:read orders:write',
      cnf: { jkt: scene.client.jkt },
      nested: { list: [1] },
    },
    subject: 'alice',
    clientId: 'client-1',
    scopes: ['orders:read', 'orders:write'],
    expiresAt: now + 300,
    jkt: scene.client.jkt,
    proofClaims: expect.objectContaining({
      jti: 'proof-1',
      htm: 'GET',
      htu: 'https://api.example.com/orders',
      more: true,
    }),
  })
  expect(auth.token).toBe(accessToken)
})

test('the caller of a Bearer request has neither key nor proof', async () => {
  const auth = await bearerAuthOf({})
  expect(auth).toMatchObject({ scheme: 'Bearer', subject: 'alice', expiresAt: now + 300 })
  expect([auth.jkt, auth.proofClaims]).toEqual([undefined, undefined])
  expect(auth.token).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/)
})

describe('the token', () => {
  test.each([
    ['DPoP', () => authOf()],
    ['Bearer', () => bearerAuthOf({})],
  ])('of a %s request is not in JSON, and not in the output of inspect, spread and assign', async (_, getAuth) => {
    const auth = await getAuth()
    const shown = [
      JSON.stringify({ auth }),
      inspect(auth, { depth: Number.POSITIVE_INFINITY }),
      inspect({ ...auth }, { showHidden: true, depth: Number.POSITIVE_INFINITY }),
      JSON.stringify(Object.assign({}, auth)),
      JSON.stringify(Object.entries(auth)),
    ].join('\n')
    for (const part of auth.token.split('.')) expect(shown).not.toContain(part)
    expect(shown).toContain('alice')
  })

  test('cannot be replaced', async () => {
    const auth = await authOf()
    expect(() => Object.assign(auth, { token: 'other' })).toThrow(TypeError)
  })
})

describe('the claims', () => {
  test('are deeply frozen', async () => {
    const nested = { roles: ['a', { deep: [{ deeper: {} }] }], empty: [], none: null }
    const { claims } = await authOf({ token: { nested } })
    expect(claims.nested).toEqual(nested)
    const walk = (value: unknown): boolean =>
      typeof value !== 'object' || value === null || (Object.isFrozen(value) && Object.values(value).every(walk))
    expect(walk(claims)).toBe(true)
  })

  test('of one request cannot be changed for another request with the same token', async () => {
    const scene = createScene()
    const accessToken = scene.mint({ roles: ['reader'] })
    const first = await authOf({ accessToken }, scene)
    expect(() => Object.assign(first.claims, { sub: 'mallory' })).toThrow(TypeError)
    expect(() => (first.claims.roles as string[]).push('admin')).toThrow(TypeError)
    Object.assign(first, { subject: 'mallory', extra: true })
    expect(() => Reflect.apply(Array.prototype.push, first.scopes, ['admin'])).toThrow(TypeError)

    const second = await authOf({ accessToken }, scene)
    expect(second).toMatchObject({ subject: 'alice', scopes: ['orders:read', 'orders:write'] })
    expect(second.claims).toMatchObject({ sub: 'alice', roles: ['reader'] })
    expect(second).not.toHaveProperty('extra')
  })

  test('with names of the prototype stay data', async () => {
    const scene = createScene()
    const token = JSON.parse('{"__proto__":{"scope":"admin"},"constructor":"x","toString":"y"}')
    const auth = await authOf({ token: { ...token, scope: undefined } }, scene)
    expect(auth.scopes).toEqual([])
    expect(auth.claims).toMatchObject({ constructor: 'x', toString: 'y' })
    expect(Object.getPrototypeOf(auth.claims)).toBe(Object.prototype)
  })
})

describe('the client', () => {
  test.each<[claims: Record<string, unknown>, clientId: string | undefined]>([
    [{ client_id: 'a' }, 'a'],
    [{ client_id: 'a', azp: 'b' }, 'a'],
    [{ client_id: undefined, azp: 'b' }, 'b'],
    [{ client_id: undefined }, undefined],
    [{ client_id: undefined, azp: ['b'] }, undefined],
  ])('of %o is %o', async (token, clientId) => {
    expect((await authOf({ token })).clientId).toBe(clientId)
  })
})

test('a token without a subject makes a caller without one', async () => {
  expect((await authOf({ token: { sub: undefined } })).subject).toBeUndefined()
})

describe('a registered claim', () => {
  const wrong: [claim: string, value: unknown][] = [
    ['azp', 7],
    ['scope', { read: true }],
    ['scope', ['orders:read', 7]],
    ['acr', ['mfa']],
    ['amr', 'pwd'],
    ['amr', [1]],
    ['auth_time', 'yesterday'],
    ['act', 'alice'],
    ['authorization_details', { type: 'payment' }],
    ['authorization_details', ['payment']],
    ['authorization_details', [{ type: 'payment' }, 'payment']],
  ]

  test.each(wrong)('of another type is undefined, and the request is accepted: %s %j', async (claim, value) => {
    const { claims, subject } = await authOf({ token: { [claim]: value, roles: ['admin'] } })
    expect(claims).not.toHaveProperty(claim)
    expect(claims).toMatchObject({ sub: 'alice', roles: ['admin'] })
    expect(subject).toBe('alice')
    expect(Object.isFrozen(claims)).toBe(true)
    expect(Object.isFrozen(claims.roles)).toBe(true)
  })

  test('of the type in its RFC has the value that the issuer stated', async () => {
    const stated = {
      azp: 'client-2',
      scope: ['orders:read'],
      acr: 'mfa',
      amr: ['pwd', 'otp'],
      auth_time: now - 5,
      act: { sub: 'support' },
      authorization_details: [{ type: 'payment' }],
    }
    expect((await authOf({ token: stated })).claims).toMatchObject(stated)
  })

  test('aud with a value of another type is undefined, and the token is accepted by its other value', async () => {
    const auth = await authOf({ token: { aud: ['https://api.example.com', 7] } })
    expect(auth.claims).not.toHaveProperty('aud')
  })

  test('of another type from your function is undefined too', async () => {
    const claims = () => ({ sub: 'alice', acr: 7, cnf: { jkt: scene.client.jkt } })
    const scene = createScene({ issuer: undefined, verifyAccessToken: () => ({ claims: claims() }) })
    const auth = await authOf({ accessToken: 'opaque' }, scene)
    expect(auth.claims.sub).toBe('alice')
    expect(auth.claims.acr).toBeUndefined()
  })
})
