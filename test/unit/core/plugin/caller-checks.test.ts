import {
  admit,
  createAnyScopeCheck,
  createClaimsCheck,
  createDpopCheck,
  createScopeCheck,
  createStepUpCheck,
  readCallerChecksOption,
  readPluginOptions,
} from '@dpop-guard/core/plugin'
import { describe, expect, test } from 'vitest'
import { createScene, mistyped } from '../../../support/guard-scene.js'
import { messageOf } from '../../../support/option-errors.js'

/** A request that a guard accepted, with these claims in its token. */
async function acceptedRequest(token: Record<string, unknown> = {}, onRejected: 'respond' | 'error' = 'respond') {
  const scene = createScene()
  const request = scene.request({ token })
  expect(await admit(readPluginOptions({ guard: scene.guard, onRejected }), request, request)).toMatchObject({
    admitted: true,
  })
  return request
}

describe('a scope check', () => {
  const check = createScopeCheck(['orders:read', 'orders:write'])

  test('passes a caller whose token has all scopes', async () => {
    expect(check(await acceptedRequest({ scope: 'orders:write other orders:read' }))).toBeUndefined()
  })

  test('rejects any other caller in the way of the guard', async () => {
    const rejection = { reason: 'scope_insufficient' }
    expect(check(await acceptedRequest({ scope: 'orders:read' }))).toMatchObject({
      status: 403,
      via: 'response',
      rejection,
    })
    expect(check(await acceptedRequest({ scope: 'orders:read' }, 'error'))).toMatchObject({
      status: 403,
      via: 'error',
      rejection,
    })
  })

  test('reads its scopes once, when it is made', async () => {
    const scopes = ['orders:read']
    const check = createScopeCheck(scopes)
    scopes[0] = 'orders:write'
    expect(check(await acceptedRequest({ scope: 'orders:read' }))).toBeUndefined()
    expect(check(await acceptedRequest({ scope: 'orders:write' }))).toMatchObject({ status: 403 })
  })

  test('throws where no guard ran', () => {
    expect(() => check({})).toThrow('dpop-guard: no guard ran for this request; put dpopGuard before this')
  })

  test.each<[scopes: unknown, message: string]>([
    [[], 'dpop-guard: option "scopes" is required: one scope or more'],
    [[['a', 'b']], 'dpop-guard: "scopes" must be one argument each, as in requireScopes("a", "b"), got [ [Array] ]'],
  ])('for %j is a TypeError', (scopes, message) => {
    expect(messageOf(() => createScopeCheck(mistyped(scopes)))).toBe(message)
  })
})

describe('a step-up check', () => {
  test('passes only a user who authenticated as required', async () => {
    const check = createStepUpCheck({ acrValues: ['gold'] })
    expect(check(await acceptedRequest({ acr: 'gold' }))).toBeUndefined()
    expect(check(await acceptedRequest({ acr: 'silver' }))).toMatchObject({
      status: 401,
      rejection: { error: 'insufficient_user_authentication' },
    })
  })

  test('for an invalid requirement is a TypeError at once', () => {
    expect(() => createStepUpCheck({})).toThrow(TypeError)
  })

  test('reads its requirement once, when it is made', async () => {
    const required = { acrValues: ['gold'] }
    const check = createStepUpCheck(required)
    required.acrValues = ['silver']
    expect(check(await acceptedRequest({ acr: 'gold' }))).toBeUndefined()
    expect(check(await acceptedRequest({ acr: 'silver' }))).toMatchObject({ status: 401 })
  })
})

describe('a check of any scope', () => {
  const check = createAnyScopeCheck(['orders:read', 'orders:admin'])

  test('passes a caller with one of them, and rejects any other', async () => {
    expect(check(await acceptedRequest({ scope: 'orders:admin' }))).toBeUndefined()
    expect(check(await acceptedRequest({ scope: 'orders' }))).toMatchObject({
      status: 403,
      rejection: { reason: 'scope_insufficient', error: 'insufficient_scope' },
    })
  })

  test.each<[scopes: unknown, message: string]>([
    [[], 'dpop-guard: option "anyScope" is required: one scope or more'],
    [[['a']], 'dpop-guard: "anyScope" must be one argument each, as in requireAnyScope("a", "b"), got [ [Array] ]'],
    [['a b'], 'dpop-guard: "anyScope" must be a list of scope tokens (RFC 6749 section 3.3), got [ "a b" ]'],
  ])('for %j is a TypeError', (scopes, message) => {
    expect(messageOf(() => createAnyScopeCheck(mistyped(scopes)))).toBe(message)
  })
})

describe('a check of claims', () => {
  test('asks the function for each request, with the verified claims', async () => {
    const seen: unknown[] = []
    const check = createClaimsCheck((claims) => seen.push(claims.tier) > 0 && claims.tier === 'gold')
    expect(check(await acceptedRequest({ tier: 'gold' }))).toBeUndefined()
    expect(check(await acceptedRequest({ tier: 'tin' }))).toMatchObject({
      status: 403,
      rejection: { reason: 'claims_insufficient', error: 'insufficient_scope' },
    })
    expect(seen).toEqual(['gold', 'tin'])
  })
})

describe('a check of DPoP', () => {
  test('passes a caller who sent a proof', async () => {
    expect(createDpopCheck()(await acceptedRequest())).toBeUndefined()
  })

  test('rejects a caller with a Bearer token', async () => {
    const { guard, mint } = createScene({ mode: 'bearer-and-dpop' })
    const headers = ['Host', 'api.example.com', 'Authorization', `Bearer ${mint({ cnf: undefined })}`]
    const request = { method: 'GET', target: '/orders', headers }
    expect(await admit(readPluginOptions({ guard }), request, request)).toMatchObject({ admitted: true })
    expect(createDpopCheck()(request)).toMatchObject({ status: 401, rejection: { reason: 'dpop_required' } })
  })
})

describe('the checks of a route', () => {
  const read = (value: unknown) => readCallerChecksOption('config.dpop', value)

  test('are those that it names', async () => {
    const request = await acceptedRequest({ scope: 'a', acr: 'silver' })
    const verdicts = (value: object) => read(value).map((check) => check(request)?.status)
    expect(verdicts({ scopes: ['a'] })).toEqual([undefined])
    expect(verdicts({ stepUp: { acrValues: ['gold'] } })).toEqual([401])
    expect(verdicts({ scopes: ['b'], stepUp: { acrValues: ['silver'] } })).toEqual([403, undefined])
    expect(verdicts({ claims: () => false, mode: 'dpop-only', anyScope: ['a'] })).toEqual([undefined, undefined, 403])
  })

  test.each([{}, { scopes: undefined }, { scopes: undefined, stepUp: undefined }])('%j has none', (value) => {
    expect(messageOf(() => read(value))).toContain(
      '"config.dpop" must be an object with "mode", "scopes", "anyScope", "claims" or "stepUp", got ',
    )
  })

  test.each([
    [{ scopes: ['a b'] }, '"scopes"'],
    [{ stepUp: {} }, '"stepUp"'],
    [{ scope: ['a'] }, '"config.dpop.scope"'],
    [{ anyScope: [] }, '"anyScope"'],
    [{ anyScope: ['a b'] }, '"anyScope"'],
    [{ claims: true }, '"claims"'],
    [{ claims: async () => true }, '"claims"'],
    [{ mode: 'DPoP' }, '"config.dpop.mode" must be "dpop-only", got "DPoP"'],
    [{ mode: true }, '"config.dpop.mode"'],
  ])('of %j name the mistake', (value, name) => {
    expect(messageOf(() => read(value))).toContain(name)
  })
})
