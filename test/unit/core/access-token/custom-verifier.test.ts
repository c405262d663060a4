import type { GuardOptions } from '@dpop-guard/core'
import { describe, expect, test } from 'vitest'
import { createScene, mistyped, now, outcome } from '../../../support/guard-scene.js'
import { listenTo } from '../../../support/published-events.js'

describe('an access token function', () => {
  /** The verdict for a good proof with a token for which the function returns this, plus `cnf`. */
  async function ask(claims: unknown, options: Partial<GuardOptions> = {}, info: object = {}): Promise<string> {
    const scene = createScene({
      issuer: undefined,
      verifyAccessToken: () => mistyped({ claims: addBinding(claims, scene.client.jkt), ...info }),
      ...options,
    })
    return outcome(scene.guard, scene.request({ accessToken: 'opaque' }))
  }

  function addBinding(claims: unknown, jkt: string): unknown {
    return typeof claims === 'object' && claims !== null ? Object.assign(claims, { cnf: { jkt } }) : claims
  }

  const issuers = ['https://a.example.com', 'https://b.example.com']

  test.each<[claims: object, options: Partial<GuardOptions>, expected: string]>([
    [{}, {}, 'accepted'],
    [{ iss: issuers[0] }, { issuer: issuers }, 'accepted'],
    [{ iss: issuers[1] }, { issuer: issuers }, 'accepted'],
    [{ iss: 'https://c.example.com' }, { issuer: issuers }, '401 token_issuer'],
    [{ aud: 'a' }, { audience: ['a', 'b'] }, 'accepted'],
    [{ aud: ['x', 'b'] }, { audience: ['a', 'b'] }, 'accepted'],
    [{ aud: 'c' }, { audience: ['a', 'b'] }, '401 token_audience'],
    [{ exp: Number.POSITIVE_INFINITY }, {}, '401 token_claims'],
    [{ nbf: Number.NaN }, {}, '401 token_claims'],
    [{ exp: null }, {}, '401 token_claims'],
    [{ nbf: String(now) }, {}, '401 token_claims'],
    [Object.create(null), {}, 'accepted'],
  ])('that returns %o with the options %o: %s', async (claims, options, expected) => {
    expect(await ask(claims, options)).toBe(expected)
  })

  test('shows operators the invalid claim', async () => {
    const events = listenTo('rejected', 'unavailable')
    await ask({ iss: 'https://c.example.com' }, { issuer: issuers })
    await ask({ aud: 'c' }, { audience: ['a', 'b'] })
    expect(events).toMatchObject([
      { reason: 'token_issuer', mismatch: { name: 'iss', expected: issuers, received: ['https://c.example.com'] } },
      { reason: 'token_audience', mismatch: { name: 'aud', expected: ['a', 'b'], received: ['c'] } },
    ])
  })

  test.each<[what: string, claims: unknown, info: object, message: string]>([
    ['a string', 'claims', {}, 'verifyAccessToken() must return { claims }, a plain object, or undefined'],
    ['a Map', new Map(), {}, 'verifyAccessToken() must return { claims }, a plain object, or undefined'],
    ['a negative time', {}, { cacheSeconds: -1 }, 'cacheSeconds must not be negative'],
    ['no time', {}, { cacheSeconds: Number.NaN }, 'cacheSeconds must not be negative'],
  ])('that returns %s gets an error with the expected value', async (_, claims, info, message) => {
    const events = listenTo('rejected', 'unavailable')
    expect(await ask(claims, {}, info)).toBe('503 access_token_check_unavailable')
    expect(events).toMatchObject([{ error: { name: 'TypeError', message } }])
  })
})

describe('claims of an accessToken function that hide their members', () => {
  class Getters {
    get cnf() {
      return { jkt: 'bound' }
    }
  }
  const bound = { sub: 'alice', cnf: { jkt: 'bound' } }

  test.each([
    ['behind getters of a class', new Getters()],
    ['in a prototype', Object.create(bound)],
    ['in a Map', new Map(Object.entries(bound))],
    ['in an Error', Object.assign(new Error('claims'), bound)],
    ['in a Date', new Date(0)],
    ['in a list', [bound]],
  ])('%s are a 503, never an unbound token', async (_, claims) => {
    const scene = createScene({
      issuer: undefined,
      mode: 'bearer-and-dpop',
      verifyAccessToken: () => mistyped({ claims }),
    })
    const headers = ['Authorization', 'Bearer opaque']
    expect(await outcome(scene.guard, { method: 'GET', target: '/', headers })).toBe(
      '503 access_token_check_unavailable',
    )
  })

  test('are rejected under Bearer when they are plain and bound', async () => {
    const scene = createScene({
      issuer: undefined,
      mode: 'bearer-and-dpop',
      verifyAccessToken: () => ({ claims: bound }),
    })
    const headers = ['Authorization', 'Bearer opaque']
    expect(await outcome(scene.guard, { method: 'GET', target: '/', headers })).toBe('401 token_bound_as_bearer')
  })
})

test('an accessToken call that never ends does not delay the next call with the same token', async () => {
  const scene = createScene({
    issuer: undefined,
    verifyAccessToken: () => (calls++ === 0 ? new Promise(() => {}) : { claims: { cnf: { jkt: scene.client.jkt } } }),
  })
  let calls = 0
  void scene.guard.check(scene.request({ accessToken: 'opaque' }))
  expect(await outcome(scene.guard, scene.request({ accessToken: 'opaque' }))).toBe('accepted')
})
