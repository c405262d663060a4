import { createGuard } from '@dpop-guard/core'
import { describe, expect, test } from 'vitest'
import { goodOptions, messageFor } from '../../../support/option-errors.js'

const secret = 'S3cr3t-of-more-than-thirty-two-bytes!'

const wrongTexts: unknown[] = ['', 'Nonce', 'iat ', null, true, 1, ['nonce'], {}]

describe('nonce', () => {
  const nonceMessage = (nonce: unknown) => messageFor({ freshness: 'nonce', nonce })
  const tooShort =
    'dpop-guard: "nonce.secrets" must be a list of secrets of 32 bytes or more, got a value that is not shown'

  test.each([
    ['none', undefined],
    ['an empty list', []],
    ['a string instead of a list', secret],
    ['bytes instead of a list', Buffer.from(secret)],
    ['null', null],
    ['a list with undefined', [secret, undefined]],
    ['a list with a number', [secret, 32]],
    ['a list with an array of numbers', [secret, Array.from(Buffer.from(secret))]],
    ['a list with an ArrayBuffer', [secret, new ArrayBuffer(32)]],
    ['a string of 31 bytes', ['x'.repeat(31)]],
    ['31 bytes', [new Uint8Array(31)]],
    ['an empty string', ['']],
    ['15 characters of two bytes', ['é'.repeat(15)]],
    ['a short one after a long one', [secret, 'x'.repeat(31)]],
  ])('secrets: %s, is rejected, and not shown', (_what, secrets) => {
    expect(nonceMessage({ secrets })).toBe(tooShort)
  })

  test.each(['as text', 'as bytes', 'behind another'])(
    'a secret that the documentation once showed is rejected %s',
    (how) => {
      const text = 'a secret of 32 bytes or more, from your vault'
      const secrets = { 'as text': [text], 'as bytes': [Buffer.from(text)], 'behind another': [secret, text] }[how]
      expect(nonceMessage({ secrets })).toBe(
        'dpop-guard: "nonce.secrets" must be 32 random bytes of your own, got an example of the documentation',
      )
    },
  )

  test.each([
    ['a string of 32 bytes', 'x'.repeat(32)],
    ['16 characters of two bytes', 'é'.repeat(16)],
    ['8 characters of four bytes', '\u{1f511}'.repeat(8)],
    ['32 bytes', new Uint8Array(32)],
    ['a Buffer of 32 bytes', Buffer.alloc(32, 1)],
  ])('%s is long enough for a secret', (_what, long) => {
    const options = { ...goodOptions, freshness: 'nonce', nonce: { secrets: [long] } } as const
    expect(createGuard(options)).toHaveProperty('check')
  })

  test.each([0, -1, 0.5, 60.5, 3601, Number.NaN, Number.POSITIVE_INFINITY, '60', null])(
    'rotationSeconds: %j is rejected',
    (rotationSeconds) => {
      const message = nonceMessage({ secrets: [secret], rotationSeconds })
      expect(message).toMatch(/^dpop-guard: "nonce.rotationSeconds" must be a whole number from 1 to 3600, got /)
      expect(message).not.toContain(secret)
    },
  )

  test.each([1, 60, 3600])('rotationSeconds: %d makes a guard', (rotationSeconds) => {
    const nonce = { secrets: [secret], rotationSeconds }
    expect(createGuard({ ...goodOptions, freshness: 'nonce', nonce })).toHaveProperty('check')
  })

  test.each([0, 0.5, -1, 86_401, Number.NaN, '300', null])('lifetimeSeconds: %j is rejected', (lifetimeSeconds) => {
    const message = nonceMessage({ issue: () => 'n', check: () => true, lifetimeSeconds })
    expect(message).toMatch(/^dpop-guard: "nonce.lifetimeSeconds" must be a number of seconds from 1 to 86400, got /)
  })

  test.each<[string, object, string]>([
    ['misspelt', { secret: [secret] }, 'unknown option "nonce.secret", did you mean "nonce.secrets"?'],
    ['of both kinds', { secrets: [secret], issue: () => 'n', rotationSeconds: 1 }, 'unknown option "nonce.issue"'],
    ['with only issue()', { issue: () => 'n' }, 'unknown option "nonce.issue"'],
    ['with only check()', { check: () => true }, 'unknown option "nonce.check"'],
  ])('an object %s is rejected, with the name of the member', (_what, nonce, expected) => {
    const message = nonceMessage(nonce)
    expect(message).toContain(expected)
    expect(message).not.toContain(secret)
  })

  test.each([
    ['the secret itself', secret],
    ['a list of secrets', [secret]],
  ])('%s instead of an object is rejected, and not shown', (_what, nonce) => {
    const message = nonceMessage(nonce)
    expect(message).toContain('"nonce"')
    expect(message).not.toContain('S3cr3t')
  })

  test('a misspelt member together with issue and check is rejected', () => {
    const nonce = { issue: () => 'n', check: () => true, lifetimeSecond: 300 }
    expect(nonceMessage(nonce)).toContain('did you mean "nonce.lifetimeSeconds"?')
  })

  test('secrets together with issue and check are rejected, because they would be ignored', () => {
    const message = nonceMessage({ issue: () => 'n', check: () => true, secrets: [secret] })
    expect(message).toContain('nonce.secrets')
    expect(message).not.toContain('S3cr3t')
  })

  test('an instance of a class with issue and check makes a guard', () => {
    class Service {
      issue(): string {
        return 'n'
      }
      check(nonce: string): boolean {
        return nonce === this.issue()
      }
    }
    expect(createGuard({ ...goodOptions, freshness: 'both', nonce: new Service() })).toHaveProperty('check')
    const withMore = Object.assign(new Service(), { secrets: [secret] })
    expect(createGuard({ ...goodOptions, freshness: 'both', nonce: withMore })).toHaveProperty('check')
    Object.defineProperty(withMore, 'lifetimeSeconds', { get: () => expect.unreachable() })
    expect(nonceMessage(withMore)).toBe('dpop-guard: "nonce.lifetimeSeconds" must be readable, got an error')
  })

  test.each(['issue', 'check'])('a service whose %s cannot be read is a TypeError that names it', (name) => {
    const service = Object.defineProperty({ issue: () => 'n', check: () => true }, name, {
      get: () => expect.unreachable(),
    })
    expect(nonceMessage(service)).toBe(`dpop-guard: "nonce.${name}" must be readable, got an error`)
  })

  test.each([secret, 7, [secret]])('%j is rejected, and not shown', (nonce) => {
    expect(nonceMessage(nonce)).toBe(
      'dpop-guard: "nonce" must be { secrets: [...] } or { issue, check }, got a value that is not shown',
    )
  })
})

describe('sendNonce', () => {
  test.each(['when-new', 'always'])("'%s' without nonces is rejected", (sendNonce) => {
    expect(messageFor({ sendNonce })).toBe('dpop-guard: "sendNonce" needs freshness: "nonce" or "both"')
  })

  test.each(['when-new', 'always'])("'%s' with adaptive freshness is rejected", (sendNonce) => {
    const message = messageFor({ sendNonce, freshness: 'adaptive', nonce: { secrets: [secret] } })
    expect(message).toBe('dpop-guard: "sendNonce" needs freshness: "nonce" or "both"')
  })

  test.each(wrongTexts)('%j is rejected with nonces', (sendNonce) => {
    const message = messageFor({ sendNonce, freshness: 'nonce', nonce: { secrets: [secret] } })
    expect(message).toMatch(/^dpop-guard: "sendNonce" must be "when-new" or "always", got /)
  })
})
