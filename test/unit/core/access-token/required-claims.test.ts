import { describe, expect, test } from 'vitest'
import { authOf, createScene, mistyped } from '../../../support/guard-scene.js'
import { messageOf } from '../../../support/option-errors.js'
import { listenToAll } from '../../../support/published-events.js'

describe('checkClaims', () => {
  test('accepts a caller if the function returns true for the claims', async () => {
    const scene = createScene()
    const auth = await authOf({ token: { tier: 'gold' } }, scene)
    expect(scene.guard.checkClaims(auth, (claims) => claims === auth.claims && claims.tier === 'gold')).toBeUndefined()
  })

  test('rejects any other caller with a fixed text, and none of the claims', async () => {
    const scene = createScene({ requiredScopes: ['orders:read'] })
    const auth = await authOf({ token: { tier: 'secret-tier' } }, scene)
    expect(scene.guard.checkClaims(auth, () => false)).toEqual({
      accepted: false,
      reason: 'claims_insufficient',
      status: 403,
      error: 'insufficient_scope',
      headers: {
        'www-authenticate': [
          'DPoP error="insufficient_scope", error_description="The claims of the access token do not allow this", ' +
            'scope="orders:read", algs="ES256 PS256 Ed25519 EdDSA"',
        ],
        'content-type': 'application/json; charset=utf-8',
      },
      body: '{"error":"insufficient_scope","error_description":"The claims of the access token do not allow this"}',
    })
  })

  test('does not call the function without a caller', () => {
    const { guard } = createScene()
    const isAllowed = () => {
      throw new Error('called')
    }
    expect(guard.checkClaims(undefined, isAllowed)).toMatchObject({ status: 401, reason: 'credentials_missing' })
  })

  test('is 503 for a function that throws, and the error is published', async () => {
    const scene = createScene()
    const auth = await authOf({}, scene)
    const published = listenToAll()
    const error = new Error('a bug')
    const rejection = scene.guard.checkClaims(auth, () => {
      throw error
    })
    expect(rejection).toMatchObject({ status: 503, reason: 'claims_check_unavailable', body: '' })
    expect(rejection?.headers).toEqual({})
    expect(published).toEqual([
      {
        channel: 'dpop-guard:unavailable',
        event: expect.objectContaining({ reason: 'claims_check_unavailable', error }),
      },
    ])
  })

  test.each<[string, unknown]>([
    ['undefined', undefined],
    ['a number', 1],
    ['a string', 'true'],
    ['a promise', Promise.resolve(true)],
    [
      'an object with a then that throws',
      Object.defineProperty({}, 'then', {
        get: () => {
          throw new Error('trap')
        },
      }),
    ],
  ])('is 503 for a function that returns %s', async (_name, value) => {
    const scene = createScene()
    const published = listenToAll()
    const auth = await authOf({}, scene)
    expect(scene.guard.checkClaims(auth, () => mistyped(value))).toMatchObject({
      status: 503,
      reason: 'claims_check_unavailable',
    })
    expect(published.at(-1)?.event).toMatchObject({
      error: new TypeError('the function of requireClaims() must return a boolean'),
    })
  })

  test('a promise that rejects does not end the process', async () => {
    const scene = createScene()
    const auth = await authOf({}, scene)
    const rejected = Promise.reject(new Error('nobody waits'))
    expect(scene.guard.checkClaims(auth, () => mistyped(rejected))?.status).toBe(503)
    await expect(rejected).rejects.toThrow('nobody waits')
  })

  test.each<[value: unknown, message: string]>([
    [undefined, 'dpop-guard: option "claims" is required: a function of the claims that returns a boolean'],
    [
      { tier: 'gold' },
      'dpop-guard: "claims" must be a function of the claims that returns a boolean, got { tier: "gold" }',
    ],
  ])('for %j is a TypeError', (value, message) => {
    expect(messageOf(() => createScene().guard.checkClaims(undefined, mistyped(value)))).toBe(message)
  })
})
