import type { ScopesOf } from '@dpop-guard/core'
import { describe, expect, test, vi } from 'vitest'
import { readScopesOption } from '../../../../packages/core/src/access-token/scopes.js'
import { authOf, bearerAuthOf, createScene, mistyped, outcome } from '../../../support/guard-scene.js'
import { listenTo } from '../../../support/published-events.js'

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

describe('scopesOf', () => {
  const permissionsOf: ScopesOf = ({ permissions }) => (Array.isArray(permissions) ? permissions : [])

  test('finds the scopes of the caller, each once and frozen, and the claim scope does not count', async () => {
    const scene = createScene({ scopesOf: permissionsOf, requiredScopes: ['orders:read'] })
    const { scopes } = await authOf(
      { token: { scope: 'admin', permissions: ['orders:read', 'a', 'orders:read'] } },
      scene,
    )
    expect(scopes).toEqual(['orders:read', 'a'])
    expect(Object.isFrozen(scopes)).toBe(true)
    expect(await outcome(scene.guard, scene.request({ token: { scope: 'orders:read' } }))).toBe(
      '403 scope_insufficient',
    )
  })

  test('is called once for a token that is used several times, with its claims, deeply frozen', async () => {
    const scopesOf = vi.fn(permissionsOf)
    const { guard, request, mint } = createScene({ scopesOf })
    const accessToken = mint({ permissions: ['a'] })
    for (let count = 0; count < 3; count++) {
      expect(await outcome(guard, request({ accessToken }))).toBe('accepted')
    }
    expect(scopesOf.mock.calls).toEqual([[expect.objectContaining({ permissions: ['a'], sub: 'alice' })]])
    const [[claims] = []] = scopesOf.mock.calls
    expect(Object.isFrozen(claims) && Object.isFrozen(claims?.permissions)).toBe(true)
  })

  test('is not called for an invalid token', async () => {
    const scopesOf = vi.fn(permissionsOf)
    const { guard, request, clock } = createScene({ scopesOf })
    expect(await outcome(guard, request({ token: { exp: clock.now - 60 } }))).toBe('401 token_expired')
    expect(scopesOf).not.toHaveBeenCalled()
  })

  test('is called for the answers of a function, as often as that function is', async () => {
    const scopesOf = vi.fn(permissionsOf)
    const { client, guard, request } = createScene({
      issuer: undefined,
      verifyAccessToken: () => ({ claims: { cnf: { jkt: client.jkt }, permissions: ['orders:read'] } }),
      scopesOf,
      requiredScopes: ['orders:read'],
    })
    for (let count = 0; count < 2; count++) expect(await outcome(guard, request())).toBe('accepted')
    expect(scopesOf).toHaveBeenCalledTimes(2)
  })

  test.each<[what: string, scopesOf: () => unknown]>([
    ['a string', () => 'orders:read'],
    ['nothing', () => undefined],
    ['a set', () => new Set(['orders:read'])],
    ['a scope with a space', () => ['orders:read orders:write']],
    ['an empty scope', () => ['']],
    ['a number among the scopes', () => ['orders:read', 1]],
    ['a list with a hole', () => new Array(1)],
    ['a promise', async () => ['orders:read']],
    ['a promise that rejects', () => Promise.reject(new Error('down'))],
  ])('that returns %s is an outage, and operators see what it must return', async (_, scopesOf) => {
    const events = listenTo('unavailable')
    const { guard, request } = createScene({ scopesOf: mistyped(scopesOf) })
    expect(await outcome(guard, request())).toBe('503 scopes_unavailable')
    expect(events).toMatchObject([
      { error: { message: 'scopesOf() must return a list of scope tokens (RFC 6749 section 3.3)' } },
    ])
  })

  test('that throws is an outage, which ends when it does not throw any more', async () => {
    const failure = new Error('no such claim')
    const events = listenTo('unavailable')
    const scopesOf = vi
      .fn<ScopesOf>(() => ['orders:read'])
      .mockImplementationOnce(() => {
        throw failure
      })
    const { guard, request, mint } = createScene({ scopesOf })
    const accessToken = mint()
    expect(await outcome(guard, request({ accessToken }))).toBe('503 scopes_unavailable')
    expect(events).toMatchObject([{ error: failure }])
    expect(await outcome(guard, request({ accessToken }))).toBe('accepted')
  })

  test('must be a function', () => {
    expect(() => createScene({ scopesOf: mistyped(['orders:read']) })).toThrow(
      new TypeError('dpop-guard: "scopesOf" must be a function, got [ "orders:read" ]'),
    )
  })
})

describe('checkAnyScope', () => {
  test('accepts a caller that has one of them', async () => {
    const scene = createScene()
    const auth = await authOf({ token: { scope: 'a' } }, scene)
    expect(scene.guard.checkAnyScope(auth, ['b', 'a'])).toBeUndefined()
  })

  test('names all of them, after those of the whole API', async () => {
    const scene = createScene({ requiredScopes: ['orders:read'] })
    const auth = await authOf({ token: { scope: 'orders:read' } }, scene)
    expect(scene.guard.checkAnyScope(auth, ['admin', 'owner'])).toMatchObject({
      reason: 'scope_insufficient',
      status: 403,
      headers: { 'www-authenticate': [expect.stringContaining('scope="orders:read admin owner"')] },
    })
  })

  test('throws for an empty list, because no caller could pass', () => {
    expect(() => createScene().guard.checkAnyScope(undefined, [])).toThrow(
      new TypeError('dpop-guard: option "scopes" is required: one scope or more'),
    )
  })
})

describe('checkDpop', () => {
  test('accepts a caller who sent a proof', async () => {
    const scene = createScene({ mode: 'bearer-and-dpop' })
    expect(scene.guard.checkDpop(await authOf({}, scene))).toBeUndefined()
  })

  test('answers a caller with a Bearer token as a guard for DPoP only does', async () => {
    const options = { requiredScopes: ['orders:read'], realm: 'orders' }
    const ofRoute = createScene({ ...options, mode: 'bearer-and-dpop' }).guard.checkDpop(await bearerAuthOf({}))
    const headers = ['Authorization', 'Bearer a.b.c']
    const ofGuard = await createScene(options).guard.check({ method: 'GET', target: '/', headers })
    expect(ofRoute).toEqual({ ...ofGuard, reason: 'dpop_required' })
    expect(ofRoute).toMatchObject({ status: 401, error: undefined, body: '' })
  })
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
