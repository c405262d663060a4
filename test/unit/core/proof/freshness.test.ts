import { describe, expect, test } from 'vitest'
import { createScene, now, outcome } from '../../../support/guard-scene.js'

const nonce = { secrets: ['s'.repeat(32)] }

describe('by the time of the client', () => {
  test.each([
    [{ iat: now - 60 }, 'accepted'],
    [{ iat: now - 61 }, '401 proof_expired'],
    [{ iat: now + 30 }, 'accepted'],
    [{ iat: now + 31 }, '401 proof_from_future'],
    [{ exp: now + 1 }, 'accepted'],
    [{ exp: now - 29 }, 'accepted'],
    [{ exp: now - 30 }, '401 proof_expired'],
    [{ nbf: now - 1 }, 'accepted'],
    [{ nbf: now + 30 }, 'accepted'],
    [{ nbf: now + 31 }, '401 proof_from_future'],
  ])('a proof with %j: %s', async (claims, expected) => {
    const { guard, request } = createScene()
    expect(await outcome(guard, request({ proof: { claims } }))).toBe(expected)
  })
})

describe('by a nonce alone', () => {
  test('iat does not count, and exp and nbf do', async () => {
    const { guard, request } = createScene({ freshness: 'nonce', nonce })
    const newest = String((await guard.check(request())).headers['dpop-nonce'])
    const verdictFor = (claims: object) => outcome(guard, request({ proof: { nonce: newest, claims: { ...claims } } }))
    expect(await verdictFor({ iat: 0 })).toBe('accepted')
    expect(await verdictFor({ iat: now + 10_000 })).toBe('accepted')
    expect(await verdictFor({ exp: now - 30 })).toBe('401 proof_expired')
    expect(await verdictFor({ nbf: now + 31 })).toBe('401 proof_from_future')
  })
})

test.each([
  [undefined, 'nonce_missing', 'missing'],
  [7, 'nonce_not_accepted', 'number'],
  ['from-another-server', 'nonce_not_accepted', 'wrong'],
])('a proof with the nonce %j is rejected, and operators do not see a nonce', async (given, reason, received) => {
  const { guard, request } = createScene({ freshness: 'both', nonce })
  expect(await guard.check(request({ proof: { claims: { nonce: given } } }))).toMatchObject({
    status: 401,
    error: 'use_dpop_nonce',
    reason,
    mismatch: { name: 'nonce', expected: ['a nonce of this server that has not expired'], received: [received] },
  })
})
