import { describe, expect, test } from 'vitest'
import { createScene, now, outcome } from '../../../support/guard-scene.js'

test('a token without an audience is rejected for that, also where another claim is missing', async () => {
  const { guard, request } = createScene()
  expect(await guard.check(request({ token: { aud: undefined, exp: undefined } }))).toMatchObject({
    status: 401,
    reason: 'token_audience',
    mismatch: { name: 'aud' },
  })
})

test('one of several audiences is enough', async () => {
  const { guard, request } = createScene({ audience: ['urn:a', 'urn:b'] })
  const verdictFor = (aud: unknown) => outcome(guard, request({ token: { aud } }))
  expect(await verdictFor('urn:a')).toBe('accepted')
  expect(await verdictFor(['urn:c', 'urn:b'])).toBe('accepted')
  expect(await verdictFor('urn:c')).toBe('401 token_audience')
  expect(await verdictFor([['urn:a']])).toBe('401 token_audience')
})

describe('a claim of the wrong type is named for operators', () => {
  test.each([
    ['iat', String(now), 'a number', 'string'],
    ['nbf', null, 'a number', 'null'],
    ['exp', String(now + 60), 'a number', 'string'],
    ['sub', 7, 'a string', 'number'],
    ['client_id', ['a'], 'a string', 'array'],
    ['jti', true, 'a string', 'boolean'],
  ])('%s: %j', async (name, value, expected, received) => {
    const { guard, request } = createScene()
    expect(await guard.check(request({ token: { [name]: value } }))).toMatchObject({
      reason: 'token_claims',
      mismatch: { name, expected: [expected], received: [received] },
    })
  })
})

describe('a required claim that is missing is named for operators', () => {
  test.each([
    ['exp', 'minimal'],
    ['jti', 'rfc9068'],
    ['iat', 'rfc9068'],
    ['client_id', 'rfc9068'],
    ['sub', 'rfc9068'],
    ['exp', 'rfc9068'],
  ] as const)('%s, with the claims %s', async (name, tokenClaims) => {
    const { guard, request } = createScene({ tokenClaims })
    expect(await guard.check(request({ token: { client_id: 'c', jti: 'j', [name]: undefined } }))).toMatchObject({
      reason: 'token_claims',
      mismatch: { name, expected: ['present'], received: ['missing'] },
    })
  })
})

describe('the time of a token', () => {
  test.each([
    [{ exp: now - 5 }, '401 token_expired', { name: 'exp', expected: [`later than ${now - 5}`] }],
    [{ nbf: now + 6 }, '401 token_not_yet_valid', { name: 'nbf', expected: [`${now + 5} or earlier`] }],
  ])('%j is outside of the tolerance', async (token, expected, mismatch) => {
    const { guard, request } = createScene()
    expect(await outcome(guard, request({ token }))).toBe(expected)
    expect(await guard.check(request({ token }))).toMatchObject({ mismatch })
  })

  test.each([{ exp: now - 4 }, { nbf: now + 5 }, { exp: now - 3.5 }])('%j is inside', async (token) => {
    const { guard, request } = createScene()
    expect(await outcome(guard, request({ token }))).toBe('accepted')
  })
})
