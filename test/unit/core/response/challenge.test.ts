import type { Auth, GuardOptions, Verdict } from '@dpop-guard/core'
import { describe, expect, test } from 'vitest'
import { createScene } from '../../../support/guard-scene.js'

test('a challenge names everything that the next token needs', async () => {
  const { guard } = createScene({ requiredScopes: ['orders'], resourceMetadata: {}, realm: 'payments' })
  const rejection = guard.checkStepUp(undefined, { acrValues: ['gold', 'silver'], maxAgeSeconds: 300 })
  expect(rejection?.headers['www-authenticate']).toEqual([
    'DPoP scope="orders", acr_values="gold silver", max_age="300", realm="payments", ' +
      'resource_metadata="https://api.example.com/.well-known/oauth-protected-resource", ' +
      'algs="ES256 PS256 Ed25519 EdDSA"',
  ])
})

describe('the order of challenges', () => {
  const mode = 'bearer-and-dpop'
  const ask = async (options: Partial<GuardOptions>, headers: readonly string[]) => {
    const { guard } = createScene({ mode, ...options })
    return schemesOf(await guard.check({ method: 'GET', target: '/', headers }))
  }

  test.each([
    ['no credentials', [], ['Bearer', 'DPoP']],
    ['a proof without a token', ['DPoP', 'a.b.c'], ['Bearer', 'DPoP']],
    ['another scheme', ['Authorization', 'Basic YTpi'], ['Bearer', 'DPoP']],
    ['a Bearer token', ['Authorization', 'Bearer a'], ['Bearer', 'DPoP']],
    ['a Bearer token with a proof', ['Authorization', 'Bearer a', 'DPoP', 'a.b.c'], ['Bearer', 'DPoP']],
    ['a DPoP token', ['Authorization', 'DPoP a', 'DPoP', 'a.b.c'], ['DPoP', 'Bearer']],
    ['a malformed DPoP token', ['Authorization', 'DPoP'], ['DPoP', 'Bearer']],
    ['two DPoP tokens', ['Authorization', 'DPoP a', 'Authorization', 'dpop b'], ['DPoP', 'Bearer']],
    ['both schemes', ['Authorization', 'DPoP a', 'Authorization', 'Bearer a'], ['Bearer', 'DPoP']],
    ['both schemes in one field', ['Authorization', 'DPoP a, Bearer a'], ['Bearer', 'DPoP']],
  ])('%s: the scheme that was used comes first, otherwise Bearer', async (_, headers, schemes) => {
    expect(await ask({}, headers)).toEqual(schemes)
    expect(await ask({ mode: 'dpop-only' }, headers)).toEqual(['DPoP'])
  })

  test('the first challenge has the error for a caller with insufficient scope or authentication', async () => {
    const { guard, request, mint } = createScene({ mode })
    const bearer = ['Authorization', `Bearer ${mint({ cnf: undefined })}`]
    for (const [asked, schemes] of [
      [request(), ['DPoP', 'Bearer']],
      [{ method: 'GET', target: '/', headers: bearer }, ['Bearer', 'DPoP']],
    ] as const) {
      const verdict = await guard.check(asked)
      if (!verdict.accepted) throw new Error(verdict.reason)
      expect(schemesOf(guard.checkScopes(verdict.auth, ['admin']))).toEqual(schemes)
      expect(schemesOf(guard.checkStepUp(verdict.auth, { acrValues: ['a'] }))).toEqual(schemes)
    }
    expect(schemesOf(guard.checkScopes(undefined, ['admin']))).toEqual(['Bearer', 'DPoP'])
    expect(schemesOf(guard.checkStepUp(undefined, { acrValues: ['a'] }))).toEqual(['Bearer', 'DPoP'])
  })

  function schemesOf(verdict: Verdict<Auth | undefined> | undefined): (string | undefined)[] {
    return [verdict?.headers['www-authenticate'] ?? []].flat().map((challenge) => challenge.split(' ')[0])
  }
})
