import { failures, type Reason } from '@dpop-guard/core'
import { describe, expect, test } from 'vitest'
import { createScene, type RequestParts } from '../../support/guard-scene.js'

const scene = createScene({ requiredScopes: ['orders:read'] })
const other = createScene().client

/** Requests that fail for one reason each. They are parts, so that two of them can be combined. */
const faults = {
  proof_repeated: { headers: ['DPoP', 'a.b.c'] },
  token_issuer: { token: { iss: 'https://evil.example' } },
  token_audience: { token: { aud: 'https://other.example' } },
  token_expired: { token: { exp: scene.clock.now - 3600 } },
  token_unbound: { token: { cnf: undefined } },
  proof_typ: { proof: { header: { typ: 'JWT' } } },
  proof_key: { proof: { header: { jwk: {} } } },
  proof_claims: { proof: { claims: { jti: 1 } } },
  token_key_mismatch: { token: { cnf: { jkt: other.jkt } } },
  proof_htm: { proof: { claims: { htm: 'PUT' } } },
  proof_htu: { proof: { claims: { htu: 'https://evil.example/' } } },
  proof_ath: { proof: { claims: { ath: 'x' } } },
  proof_expired: { proof: { claims: { iat: scene.clock.now - 3600 } } },
  scope_insufficient: { token: { scope: 'none' } },
} as const satisfies Partial<Record<Reason, RequestParts>>

/** If two faults change the same claim, the second one counts. */
const merge = (first: RequestParts, second: RequestParts): RequestParts => ({
  headers: [...(first.headers ?? []), ...(second.headers ?? [])],
  token: { scope: 'orders:read', ...first.token, ...second.token },
  proof: {
    header: { ...first.proof?.header, ...second.proof?.header },
    claims: { ...first.proof?.claims, ...second.proof?.claims },
  },
})

describe('the failure table', () => {
  const order = Object.keys(failures)

  test.each(Object.entries(faults))('has %s before each fault that a guard looks for later', async (reason, fault) => {
    const expected = order.filter((name) => name in faults)
    for (const later of expected.slice(expected.indexOf(reason))) {
      const parts = merge(faults[later as keyof typeof faults], fault)
      expect(await scene.guard.check(scene.request(parts)), later).toMatchObject({ reason })
    }
  })

  test('names the step of an RFC for every reason, except for an error of the guard itself', () => {
    const without = Object.entries(failures).filter(([, rule]) => !('step' in rule))
    expect(without.map(([reason]) => reason)).toEqual(['internal_error'])
  })

  test('has a reason for each check of RFC 9449 section 4.3', () => {
    const steps = Object.values(failures).flatMap((rule) => ('step' in rule ? rule.step : []))
    const checks = steps.flatMap((step) => (step.rfc === 9449 && step.section === '4.3' ? step.check : []))
    expect([...new Set(checks)].sort((a, b) => Number(a) - Number(b))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
  })
})
