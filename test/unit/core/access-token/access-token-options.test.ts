import { createGuard } from '@dpop-guard/core'
import { describe, expect, test } from 'vitest'
import { messageFor } from '../../../support/option-errors.js'
import { createTestIssuer } from '../../../support/test-issuer.js'

const resource = 'https://api.example.com'

const { issuer, jwks } = createTestIssuer()

describe('verifyAccessToken', () => {
  test.each([null, true, 'introspection', {}, [() => undefined]])('%j is rejected', (verifyAccessToken) => {
    expect(messageFor({ verifyAccessToken })).toMatch(/^dpop-guard: "verifyAccessToken" must be a function, got /)
  })

  test.each([
    ['jwksCache', {}],
    ['tokenClaims', 'minimal'],
  ])('together with %s is rejected, because that option would be ignored', (name, value) => {
    const message = messageFor({ issuer, verifyAccessToken: () => undefined, [name]: value })
    expect(message).toBe(`dpop-guard: "${name}" needs "verifyAccessToken" to be left out`)
  })

  test.each([
    ['settings', { issuer, jwks }],
    ['an empty list', []],
    ['a list with settings', [issuer, { issuer }]],
    ['an empty string', ''],
    ['null', null],
  ])('accepts only identifiers for issuer: %s is rejected', (_what, value) => {
    expect(messageFor({ issuer: value, verifyAccessToken: () => undefined })).toMatch(
      /^dpop-guard: "issuer" must be an issuer identifier, or a list, got /,
    )
  })

  test.each([
    [undefined],
    [issuer],
    [[issuer, 'https://other.example.com']],
    ['http://as.example.com'],
    ['as.example.com'],
  ])('with the issuer %j makes a guard', (value) => {
    expect(createGuard({ resource, issuer: value, verifyAccessToken: () => undefined })).toHaveProperty('check')
  })

  test('left out makes issuer required', () => {
    expect(messageFor({ issuer: undefined })).toMatch(/^dpop-guard: option "issuer" is required: /)
    expect(messageFor({ issuer: [] })).toMatch(/^dpop-guard: "issuer" must be /)
  })
})

describe('hooks', () => {
  test.each(['isRevoked', 'confirmCertificate'])('%s must be a function', (name) => {
    for (const value of [null, true, false, 'yes', {}, []]) {
      expect(messageFor({ [name]: value })).toMatch(`dpop-guard: "${name}" must be a function, got `)
    }
  })
})

describe('tokenAlgorithms', () => {
  test.each([
    ['HS256', ['HS256']],
    ['none', ['none']],
    ['a MAC after a signature', ['ES256', 'HS512']],
    ['an encryption', ['RSA-OAEP']],
    ['a name in lower case', ['es256']],
    ['an empty list', []],
    ['a string', 'ES256'],
    ['null', null],
    ['a list with undefined', [undefined]],
  ])('%s is rejected, for all issuers and for one', (_what, algorithms) => {
    expect(messageFor({ tokenAlgorithms: algorithms })).toMatch(
      /^dpop-guard: "tokenAlgorithms" must be a list of some of ES256, /,
    )
    expect(messageFor({ issuer: { issuer, jwks, algorithms } })).toMatch(
      /^dpop-guard: "issuer.algorithms" must be a list of some of ES256, /,
    )
  })
})

describe('tokenClaims', () => {
  test.each(['', 'RFC9068', 'none', null, true, ['sub']])('%j is rejected', (tokenClaims) => {
    expect(messageFor({ tokenClaims })).toMatch(/^dpop-guard: "tokenClaims" must be "minimal" or "rfc9068", got /)
  })
})
