import { atproto, createGuard, fapi2, type GuardOptions, mcp, memoryReplayStore, verifyProof } from '@dpop-guard/core'
import { describe, expect, test } from 'vitest'
import { createTestIssuer } from '../support/test-issuer.js'

const resource = 'https://api.example.com'
const secret = 'S3cr3t-of-more-than-thirty-two-bytes!'

const { issuer, jwks } = createTestIssuer()
const good = { issuer: { issuer, jwks }, resource }

/** The message of the TypeError that these options must give. Any other outcome fails the test. */
function messageFor(options: object): string {
  return messageOf(() => createGuard({ ...good, ...options } as GuardOptions))
}

function messageOf(construct: () => unknown): string {
  try {
    construct()
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError)
    if (error instanceof TypeError) return error.message
  }
  throw new Error('the options were taken')
}

const wrongTexts: unknown[] = ['', 'Nonce', 'iat ', null, true, 1, ['nonce'], {}]

describe('freshness', () => {
  test.each(wrongTexts)('%j is refused', (freshness) => {
    expect(messageFor({ freshness })).toMatch(
      /^dpop-guard: option "freshness" must be 'iat' or 'nonce' or 'both', got /,
    )
  })

  test.each(['nonce', 'both'])("'%s' without a nonce option is refused", (freshness) => {
    expect(messageFor({ freshness })).toBe(
      'dpop-guard: option "nonce" must be given as { secrets: [...] } or { issue, check }, got undefined',
    )
  })

  test.each(['iat', undefined])('%j with a nonce option is refused, for it would be ignored', (freshness) => {
    const message = messageFor({ freshness, nonce: { secrets: [secret] } })
    expect(message).toBe('dpop-guard: option "nonce" needs "freshness" to be \'nonce\' or \'both\'')
  })

  test.each(['nonce', 'both'] as const)("'%s' with secrets makes a guard", (freshness) => {
    expect(createGuard({ ...good, freshness, nonce: { secrets: [secret] } })).toHaveProperty('check')
  })
})

