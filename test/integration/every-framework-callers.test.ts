/** What routes learn about their caller, and what they can require. */
import { describe, expect, test, vi } from 'vitest'
import { challengeOf, now } from '../support/guarded-api.js'
import { frameworks, type RouteRequest } from './frameworks.js'
import { type StartOptions, startOn } from './start-on.js'

const noGuardRan = new Error('dpop-guard: no guard ran for this request; put dpopGuard before this')

describe.each(Object.entries(frameworks))('on %s', (_name, createApi) => {
  const start = (options: StartOptions) => startOn(createApi, options)

  test('the caller is on the request, and getAuth and getOptionalAuth return it', async () => {
    const seen: unknown[] = []
    const { api } = await start({
      handle({ auth, getAuth, getOptionalAuth }) {
        seen.push(auth, getAuth(), getOptionalAuth())
        return {}
      },
    })
    await api.call('GET', '/orders')
    const [auth] = seen
    expect(auth).toMatchObject({
      scheme: 'DPoP',
      subject: 'alice',
      clientId: 'client-1',
      scopes: ['orders:read', 'orders:write'],
      expiresAt: now + 300,
      proofClaims: { htm: 'GET', htu: `${api.origin}/orders` },
    })
    expect(seen[1]).toBe(auth)
    expect(seen[2]).toBe(auth)
  })

  describe('where no guard ran', () => {
    test.each([
      { name: 'getAuth', ask: ({ getAuth }: RouteRequest) => ({ auth: getAuth() }) },
      { name: 'getOptionalAuth', ask: ({ getOptionalAuth }: RouteRequest) => ({ auth: getOptionalAuth() }) },
    ])('$name throws a clear error', async ({ ask }) => {
      const answerError = vi.fn(() => 'handled')
      const { api } = await start({ handle: ask, answerError })
      expect((await api.call('GET', '/unguarded')).status).toBe(500)
      expect(answerError.mock.calls).toEqual([[noGuardRan]])
    })

    test('requireScopes reports a clear error and rejects every request', async () => {
      const answerError = vi.fn(() => 'handled')
      const { api, handle } = await start({ scopes: ['orders:read'], answerError })
      expect((await api.call('GET', '/unguarded')).status).toBe(500)
      expect(answerError.mock.calls).toEqual([[noGuardRan]])
      expect(handle).not.toHaveBeenCalled()
    })
  })

  describe('with optional credentials', () => {
    const guard = { credentials: 'optional' } as const

    test('a request without credentials passes without a caller, one with good credentials passes with one', async () => {
      const { api } = await start({
        guard,
        handle: ({ auth, getOptionalAuth }) => ({
          for: getOptionalAuth()?.subject ?? 'nobody',
          known: auth !== undefined,
        }),
      })
      expect(await api.send('GET', '/orders')).toMatchObject({ status: 200, body: '{"for":"nobody","known":false}' })
      expect(await api.call('GET', '/orders')).toMatchObject({ status: 200, body: '{"for":"alice","known":true}' })
    })

    test('a request with bad credentials is rejected', async () => {
      const { api, handle } = await start({ guard })
      const response = await api.send('GET', '/orders', ['Authorization', 'DPoP abc'])
      expect(response.status).toBe(401)
      expect(challengeOf(response).error).toBe('invalid_dpop_proof')
      expect(handle).not.toHaveBeenCalled()
    })

    test('a route with scopes rejects a request without credentials, and asks for them', async () => {
      const { api, handle } = await start({ guard, scopes: ['orders:read'] })
      const response = await api.send('GET', '/orders')
      expect(response).toMatchObject({ status: 401, body: '' })
      expect(challengeOf(response)).toEqual({
        scheme: 'DPoP',
        algs: 'ES256 PS256 Ed25519 EdDSA',
        scope: 'orders:read',
      })
      expect(handle).not.toHaveBeenCalled()
      expect(await api.call('GET', '/orders')).toMatchObject({ status: 200, body: '{"for":"alice"}' })
    })

    test('getAuth throws where there is no caller', async () => {
      const answerError = vi.fn(() => 'handled')
      const { api } = await start({ guard, answerError })
      expect((await api.send('GET', '/orders')).status).toBe(500)
      const noCaller =
        "dpop-guard: the request has no caller (credentials: 'optional', or reportOnly); ask getOptionalAuth() instead"
      expect(answerError.mock.calls).toEqual([[new Error(noCaller)]])
    })
  })

  test('a 403 names all scopes of the operation: those of the guard and those of the route', async () => {
    const { api, handle } = await start({
      guard: { requiredScopes: ['orders:read'] },
      scopes: ['orders:write', 'orders:read', 'admin'],
    })
    const response = await api.call('GET', '/orders', { scope: 'orders:read' })
    expect(response.status).toBe(403)
    expect(JSON.parse(response.body)).toEqual({
      error: 'insufficient_scope',
      error_description: 'The access token lacks a required scope',
    })
    expect(challengeOf(response)).toMatchObject({
      error: 'insufficient_scope',
      scope: 'orders:read orders:write admin',
    })
    expect((await api.send('GET', '/orders')).status).toBe(401)
    expect(handle).not.toHaveBeenCalled()
    expect((await api.call('GET', '/orders', { scope: 'orders:read orders:write admin' })).status).toBe(200)
  })
})
