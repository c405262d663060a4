import { createGuard } from '@dpop-guard/core'
import { describe, expect, test } from 'vitest'
import { goodOptions, messageFor } from '../../../support/option-errors.js'

const secret = 'S3cr3t-of-more-than-thirty-two-bytes!'

const wrongTexts: unknown[] = ['', 'Nonce', 'iat ', null, true, 1, ['nonce'], {}]

describe('freshness', () => {
  test.each(wrongTexts)('%j is rejected', (freshness) => {
    expect(messageFor({ freshness })).toMatch(
      /^dpop-guard: "freshness" must be "iat", "nonce", "both" or "adaptive", got /,
    )
  })

  test.each(['nonce', 'both', 'adaptive'])("'%s' without a nonce option is rejected", (freshness) => {
    expect(messageFor({ freshness })).toBe(
      'dpop-guard: option "nonce" is required: { secrets: [...] } or { issue, check }',
    )
  })

  test.each(['iat', undefined])('%j with a nonce option is rejected, because it would be ignored', (freshness) => {
    const message = messageFor({ freshness, nonce: { secrets: [secret] } })
    expect(message).toBe('dpop-guard: "nonce" needs freshness: "nonce", "both" or "adaptive"')
  })

  test.each(['nonce', 'both', 'adaptive'] as const)("'%s' with secrets makes a guard", (freshness) => {
    expect(createGuard({ ...goodOptions, freshness, nonce: { secrets: [secret] } })).toHaveProperty('check')
  })
})