describe('nonce', () => {
  const nonceMessage = (nonce: unknown) => messageFor({ freshness: 'nonce', nonce })
  const tooShort = 'dpop-guard: option "nonce.secrets" must be a list of secrets of 32 bytes or more'

  test.each([
    ['none', undefined],
    ['an empty list', []],
    ['a text instead of a list', secret],
    ['bytes instead of a list', Buffer.from(secret)],
    ['null', null],
    ['a list with undefined', [secret, undefined]],
    ['a list with a number', [secret, 32]],
    ['a list with an array of numbers', [secret, Array.from(Buffer.from(secret))]],
    ['a list with an ArrayBuffer', [secret, new ArrayBuffer(32)]],
    ['a text of 31 bytes', ['x'.repeat(31)]],
    ['31 bytes', [new Uint8Array(31)]],
    ['an empty text', ['']],
    ['15 characters of two bytes', ['é'.repeat(15)]],
    ['a short one behind a long one', [secret, 'x'.repeat(31)]],
  ])('secrets: %s, is refused, and nothing of it is shown', (_what, secrets) => {
    expect(nonceMessage({ secrets })).toBe(tooShort)
  })

  test.each(['as text', 'as bytes', 'behind another'])(
    'a secret that the documentation once showed is refused %s',
    (how) => {
      const text = 'a secret of 32 bytes or more, from your vault'
      const secrets = { 'as text': [text], 'as bytes': [Buffer.from(text)], 'behind another': [secret, text] }[how]
      expect(nonceMessage({ secrets })).toBe(
        'dpop-guard: option "nonce.secrets" holds an example of the documentation: use 32 random bytes of your own',
      )
    },
  )

  test.each([
    ['a text of 32 bytes', 'x'.repeat(32)],
    ['16 characters of two bytes', 'é'.repeat(16)],
    ['8 characters of four bytes', '\u{1f511}'.repeat(8)],
    ['32 bytes', new Uint8Array(32)],
    ['a Buffer of 32 bytes', Buffer.alloc(32, 1)],
  ])('%s is long enough for a secret', (_what, long) => {
    const options = { ...good, freshness: 'nonce', nonce: { secrets: [long] } } as const
    expect(createGuard(options)).toHaveProperty('check')
  })

  test.each([0, -1, 0.5, 60.5, 3601, Number.NaN, Number.POSITIVE_INFINITY, '60', null])(
    'rotationSeconds: %j is refused',
    (rotationSeconds) => {
      const message = nonceMessage({ secrets: [secret], rotationSeconds })
      expect(message).toMatch(/^dpop-guard: option "nonce.rotationSeconds" must be a whole number from 1 to 3600, got /)
      expect(message).not.toContain(secret)
    },
  )

  test.each([1, 60, 3600])('rotationSeconds: %d makes a guard', (rotationSeconds) => {
    const nonce = { secrets: [secret], rotationSeconds }
    expect(createGuard({ ...good, freshness: 'nonce', nonce })).toHaveProperty('check')
  })

  test.each([0, 0.5, -1, 86_401, Number.NaN, '300', null])('lifetimeSeconds: %j is refused', (lifetimeSeconds) => {
    const message = nonceMessage({ issue: () => 'n', check: () => true, lifetimeSeconds })
    expect(message).toMatch(
      /^dpop-guard: option "nonce.lifetimeSeconds" must be a number of seconds from 1 to 86400, got /,
    )
  })

  test.each<[string, object, string]>([
    ['misspelt', { secret: [secret] }, 'unknown option "nonce.secret", did you mean "nonce.secrets"?'],
    ['of both kinds', { secrets: [secret], issue: () => 'n', rotationSeconds: 1 }, 'unknown option "nonce.issue"'],
    ['with only issue()', { issue: () => 'n' }, 'unknown option "nonce.issue"'],
    ['with only check()', { check: () => true }, 'unknown option "nonce.check"'],
  ])('an object %s is refused by the name of the member', (_what, nonce, expected) => {
    const message = nonceMessage(nonce)
    expect(message).toContain(expected)
    expect(message).not.toContain(secret)
  })

  test.each([
    ['the secret itself', secret],
    ['a list of secrets', [secret]],
  ])('%s instead of an object is refused, and not shown', (_what, nonce) => {
    const message = nonceMessage(nonce)
    expect(message).toContain('"nonce"')
    expect(message).not.toContain('S3cr3t')
  })

  test('a misspelt member beside issue and check is refused', () => {
    const nonce = { issue: () => 'n', check: () => true, lifetimeSecond: 300 }
    expect(nonceMessage(nonce)).toContain('did you mean "nonce.lifetimeSeconds"?')
  })

  test('secrets beside issue and check are refused, for they would be ignored', () => {
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
    expect(createGuard({ ...good, freshness: 'both', nonce: new Service() })).toHaveProperty('check')
  })
})

describe('sendNonce', () => {
  test.each(['when-new', 'always'])("'%s' without nonces is refused", (sendNonce) => {
    expect(messageFor({ sendNonce })).toBe(
      `dpop-guard: option "sendNonce" must be left out unless "freshness" is 'nonce' or 'both', got '${sendNonce}'`,
    )
  })

  test.each(wrongTexts)('%j is refused with nonces', (sendNonce) => {
    const message = messageFor({ sendNonce, freshness: 'nonce', nonce: { secrets: [secret] } })
    expect(message).toMatch(/^dpop-guard: option "sendNonce" must be 'when-new' or 'always', got /)
  })
})

