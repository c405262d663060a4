import { describe, expect, test } from 'vitest'
import { readScopesOption } from '../../../../packages/core/src/access-token/scopes.js'
import { authOf, bearerAuthOf, createScene } from '../../../support/guard-scene.js'

describe('the scopes', () => {
  test.each<[what: string, claims: Record<string, unknown>, scopes: string[]]>([
    ['scope as a string', { scope: 'a b:c' }, ['a', 'b:c']],
    ['scope with extra spaces', { scope: ' a   b ' }, ['a', 'b']],
    ['scope as a list', { scope: ['a', 'b'] }, ['a', 'b']],
    ['scp as a list', { scope: undefined, scp: ['a', 'b'] }, ['a', 'b']],
    ['scp as a string', { scope: undefined, scp: 'a b' }, ['a', 'b']],
    ['scope before scp', { scope: 'a', scp: ['admin'] }, ['a']],
    ['an empty scope before scp', { scope: '', scp: ['admin'] }, []],
    ['scp if scope is null', { scope: null, scp: ['a'] }, ['a']],
    ['no scope', { scope: undefined }, []],
    ['a list with invalid scopes', { scope: ['a b', 1, null, ['admin'], '', 'c'] }, ['c']],
    ['a string with invalid scopes', { scope: 'a\tb "c" d' }, ['d']],
    ['a number', { scope: 1 }, []],
    ['an object', { scope: { admin: true } }, []],
  ])('are read from %s', async (_, token, scopes) => {
    expect((await authOf({ token })).scopes).toEqual(scopes)
  })
})

test('a list of scopes is validated once', () => {
  const scopes = readScopesOption('scopes', ['a', 'b', 'a'])
  expect(scopes).toEqual(['a', 'b'])
  expect(Object.isFrozen(scopes)).toBe(true)
  expect(readScopesOption('scopes', scopes)).toBe(scopes)
  expect(() => readScopesOption('scopes', [...scopes, 'not a scope'])).toThrow(TypeError)
})

describe('checkScopes', () => {
  test('accepts a caller that has all of them', async () => {
    const scene = createScene()
    const auth = await authOf({}, scene)
    expect(scene.guard.checkScopes(auth, ['orders:write', 'orders:read'])).toBeUndefined()
    expect(scene.guard.checkScopes(auth, [])).toBeUndefined()
  })

  test('names all scopes of the operation, those of the whole API first', async () => {
    const scene = createScene({ requiredScopes: ['orders:read'] })
    const auth = await authOf({}, scene)
    expect(scene.guard.checkScopes(auth, ['admin', 'orders:read'])).toEqual({
      accepted: false,
      reason: 'scope_insufficient',
      status: 403,
      error: 'insufficient_scope',
      headers: {
        'www-authenticate': [
          'DPoP error="insufficient_scope", error_description="The access token lacks a required scope", ' +
            'scope="orders:read admin", algs="ES256 PS256 Ed25519 EdDSA"',
        ],
        'content-type': 'application/json; charset=utf-8',
      },
      body: '{"error":"insufficient_scope","error_description":"The access token lacks a required scope"}',
    })
  })

  test('compares scopes exactly', async () => {
    const scene = createScene()
    const auth = await authOf({}, scene)
    for (const scope of ['ORDERS:READ', 'orders', 'orders:rea', 'orders:read2']) {
      expect(scene.guard.checkScopes(auth, [scope])).toMatchObject({ status: 403 })
    }
  })

  test('names the needed scopes, and no error, to a caller without credentials', () => {
    const { guard } = createScene({ credentials: 'optional' })
    expect(guard.checkScopes(undefined, ['a', 'b'])).toEqual({
      accepted: false,
      reason: 'credentials_missing',
      status: 401,
      error: undefined,
      headers: { 'www-authenticate': ['DPoP scope="a b", algs="ES256 PS256 Ed25519 EdDSA"'] },
      body: '',
    })
  })

  test('names the error to a Bearer caller only in the challenge of Bearer', async () => {
    const { guard } = createScene({ mode: 'bearer-and-dpop' })
    const rejection = guard.checkScopes(await bearerAuthOf({}), ['admin'])
    expect(rejection?.headers['www-authenticate']).toEqual([
      'Bearer error="insufficient_scope", error_description="The access token lacks a required scope", ' +
        'scope="admin", realm="https://api.example.com"',
      'DPoP scope="admin", algs="ES256 PS256 Ed25519 EdDSA"',
    ])
  })
})
