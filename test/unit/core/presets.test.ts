import { atproto, createGuard, fapi2, mcp } from '@dpop-guard/core'
import { describe, expect, test } from 'vitest'
import { goodOptions, messageFor } from '../../support/option-errors.js'

const resource = 'https://api.example.com'
const secret = 'S3cr3t-of-more-than-thirty-two-bytes!'

describe('presets', () => {
  test.each([
    ['fapi2', { ...fapi2, ...goodOptions, isRevoked: () => false }],
    ['atproto', { ...atproto, ...goodOptions, nonce: { secrets: [secret] } }],
    ['mcp', { ...mcp, ...goodOptions, resource: `${resource}/mcp` }],
  ])('%s, spread before own options, makes a guard', (_name, options) => {
    expect(createGuard(options)).toHaveProperty('check')
  })

  test('atproto without secrets is rejected', () => {
    expect(messageFor(atproto)).toContain('option "nonce" is required')
  })

  // docs/profiles.md tells users to combine the two.
  test('fapi2 with an access token function, such as introspection() returns, makes a guard', () => {
    expect(createGuard({ ...fapi2, resource, verifyAccessToken: () => undefined })).toHaveProperty('check')
  })

  test('mcp has a metadata document, the others do not', () => {
    expect(createGuard({ ...mcp, ...goodOptions }).resourceMetadata?.url).toBe(
      `${resource}/.well-known/oauth-protected-resource`,
    )
    expect(createGuard({ ...fapi2, ...goodOptions }).resourceMetadata).toBeUndefined()
  })
})