describe('verifyAccessToken', () => {
  test.each([null, true, 'introspection', {}, [() => undefined]])('%j is refused', (verifyAccessToken) => {
    expect(messageFor({ verifyAccessToken })).toMatch(
      /^dpop-guard: option "verifyAccessToken" must be a function, got /,
    )
  })

  test.each([
    ['jwksCache', {}],
    ['tokenClaims', 'minimal'],
  ])('beside %s is refused, for that would be ignored', (name, value) => {
    const message = messageFor({ issuer, verifyAccessToken: () => undefined, [name]: value })
    expect(message).toMatch(`dpop-guard: option "${name}" must be left out when "verifyAccessToken" is given, got `)
  })

  test.each([
    ['settings', { issuer, jwks }],
    ['an empty list', []],
    ['a list with settings', [issuer, { issuer }]],
    ['an empty text', ''],
    ['null', null],
  ])('takes only identifiers for issuer: %s is refused', (_what, value) => {
    expect(messageFor({ issuer: value, verifyAccessToken: () => undefined })).toMatch(
      /^dpop-guard: option "issuer" must be an issuer identifier, or a list, got /,
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

  test.each([[undefined], [[]]])('left out makes issuer required: %j is refused', (value) => {
    expect(messageFor({ issuer: value })).toMatch(/^dpop-guard: option "issuer" must be /)
  })
})

describe('hooks', () => {
  test.each(['isRevoked', 'confirmCertificate'])('%s must be a function', (name) => {
    for (const value of [null, true, false, 'yes', {}, []]) {
      expect(messageFor({ [name]: value })).toMatch(`dpop-guard: option "${name}" must be a function, got `)
    }
  })
})

describe('tokenAlgorithms', () => {
  test.each([
    ['HS256', ['HS256']],
    ['none', ['none']],
    ['a MAC behind a signature', ['ES256', 'HS512']],
    ['an encryption', ['RSA-OAEP']],
    ['a name in lower case', ['es256']],
    ['an empty list', []],
    ['a text', 'ES256'],
    ['null', null],
    ['a list with undefined', [undefined]],
  ])('%s is refused, for all issuers and for one', (_what, algorithms) => {
    expect(messageFor({ tokenAlgorithms: algorithms })).toMatch(
      /^dpop-guard: option "tokenAlgorithms" must be a list of some of ES256, /,
    )
    expect(messageFor({ issuer: { issuer, jwks, algorithms } })).toMatch(
      /^dpop-guard: option "issuer.algorithms" must be a list of some of ES256, /,
    )
  })
})

describe('tokenClaims', () => {
  test.each(['', 'RFC9068', 'none', null, true, ['sub']])('%j is refused', (tokenClaims) => {
    expect(messageFor({ tokenClaims })).toMatch(
      /^dpop-guard: option "tokenClaims" must be 'minimal' or 'rfc9068', got /,
    )
  })
})

describe('resourceMetadata', () => {
  const circle: Record<string, unknown> = {}
  circle.again = circle

  test.each([
    ['null', null, 'option "resourceMetadata" must be an object'],
    ['true', true, 'option "resourceMetadata" must be an object'],
    ['a list', [], 'option "resourceMetadata" must be an object'],
    ['a misspelt member', { scopeSupported: [] }, 'did you mean "resourceMetadata.scopesSupported"?'],
    ['scopes as a text', { scopesSupported: 'a b' }, 'option "resourceMetadata.scopesSupported" must be a list'],
    [
      'a scope with a space',
      { scopesSupported: ['a b'] },
      'option "resourceMetadata.scopesSupported" must be a list of valid texts, got ',
    ],
    [
      'a scope with a quote',
      { scopesSupported: ['a"'] },
      'option "resourceMetadata.scopesSupported" must be a list of valid texts, got ',
    ],
    [
      'an empty scope',
      { scopesSupported: ['a', ''] },
      'option "resourceMetadata.scopesSupported" must be a list of valid texts, got ',
    ],
    [
      'a scope that is no text',
      { scopesSupported: [1] },
      'option "resourceMetadata.scopesSupported" must be a list of valid texts, got ',
    ],
    [
      'servers as a text',
      { authorizationServers: issuer },
      'option "resourceMetadata.authorizationServers" must be a list',
    ],
    [
      'a server that is no URL',
      { authorizationServers: ['as'] },
      'option "resourceMetadata.authorizationServers" must be a list of valid texts, got ',
    ],
    [
      'a server that is no text',
      { authorizationServers: [null] },
      'option "resourceMetadata.authorizationServers" must be a list of valid texts, got ',
    ],
    ['additional as a list', { additional: [] }, 'option "resourceMetadata.additional" must be an object'],
    ['additional null', { additional: null }, 'option "resourceMetadata.additional" must be an object'],
    ['additional as a text', { additional: 'x' }, 'option "resourceMetadata.additional" must be an object'],
  ])('%s is refused', (_what, metadata, expected) => {
    expect(messageFor({ resourceMetadata: metadata })).toContain(expected)
  })

  test.each([
    'resource',
    'authorization_servers',
    'scopes_supported',
    'bearer_methods_supported',
    'dpop_signing_alg_values_supported',
    'dpop_bound_access_tokens_required',
  ])('%s among the additional members is refused', (member) => {
    expect(messageFor({ resourceMetadata: { additional: { resource_name: 'Orders', [member]: 'x' } } })).toBe(
      `dpop-guard: "resourceMetadata.additional" must not have "${member}", which follows from other options`,
    )
  })

  test('an additional member that JSON cannot say is named, with the reason', () => {
    const build = () => createGuard({ ...good, resourceMetadata: { additional: { big: 1n } } })
    expect(build).toThrow(
      expect.objectContaining({
        message: 'dpop-guard: option "resourceMetadata.additional" must be what JSON can say',
        cause: expect.any(TypeError),
      }),
    )
  })

  test('of a resource on a loopback host is at http', () => {
    const guard = createGuard({ ...good, resource: 'http://127.0.0.1:8080/svc1', resourceMetadata: {} })
    expect(guard.resourceMetadata?.url).toBe('http://127.0.0.1:8080/.well-known/oauth-protected-resource/svc1')
  })

  // RFC 9728 section 2: issuer identifiers, which are https URLs without query and fragment.
  test.each(['http://as.example.com', 'ftp://as.example.com', 'javascript:alert(1)', 'https://as.example.com/?a#b'])(
    'a server that cannot be an issuer, %s, is refused',
    (server) => {
      expect(messageFor({ resourceMetadata: { authorizationServers: [server] } })).toContain(
        'resourceMetadata.authorizationServers',
      )
    },
  )

  test.each([
    ['a member that JSON cannot say', { big: 1n }],
    ['a circle', circle],
  ])('%s among the additional members is refused by the name of the option', (_what, additional) => {
    expect(messageFor({ resourceMetadata: { additional } })).toContain('resourceMetadata.additional')
  })

  test.each([
    ['no http(s) URL', 'urn:example:api'],
    ['a URL within another', 'urn:example:https://api.example.com'],
    ['a URL with a query', 'https://api.example.com/?tenant=1'],
  ])('needs a resource to be found at: %s is refused', (_what, uri) => {
    const message = messageFor({ resource: uri, publicUrl: resource, resourceMetadata: {} })
    expect(message).toMatch(
      /^dpop-guard: option "resource" must be an http\(s\) URL without query, to have "resourceMetadata", got /,
    )
    expect(createGuard({ ...good, resource: uri, publicUrl: resource }).resourceMetadata).toBeUndefined()
  })
})

describe('presets', () => {
  test.each([
    ['fapi2', { ...fapi2, ...good, isRevoked: () => false }],
    ['atproto', { ...atproto, ...good, nonce: { secrets: [secret] } }],
    ['mcp', { ...mcp, ...good, resource: `${resource}/mcp` }],
  ])('%s, spread before own options, makes a guard', (_name, options) => {
    expect(createGuard(options)).toHaveProperty('check')
  })

  test('atproto without secrets is refused', () => {
    expect(messageFor(atproto)).toContain('option "nonce" must be given')
  })

  // docs/profiles.md tells users to combine the two.
  test('fapi2 with an access token function, as introspection() gives one, makes a guard', () => {
    expect(createGuard({ ...fapi2, resource, verifyAccessToken: () => undefined })).toHaveProperty('check')
  })

  test('mcp has a metadata document, the others do not', () => {
    expect(createGuard({ ...mcp, ...good }).resourceMetadata?.url).toBe(
      `${resource}/.well-known/oauth-protected-resource`,
    )
    expect(createGuard({ ...fapi2, ...good }).resourceMetadata).toBeUndefined()
  })
})

describe('verifyProof', () => {
  const request = { method: 'POST', url: 'https://as.example.com/token', headers: [] }
  const replay = memoryReplayStore()

  test.each([
    ['a bad freshness', { freshness: 'server' }, '"freshness"'],
    ['nonces that are missing', { freshness: 'nonce' }, '"nonce"'],
    ['nonces that would be ignored', { nonce: { secrets: [secret] } }, '"nonce"'],
    ['a short secret', { freshness: 'both', nonce: { secrets: ['short'] } }, '"nonce.secrets"'],
    ['sendNonce, which it does not have', { sendNonce: 'always' }, '"sendNonce"'],
  ])('rejects with a TypeError for %s', async (_what, options, name) => {
    const checked = verifyProof(request, { replayStore: replay, ...options } as Parameters<typeof verifyProof>[1])
    await expect(checked).rejects.toThrow(TypeError)
    await expect(checked).rejects.toThrow(name)
    await expect(checked).rejects.not.toThrow(secret)
  })
})
