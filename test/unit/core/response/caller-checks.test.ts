import type { Auth, Guard, Rejection } from '@dpop-guard/core'
import { describe, expect, test } from 'vitest'
import { authOf, bearerAuthOf, createScene, mistyped } from '../../../support/guard-scene.js'

type Check = (guard: Guard<Auth | undefined>, auth: Auth | undefined) => Rejection | undefined

const both = () => createScene({ mode: 'bearer-and-dpop', proof: { algorithms: ['ES256'] } }).guard
const challengesOf = (rejection: Rejection | undefined) => rejection?.headers['www-authenticate']

describe.each<[name: string, check: Check, token: Record<string, unknown>]>([
  ['checkScopes', (guard, auth) => guard.checkScopes(auth, ['a', 'b']), { scope: 'b a' }],
  ['checkAnyScope', (guard, auth) => guard.checkAnyScope(auth, ['a', 'b']), { scope: 'b' }],
  ['checkClaims', (guard, auth) => guard.checkClaims(auth, ({ tier }) => tier === 'gold'), { tier: 'gold' }],
  ['checkDpop', (guard, auth) => guard.checkDpop(auth), {}],
  ['checkStepUp', (guard, auth) => guard.checkStepUp(auth, { acrValues: ['gold'] }), { acr: 'gold' }],
])('%s', (_, check, token) => {
  test('returns undefined for a caller who may do this', async () => {
    expect(check(both(), await authOf({ token }))).toBeUndefined()
  })

  test('without a caller, asks for credentials', () => {
    expect(check(both(), undefined)).toMatchObject({ status: 401, reason: 'credentials_missing', error: undefined })
  })
})

test('scopes that are invalid are named', () => {
  const { guard } = createScene()
  for (const check of [guard.checkScopes, guard.checkAnyScope]) {
    expect(() => check(undefined, mistyped('a b'))).toThrow('dpop-guard: "scopes" must be a list of scope tokens')
  }
})

test('a caller with a Bearer token gets a challenge of DPoP only, and the operator sees why', async () => {
  const rejection = both().checkDpop(await bearerAuthOf({}))
  expect(rejection).toMatchObject({ status: 401, reason: 'dpop_required', error: undefined })
  expect(rejection?.mismatch).toEqual({ name: 'Authorization', expected: ['DPoP'], received: ['Bearer'] })
  expect(challengesOf(rejection)).toEqual(['DPoP algs="ES256"'])
})

describe('the challenge for a step-up has', () => {
  test.each([
    ['the values of acr', { acrValues: ['gold', 'silver'] }, 'acr_values="gold silver"'],
    ['the age of the authentication', { maxAgeSeconds: 0 }, 'max_age="0"'],
    ['both', { acrValues: ['gold'], maxAgeSeconds: 300 }, 'acr_values="gold", max_age="300"'],
  ])('%s', async (_, required, parameters) => {
    const { guard, request } = createScene({ requiredScopes: ['a'], proof: { algorithms: ['ES256'] } })
    const verdict = await guard.check(request({ token: { scope: 'a', acr: 'tin' } }))
    const rejection = guard.checkStepUp(verdict.accepted ? verdict.auth : undefined, required)
    expect(challengesOf(rejection)).toEqual([
      expect.stringMatching(/^DPoP error="insufficient_user_authentication", error_description="[^"]+", /),
    ])
    expect(challengesOf(rejection)?.[0]).toContain(`", scope="a", ${parameters}, algs="ES256"`)
  })
})
