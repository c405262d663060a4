import { failures } from '@dpop-guard/core'
import { describe, expect, test } from 'vitest'
import { bearerChecks, dpopChecks, judge } from '../../examples/playground/page/checks.js'

const outcomes = (event: Parameters<typeof judge>[0], freshness: 'iat' | 'nonce' = 'iat') =>
  judge(event, freshness).map(({ outcome }) => outcome)

const issuer = 'https://as.example.com'

describe('the checks of the playground', () => {
  test('have a place for every reason, except unexpected errors', () => {
    const placed = new Set([...dpopChecks, ...bearerChecks].flatMap(({ reasons }) => reasons))
    expect([...placed].sort()).toEqual(
      Object.keys(failures)
        .filter((reason) => reason !== 'internal_error')
        .sort(),
    )
  })

  test.each([
    ['DPoP', dpopChecks],
    ['Bearer', bearerChecks],
  ])('stand in the order of the failure table for %s', (_scheme, checks) => {
    const order = Object.keys(failures)
    const places = checks
      .filter(({ reasons }) => !reasons.includes('proof_malformed'))
      .map(({ reasons }) => Math.min(...reasons.map((reason) => order.indexOf(reason))))
    expect(places).toEqual(places.toSorted((a, b) => a - b))
  })

  test('name no reason twice, except a malformed proof, which is found in two places', () => {
    const names = dpopChecks.flatMap(({ reasons }) => reasons)
    const repeated = names.filter((name, index) => names.indexOf(name) !== index)
    expect(repeated).toEqual(['proof_malformed'])
  })

  test('are all passed in an accepted request, except the one that the settings turn off', () => {
    const titles = (freshness: 'iat' | 'nonce') =>
      judge({ outcome: 'accepted', scheme: 'DPoP', issuer }, freshness)
        .filter(({ outcome }) => outcome !== 'passed')
        .map(({ check, outcome }) => `${check.title}: ${outcome}`)
    expect(titles('iat')).toEqual(['nonce is one that the API sent recently: not used'])
    expect(titles('nonce')).toEqual(['iat is recent: not used'])
  })

  test('are passed before the one that failed, and not reached after it', () => {
    const all = judge({ outcome: 'rejected', reason: 'proof_htm', scheme: 'DPoP', issuer }, 'nonce')
    const failed = all.findIndex(({ outcome }) => outcome === 'failed')
    expect(all[failed]?.check.reasons).toEqual(['proof_htm'])
    expect(new Set(all.slice(0, failed).map(({ outcome }) => outcome))).toEqual(new Set(['passed']))
    expect(new Set(all.slice(failed + 1).map(({ outcome }) => outcome))).toEqual(new Set(['not reached']))
  })

  test('show whether a malformed proof was rejected before the token was verified or after it', () => {
    const place = (event: Parameters<typeof judge>[0]) => outcomes(event).indexOf('failed')
    const token = dpopChecks.findIndex(({ reasons }) => reasons.includes('token_signature'))
    const event = { outcome: 'rejected', reason: 'proof_malformed', scheme: 'DPoP' }
    expect(place(event)).toBeLessThan(token)
    expect(place({ ...event, issuer })).toBeGreaterThan(token)
  })

  test('have a list of their own for a Bearer token', () => {
    const event = { outcome: 'rejected', reason: 'token_bound_as_bearer', scheme: 'Bearer', issuer }
    const failed = judge(event, 'iat').find(({ outcome }) => outcome === 'failed')
    expect(failed?.check.reasons).toEqual(['token_bound_as_bearer'])
  })

  test('end undecided when the guard could not decide', () => {
    const event = { outcome: 'unavailable', reason: 'replay_store_full', scheme: 'DPoP', issuer }
    expect(outcomes(event).filter((outcome) => outcome === 'undecided')).toHaveLength(1)
    expect(new Set(outcomes({ outcome: 'unavailable', reason: 'internal_error' }))).toEqual(new Set(['unknown']))
  })
})
