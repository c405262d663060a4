import { createGuard, type GuardOptions, privateMembers, type Rejection } from '@dpop-guard/core'
import { describe, expect, test } from 'vitest'
import { createScene, mistyped, now, outcome, resource } from '../../support/guard-scene.js'
import { messageOf } from '../../support/option-errors.js'
import { createProofClient, type SignatureAlgorithm } from '../../support/proof-client.js'
import { createTestIssuer } from '../../support/test-issuer.js'

const issuer = 'https://as.example.com'
const good = { issuer, resource }
const jwks = createTestIssuer().jwks

const make = (options: Record<string, unknown>) => createGuard(mistyped<GuardOptions>({ ...good, ...options }))

const url = 'an https URL without query and fragment (http only on a loopback host)'
const urlOrWaysOut =
  'an https URL without query and fragment (http only on a loopback host; elsewhere use { issuer, jwks } with its keys, or ' +
  '{ issuer, insecureHttp: true } in a network in which nobody else can answer)'
const tokenAlgorithms =
  'ES256, ES384, ES512, PS256, PS384, PS512, RS256, RS384, RS512, Ed25519, EdDSA, ' + 'ML-DSA-44, ML-DSA-65, ML-DSA-87'

/** The expected value in the message for an option. If it depends on the error, a list of which one must match. */
const mustBe: Record<string, string[]> = {
  issuer: ['a list of one issuer or more', 'an object', url, urlOrWaysOut],
  'issuer[0]': ['an object'],
  'issuer[1]': [url, 'listed only once'],
  'issuer.issuer': [url, urlOrWaysOut, "a string, as in the tokens' iss"],
  'issuer[0].issuer': [url],
  'issuer.insecureHttp': ['true or false'],
  'issuer.jwksUri': [
    'an https URL (http only on a loopback host)',
    "an https URL (http only on a loopback host or the issuer's own host)",
  ],
  'issuer.algorithms': [`a list of some of ${tokenAlgorithms}`],
  'issuer.typ': ['"at+jwt" or "any"'],
  resource: [
    'an absolute URI without fragment, such as https://api.example.com',
    'an https URL (http only on a loopback host)',
  ],
  audience: ['a string or a list of strings'],
  publicUrl: ['a base URL: https (http only on a loopback host), with no query and fragment'],
  mode: ['"dpop-only" or "bearer-and-dpop"'],
  clockToleranceSeconds: ['a number of seconds from 0 to 300'],
  jwksCache: ['an object'],
  'jwksCache.cacheSeconds': ['a number of seconds from 1 to 86400'],
  'jwksCache.cooldownSeconds': ['a number of seconds from 1 to 3600'],
  'jwksCache.timeoutSeconds': ['a number of seconds from 0.1 to 60'],
  'jwksCache.maxStaleSeconds': ['a number of seconds from 0 to 86400'],
  tokenTyp: ['"at+jwt" or "any"'],
  proof: ['an object'],
  'proof.algorithms': [
    'a list of some of ES256, ES384, ES512, PS256, RS256, Ed25519, EdDSA, ML-DSA-44, ML-DSA-65, ML-DSA-87',
  ],
  'proof.maxAgeSeconds': ['a number of seconds from 1 to 3600'],
  'proof.futureToleranceSeconds': ['a number of seconds from 0 to 3600'],
  'proof.maxLength': ['a whole number from 256 to 65536'],
  replayStore: ['a replay store with an addIfAbsent() method, or "off"'],
  requiredScopes: ['a list of scope tokens (RFC 6749 section 3.3)'],
  credentials: ['"required" or "optional"'],
  otherSchemes: ['a list of authentication schemes other than DPoP and Bearer, such as ["Basic"]'],
  cache: ['an object'],
  'cache.keys': ['a whole number from 1 to 1000000'],
  'cache.tokens': ['a whole number from 1 to 1000000'],
  realm: ['a string of printable ASCII'],
  clock: ['a function that returns seconds since the epoch'],
}

const hiddenSecret = 'cHJpdmF0ZS1wYXJ0LW9mLWEta2V5LXRoYXQtbXVzdC1ub3QtbGVhaw'

/** Every option by its full name, with invalid values and how the message shows each. */
const wrongValues: [name: string, options: Record<string, unknown>, shown: string][] = [
  ['issuer', { issuer: null }, 'null'],
  ['issuer', { issuer: 1 }, '1'],
  ['issuer', { issuer: '' }, '""'],
  ['issuer', { issuer: [] }, '[]'],
  ['issuer', { issuer: 'as.example.com' }, '"as.example.com"'],
  ['issuer', { issuer: 'http://as.example.com' }, '"http://as.example.com"'],
  ['issuer', { issuer: 'http://127.0.0.1.example.com' }, '"http://127.0.0.1.example.com"'],
  ['issuer', { issuer: 'http://localhost.example.com' }, '"http://localhost.example.com"'],
  ['issuer', { issuer: 'https://as.example.com?a=b' }, '"https://as.example.com?a=b"'],
  ['issuer', { issuer: 'https://as.example.com#a' }, '"https://as.example.com#a"'],
  ['issuer', { issuer: 'https://user@as.example.com' }, '"https://user@as.example.com"'],
  ['issuer', { issuer: ' https://as.example.com' }, '" https://as.example.com"'],
  ['issuer', { issuer: 'ftp://as.example.com' }, '"ftp://as.example.com"'],
  ['issuer[1]', { issuer: [issuer, 'nonsense'] }, '"nonsense"'],
  ['issuer[1]', { issuer: [issuer, issuer] }, '"https://as.example.com"'],
  ['issuer[0]', { issuer: [[issuer]] }, '[ "https://as.example.com" ]'],
  ['issuer[1]', { issuer: [issuer, undefined] }, 'undefined'],
  ['issuer.issuer', { issuer: { issuer: 'http://as.example.com' } }, '"http://as.example.com"'],
  ['issuer[0].issuer', { issuer: [{ issuer: 7 }] }, '7'],
  ['issuer.jwksUri', { issuer: { issuer, jwksUri: 'http://as.example.com/jwks' } }, '"http://as.example.com/jwks"'],
  ['issuer.jwksUri', { issuer: { issuer, jwksUri: null } }, 'null'],
  ['issuer.jwksUri', { issuer: { issuer, jwksUri: '/jwks' } }, '"/jwks"'],
  [
    'issuer.jwksUri',
    { issuer: { issuer, jwksUri: 'http://keys.example.com/jwks', insecureHttp: true } },
    '"http://keys.example.com/jwks"',
  ],
  ['issuer.issuer', { issuer: { issuer: 'http://as.example.com', insecureHttp: false } }, '"http://as.example.com"'],
  ['issuer.issuer', { issuer: { issuer: 'ftp://as.example.com', insecureHttp: true } }, '"ftp://as.example.com"'],
  [
    'issuer.issuer',
    { issuer: { issuer: 'http://as.example.com/?a', insecureHttp: true } },
    '"http://as.example.com/?a"',
  ],
  ['issuer.issuer', { issuer: { issuer: '', jwks } }, '""'],
  ['issuer.issuer', { issuer: { issuer: 7, jwks } }, '7'],
  ['issuer.insecureHttp', { issuer: { issuer, insecureHttp: 'yes' } }, '"yes"'],
  ['issuer.insecureHttp', { issuer: { issuer, insecureHttp: null } }, 'null'],
  ['issuer.algorithms', { issuer: { issuer, algorithms: [] } }, '[]'],
  ['issuer.algorithms', { issuer: { issuer, algorithms: 'ES256' } }, '"ES256"'],
  ['issuer.algorithms', { issuer: { issuer, algorithms: ['HS256'] } }, '[ "HS256" ]'],
  ['issuer.algorithms', { issuer: { issuer, algorithms: ['ES256', 'none'] } }, '[ "ES256", "none" ]'],
  ['issuer.typ', { issuer: { issuer, typ: 'JWT' } }, '"JWT"'],
  ['resource', { resource: null }, 'null'],
  ['resource', { resource: '' }, '""'],
  ['resource', { resource: 'api.example.com' }, '"api.example.com"'],
  ['resource', { resource: '/api' }, '"/api"'],
  ['resource', { resource: 'https://api.example.com#a' }, '"https://api.example.com#a"'],
  ['resource', { resource: 'http://api.example.com' }, '"http://api.example.com"'],
  ['resource', { resource: 'https://user:pw@api.example.com' }, '"https://user:pw@api.example.com"'],
  ['resource', { resource: 'https://\u00e4.example.com' }, '"https://\u00e4.example.com"'],
  ['resource', { resource: [resource] }, '[ "https://api.example.com" ]'],
  ['audience', { audience: '' }, '""'],
  ['audience', { audience: [] }, '[]'],
  ['audience', { audience: null }, 'null'],
  ['audience', { audience: ['a', ''] }, '[ "a", "" ]'],
  ['audience', { audience: ['a', 1] }, '[ "a", 1 ]'],
  ['audience', { audience: [{ a: { b: 1 } }] }, '[ [Object] ]'],
  ['publicUrl', { publicUrl: null }, 'null'],
  ['publicUrl', { publicUrl: '' }, '""'],
  ['publicUrl', { publicUrl: [] }, '[]'],
  ['publicUrl', { publicUrl: true }, 'true'],
  ['publicUrl', { publicUrl: 'api.example.com' }, '"api.example.com"'],
  ['publicUrl', { publicUrl: 'http://api.example.com' }, '"http://api.example.com"'],
  ['publicUrl', { publicUrl: 'http://10.0.0.1:8080' }, '"http://10.0.0.1:8080"'],
  ['publicUrl', { publicUrl: 'https://api.example.com/?a' }, '"https://api.example.com/?a"'],
  ['publicUrl', { publicUrl: 'https://api.example.com/#a' }, '"https://api.example.com/#a"'],
  ['publicUrl', { publicUrl: 'https://user@api.example.com' }, '"https://user@api.example.com"'],
  ['publicUrl', { publicUrl: 'https://api.example.com\\svc' }, '"https://api.example.com\\\\svc"'],
  ['publicUrl', { publicUrl: 'https://api.example.com/%zz' }, '"https://api.example.com/%zz"'],
  ['publicUrl', { publicUrl: [resource, 'nonsense'] }, '"nonsense"'],
  ['mode', { mode: 'bearer' }, '"bearer"'],
  ['mode', { mode: null }, 'null'],
  ['mode', { mode: ['dpop-only'] }, '[ "dpop-only" ]'],
  ['clockToleranceSeconds', { clockToleranceSeconds: -1 }, '-1'],
  ['clockToleranceSeconds', { clockToleranceSeconds: 301 }, '301'],
  ['clockToleranceSeconds', { clockToleranceSeconds: 5000 }, '5000'],
  ['clockToleranceSeconds', { clockToleranceSeconds: '5' }, '"5"'],
  ['clockToleranceSeconds', { clockToleranceSeconds: Number.NaN }, 'NaN'],
  ['clockToleranceSeconds', { clockToleranceSeconds: null }, 'null'],
  ['jwksCache', { jwksCache: [] }, '[]'],
  ['jwksCache', { jwksCache: null }, 'null'],
  ['jwksCache.cacheSeconds', { jwksCache: { cacheSeconds: 0 } }, '0'],
  ['jwksCache.cacheSeconds', { jwksCache: { cacheSeconds: 600_000 } }, '600000'],
  ['jwksCache.cacheSeconds', { jwksCache: { cacheSeconds: '600' } }, '"600"'],
  ['jwksCache.cooldownSeconds', { jwksCache: { cooldownSeconds: 0 } }, '0'],
  ['jwksCache.cooldownSeconds', { jwksCache: { cooldownSeconds: 30_000 } }, '30000'],
  ['jwksCache.timeoutSeconds', { jwksCache: { timeoutSeconds: 0 } }, '0'],
  ['jwksCache.timeoutSeconds', { jwksCache: { timeoutSeconds: 5000 } }, '5000'],
  ['jwksCache.timeoutSeconds', { jwksCache: { timeoutSeconds: Number.POSITIVE_INFINITY } }, 'Infinity'],
  ['jwksCache.maxStaleSeconds', { jwksCache: { maxStaleSeconds: -1 } }, '-1'],
  ['jwksCache.maxStaleSeconds', { jwksCache: { maxStaleSeconds: 3_600_000 } }, '3600000'],
  ['tokenTyp', { tokenTyp: 'JWT' }, '"JWT"'],
  ['tokenTyp', { tokenTyp: true }, 'true'],
  ['proof', { proof: 'strict' }, '"strict"'],
  ['proof', { proof: null }, 'null'],
  ['proof', { proof: [] }, '[]'],
  ['proof.algorithms', { proof: { algorithms: [] } }, '[]'],
  ['proof.algorithms', { proof: { algorithms: 'ES256' } }, '"ES256"'],
  ['proof.algorithms', { proof: { algorithms: new Array(1) } }, '[ <1 empty item> ]'],
  ['proof.algorithms', { proof: { algorithms: ['none'] } }, '[ "none" ]'],
  ['proof.algorithms', { proof: { algorithms: ['HS256'] } }, '[ "HS256" ]'],
  ['proof.algorithms', { proof: { algorithms: ['ES256', 'es256'] } }, '[ "ES256", "es256" ]'],
  ['proof.algorithms', { proof: { algorithms: ['Ed448'] } }, '[ "Ed448" ]'],
  ['proof.algorithms', { proof: { algorithms: ['toString'] } }, '[ "toString" ]'],
  ['proof.maxAgeSeconds', { proof: { maxAgeSeconds: 0 } }, '0'],
  ['proof.maxAgeSeconds', { proof: { maxAgeSeconds: 60_000 } }, '60000'],
  ['proof.maxAgeSeconds', { proof: { maxAgeSeconds: '60' } }, '"60"'],
  ['proof.futureToleranceSeconds', { proof: { futureToleranceSeconds: -1 } }, '-1'],
  ['proof.futureToleranceSeconds', { proof: { futureToleranceSeconds: 30_000 } }, '30000'],
  ['proof.maxLength', { proof: { maxLength: 255 } }, '255'],
  ['proof.maxLength', { proof: { maxLength: 65_537 } }, '65537'],
  ['proof.maxLength', { proof: { maxLength: 300.5 } }, '300.5'],
  ['replayStore', { replayStore: null }, 'null'],
  ['replayStore', { replayStore: false }, 'false'],
  ['replayStore', { replayStore: 'none' }, '"none"'],
  ['replayStore', { replayStore: {} }, '{}'],
  ['replayStore', { replayStore: { addIfAbsent: true } }, '{ addIfAbsent: true }'],
  ['cache', { cache: 10_000 }, '10000'],
  ['cache.keys', { cache: { keys: 0 } }, '0'],
  ['cache.keys', { cache: { keys: 1.5 } }, '1.5'],
  ['cache.tokens', { cache: { tokens: 1_000_001 } }, '1000001'],
  ['cache.tokens', { cache: { tokens: Number.POSITIVE_INFINITY } }, 'Infinity'],
  ['requiredScopes', { requiredScopes: 'orders:read' }, '"orders:read"'],
  ['requiredScopes', { requiredScopes: null }, 'null'],
  ['requiredScopes', { requiredScopes: ['a b'] }, '[ "a b" ]'],
  ['requiredScopes', { requiredScopes: [''] }, '[ "" ]'],
  ['requiredScopes', { requiredScopes: ['a"'] }, '[ "a\\"" ]'],
  ['credentials', { credentials: false }, 'false'],
  ['credentials', { credentials: 'omit' }, '"omit"'],
  ...(
    [
      ['Basic', '"Basic"'],
      [null, 'null'],
      [[], '[]'],
      [[''], '[ "" ]'],
      [['Basic', 1], '[ "Basic", 1 ]'],
      [['Basic '], '[ "Basic " ]'],
      [['Ba(sic'], '[ "Ba(sic" ]'],
      [['Basic', 'dPoP'], '[ "Basic", "dPoP" ]'],
      [['BEARER'], '[ "BEARER" ]'],
      [new Array(1), '[ <1 empty item> ]'],
    ] as const
  ).map(([otherSchemes, shown]): (typeof wrongValues)[number] => [
    'otherSchemes',
    { credentials: 'optional', otherSchemes },
    shown,
  ]),
  ['realm', { realm: '' }, '""'],
  ['realm', { realm: 'a\r\nb' }, '"a\\r\\nb"'],
  ['realm', { realm: '\u00fc' }, '"\u00fc"'],
  ['realm', { realm: `${'a'.repeat(61)}\n` }, `"${'a'.repeat(60)}"... 2 more characters`],
  ['requiredScopes', { requiredScopes: Array(9).fill('a b c d e') }, `[ ${Array(9).fill('"a b c d e"').join(', ')} ]`],
  ['realm', { realm: 1 }, '1'],
  ['clock', { clock: 0 }, '0'],
  ['clock', { clock: null }, 'null'],
]

describe('createGuard', () => {
  test.each(wrongValues)('rejects %s in %o and shows the value', (name, options, shown) => {
    const message = messageOf(() => make(options))
    const messages = mustBe[name]?.map((what) => `dpop-guard: "${name}" must be ${what}, got ${shown}`)
    expect(messages).toContain(message)
  })

  test.each([
    ['issuer', { issuer: undefined }, "the authorization server's URL, as in its metadata"],
    ['issuer.issuer', { issuer: {} }, "the authorization server's URL, as in its metadata"],
    ['issuer.issuer', { issuer: { jwks } }, "the authorization server's URL, as in its metadata"],
    ['resource', { resource: undefined }, "this API's URL, as its clients write it"],
    [
      'publicUrl',
      { resource: 'urn:example:api' },
      'where clients find this API, because "resource" is not an http(s) URL',
    ],
    [
      'publicUrl',
      { resource: 'urn:example:https://api.example.com' },
      'where clients find this API, because "resource" is not an http(s) URL',
    ],
  ])('says that %s is required, and its meaning: %o', (name, options, meaning) => {
    expect(messageOf(() => make(options))).toBe(`dpop-guard: option "${name}" is required: ${meaning}`)
  })

  test('rejects an issuer with both jwks and jwksUri, and shows neither', () => {
    const message = messageOf(() => make({ issuer: { issuer, jwks, jwksUri: `${issuer}/jwks` } }))
    expect(message).toBe('dpop-guard: "issuer.jwks" needs "issuer.jwksUri" to be left out')
  })

  test.each([
    [undefined, 'undefined'],
    [null, 'null'],
    ['https://as.example.com', '"https://as.example.com"'],
    [[{ secrets: { d: hiddenSecret } }], '[ [Object] ]'],
    [[1, 2, 3, 4, 5, 6, 7, 8], '[ 1, 2, 3, 4, 5, 6, 7, 8 ]'],
  ])('rejects %o instead of options', (value, shown) => {
    const message = messageOf(() => createGuard(mistyped(value)))
    expect(message).toBe(`dpop-guard: "options" must be an object, got ${shown}`)
  })

  test.each([
    [{ audiance: 'a' }, 'unknown option "audiance", did you mean "audience"?'],
    [{ publicURL: resource }, 'unknown option "publicURL", did you mean "publicUrl"?'],
    [{ clockTolerance: 5 }, 'unknown option "clockTolerance", did you mean "clockToleranceSeconds"?'],
    [{ Issuer: issuer }, 'unknown option "Issuer", did you mean "issuer"?'],
    [{ scopes: ['a'] }, 'unknown option "scopes", did you mean "requiredScopes"?'],
    [{ jwksUri: 'https://as.example.com/jwks' }, 'did you mean "issuer: { issuer, jwksUri }"?'],
    [{ insecureHttp: true }, 'did you mean "issuer: { issuer, insecureHttp }"?'],
    [{ accessToken: () => undefined }, 'did you mean "verifyAccessToken"?'],
    [{ revoked: () => false }, 'did you mean "isRevoked"?'],
    [{ replay: 'off' }, 'did you mean "replayStore"?'],
    [{ jwks: {} }, 'did you mean "jwksCache" or "issuer: { issuer, jwks }"?'],
    [{ metadata: {} }, 'did you mean "resourceMetadata"?'],
    [{ algorithms: ['ES256'] }, 'did you mean "proof.algorithms" or "tokenAlgorithms"?'],
    [{ guards: [] }, 'did you mean "guard"?'],
    [{ maxAge: 60 }, 'unknown option "maxAge", did you mean "proof.maxAgeSeconds"?'],
    [{ maxAgeSeconds: 60 }, 'did you mean "proof.maxAgeSeconds"?'],
    [{ maxLength: 8192 }, 'did you mean "proof.maxLength"?'],
    [{ secrets: [] }, 'did you mean "nonce: { secrets }"?'],
    [{ typ: 'any' }, 'did you mean "tokenTyp"?'],
    [{ mdoe: 'dpop-only' }, 'unknown option "mdoe", did you mean "mode"?'],
    [{ requirdScop: ['a'] }, 'unknown option "requirdScop", did you mean "requiredScopes"?'],
    [{ zzz: 1 }, 'unknown option "zzz", known are issuer, isIssuerAllowed, resource, audience,'],
    [{ url: resource }, 'unknown option "url", known are'],
    [{ x: 1 }, 'unknown option "x", known are'],
    [{ myapiissuer: issuer }, 'unknown option "myapiissuer", known are'],
    [{ proof: { algoritms: ['ES256'] } }, 'unknown option "proof.algoritms", did you mean "proof.algorithms"?'],
    [{ proof: { maxAge: 60 } }, 'unknown option "proof.maxAge", did you mean "proof.maxAgeSeconds"?'],
    [
      { jwksCache: { cacheSecond: 60 } },
      'unknown option "jwksCache.cacheSecond", did you mean "jwksCache.cacheSeconds"?',
    ],
    [{ jwksCache: { keys: [] } }, 'unknown option "jwksCache.keys", known are cacheSeconds,'],
    [{ issuer: { issuer, jwksURI: issuer } }, 'unknown option "issuer.jwksURI", did you mean "issuer.jwksUri"?'],
    [{ issuer: [{ issuer, algs: [] }] }, 'unknown option "issuer[0].algs"'],
    [{ issuer: [issuer, { isuer: issuer }] }, 'unknown option "issuer[1].isuer", did you mean "issuer[1].issuer"?'],
  ])('rejects the unknown option in %o and suggests the right one', (options, expected) => {
    expect(messageOf(() => make(options))).toContain(expected)
  })

  test('rejects a string in place of the settings of fetched keys', () => {
    expect(messageOf(() => make({ jwksCache: 'keys' }))).toBe(
      'dpop-guard: "jwksCache" must be an object of settings, got a value that is not shown',
    )
  })

  test('accepts a clock of seconds up to the year 5138', () => {
    expect(make({ clock: () => 1e11 })).toBeDefined()
    expect(messageOf(() => make({ clock: () => 1e11 + 1 }))).toContain(
      'a function that returns seconds, not milliseconds',
    )
  })

  test('keeps a copy of its lists of algorithms', async () => {
    const algorithms: SignatureAlgorithm[] = ['ES256']
    const { guard, request } = createScene({ tokenAlgorithms: algorithms })
    algorithms.length = 0
    expect(await outcome(guard, request())).toBe('accepted')
  })

  test('rejects an unknown option whose value is undefined', () => {
    expect(messageOf(() => make({ audiance: undefined }))).toContain('unknown option "audiance"')
  })

  describe('accepts http only on a loopback host:', () => {
    const loopback = ['http://localhost', 'http://localhost:8080', 'http://127.0.0.1:8080', 'http://127.1.2.3']
    test.each(loopback)('%s', (origin) => {
      expect(make({ issuer: origin })).toBeDefined()
      expect(make({ issuer: { issuer, jwksUri: `${origin}/jwks` } })).toBeDefined()
      expect(make({ resource: origin })).toBeDefined()
      expect(make({ publicUrl: `${origin}/svc1` })).toBeDefined()
    })

    test('and https on every port', () => {
      expect(make({ publicUrl: 'https://api.example.com:65535' })).toBeDefined()
    })

    test('http://[::1]:8080 as resource and as publicUrl', () => {
      expect(make({ resource: 'http://[::1]:8080' })).toBeDefined()
      expect(make({ publicUrl: 'http://[0:0:0:0:0:0:0:1]:8080' })).toBeDefined()
    })

    test('http://[::1]:8080 as issuer and as jwksUri', () => {
      expect(make({ issuer: 'http://[::1]:8080' })).toBeDefined()
      expect(make({ issuer: { issuer, jwksUri: 'http://[::1]:8080/jwks' } })).toBeDefined()
    })
  })

  describe('accepts http elsewhere', () => {
    test.each(['http://keycloak:8080/realms/x', 'urn:example:issuer', 'as.example.com', 'x'])(
      'as the identifier of an issuer with the option jwks, compared exactly: %s',
      async (identifier) => {
        const as = createTestIssuer({ issuer: identifier })
        const { guard, request } = createScene({ issuer: { issuer: identifier, jwks: as.jwks } }, as)
        expect(await outcome(guard, request())).toBe('accepted')
        expect(await outcome(guard, request({ token: { iss: `${identifier}/` } }))).toBe('401 token_issuer')
        expect(await outcome(guard, request({ token: { iss: identifier.toUpperCase() } }))).toBe('401 token_issuer')
      },
    )

    test('for an issuer that says insecureHttp: true, and its key set on its own host', () => {
      const keycloak = { issuer: 'http://keycloak:8080/realms/x', insecureHttp: true }
      expect(make({ issuer: keycloak })).toBeDefined()
      expect(make({ issuer: { ...keycloak, jwksUri: 'http://keycloak:9090/keys' } })).toBeDefined()
    })

    test('and rejects identifiers that are not URLs in resource metadata, unless authorizationServers names URLs', () => {
      const issuer = { issuer: 'urn:example:issuer', jwks }
      expect(messageOf(() => make({ issuer, resourceMetadata: {} }))).toContain(
        'option "resourceMetadata.authorizationServers" is required: the URLs of the authorization servers, because an issuer is not a URL',
      )
      const authorizationServers = ['https://as.example.com']
      expect(make({ issuer, resourceMetadata: { authorizationServers } })).toBeDefined()
    })
  })

  test.each([
    ['issuer', { issuer: 'https://as.example.com:99999' }],
    ['issuer', { issuer: 'https://1.2.3.4.5' }],
    ['issuer.jwksUri', { issuer: { issuer, jwksUri: 'https://as.example.com:99999/jwks' } }],
  ])('names the option "%s" for a host or port that cannot exist: %o', (name, options) => {
    expect(messageOf(() => make(options))).toContain(`"${name}" must be`)
  })

  test('rejects a publicUrl with a port that cannot exist', () => {
    expect(messageOf(() => make({ publicUrl: 'https://api.example.com:99999' }))).toContain('"publicUrl" must be')
  })

  describe('keys in the options', () => {
    const privateJwk = (alg: SignatureAlgorithm) => createProofClient(alg).privateKey.export({ format: 'jwk' })
    const withKeys = (keys: unknown) => make({ issuer: { issuer, jwks: keys } })

    test.each([
      undefined,
      ...[null, 1, 'keys', [], {}, { keys: null }, { keys: [] }, { keys: 'k' }, { keys: [null] }, { keys: ['k'] }],
    ])('may be undefined, and any other value that is not a key set is rejected: %o', (value) => {
      if (value === undefined) expect(withKeys(value)).toBeDefined()
      else expect(messageOf(() => withKeys(value))).toContain('"issuer.jwks" must be a JWK Set')
    })

    test('rejects a key that is a list', () => {
      expect(messageOf(() => withKeys({ keys: [[]] }))).toContain('"issuer.jwks" must be a JWK Set')
    })

    test.each(['ES256', 'PS256', 'Ed25519'] as const)('rejects a private key for %s without showing it', (alg) => {
      const jwk = privateJwk(alg)
      const message = messageOf(() => withKeys({ keys: [...jwks.keys, jwk] }))
      expect(message).toContain('"issuer.jwks" must be')
      for (const secret of [jwk.d, jwk.p, jwk.q]) if (secret !== undefined) expect(message).not.toContain(secret)
    })

    test.each(privateMembers)('rejects a public key with the private member %s among good ones', (member) => {
      const message = messageOf(() => withKeys({ keys: [...jwks.keys, { ...jwks.keys[0], [member]: hiddenSecret }] }))
      expect(message).toContain(
        'must be a JWK Set with at least one key, all public, got a set in which keys[1] is not public',
      )
      expect(message).not.toContain(hiddenSecret)
    })

    test('rejects a private key of type AKP without showing it', () => {
      const message = messageOf(() =>
        withKeys({ keys: [{ kty: 'AKP', alg: 'ML-DSA-44', pub: 'AAAA', priv: hiddenSecret }] }),
      )
      expect(message).toContain('keys[0] is not public')
      expect(message).not.toContain(hiddenSecret)
    })

    test('rejects a set in which no key can verify, and says why for each', () => {
      const [good] = jwks.keys
      const message = messageOf(() =>
        withKeys({
          keys: [
            { ...good, use: 'enc' },
            { ...good, y: good?.x },
            'a key',
            { kty: 'EC', crv: 'P-192', x: 'AAAA', y: 'AAAA' },
          ],
        }),
      )
      expect(message).toContain(
        'and one that can verify, got a set in which keys[0] is not for signatures, keys[1] is malformed, keys[2] is not an object, keys[3] is of an unknown type',
      )
    })

    test('names the first eight keys of a set in which no key can verify', () => {
      const reasonsFor = (count: number) =>
        messageOf(() => withKeys({ keys: Array.from({ length: count }, () => 'a key') })).match(
          /got a set in which (.*)$/,
        )
      const eight = Array.from({ length: 8 }, (_, index) => `keys[${index}] is not an object`).join(', ')
      expect(reasonsFor(8)?.[1]).toBe(eight)
      expect(reasonsFor(9)?.[1]).toBe(`${eight}, ...`)
    })

    test('rejects an RSA key that is weak, and no other one', () => {
      const modulus = (bits: number, last: number) => {
        const bytes = Buffer.alloc(bits / 8, 0xff)
        bytes[bytes.length - 1] = last
        return bytes.toString('base64url')
      }
      const withRsa = (n: string, e: string) => withKeys({ keys: [{ kty: 'RSA', n, e }] })
      for (const [n, e] of [
        [modulus(2048, 0xfe), 'AQAB'],
        [modulus(2040, 0xff), 'AQAB'],
        [modulus(16_392, 0xff), 'AQAB'],
        [modulus(2048, 0xff), 'AQ'],
        [modulus(2048, 0xff), 'AQAAAAE'],
      ] as const) {
        expect(messageOf(() => withRsa(n, e))).toContain('keys[0] is weak')
      }
      for (const [n, e] of [
        [modulus(2048, 0xff), 'Aw'],
        [modulus(16_384, 0xff), '_____w'],
      ] as const) {
        expect(() => withRsa(n, e)).not.toThrow()
      }
    })

    test('rejects a symmetric key without showing it', () => {
      const message = messageOf(() => withKeys({ keys: [{ kty: 'oct', k: hiddenSecret }] }))
      expect(message).toContain('"issuer.jwks" must be')
      expect(message).not.toContain(hiddenSecret)
    })

    test('rejects a private key in place of a set without showing it', () => {
      const { d = '', ...rest } = privateJwk('ES256')
      expect(messageOf(() => withKeys({ ...rest, d }))).not.toContain(d)
    })

    test.each([
      [
        'together with jwksUri',
        { issuer: { issuer, jwksUri: `${issuer}/jwks`, jwks: { kty: 'EC', d: hiddenSecret } } },
      ],
      [
        'together with jwksUri, as a string',
        { issuer: { issuer, jwksUri: `${issuer}/jwks`, jwks: `{"d":"${hiddenSecret}"}` } },
      ],
      ['as a string in jwksCache', { jwks: `{"d":"${hiddenSecret}"}` }],
    ])('does not show a private key %s', (_, options) => {
      expect(messageOf(() => make(options))).not.toContain(hiddenSecret.slice(0, 20))
    })
  })
})

const optionNames = [
  ...['audience', 'publicUrl', 'mode', 'clockToleranceSeconds', 'jwksCache', 'tokenTyp', 'proof', 'replayStore'],
  ...['requiredScopes', 'credentials', 'realm', 'clock'],
]

describe('an option that is left out', () => {
  test('and one that is undefined mean the same', async () => {
    const spelledOut = Object.fromEntries(optionNames.map((name) => [name, undefined]))
    const challengeOf = async (options: Record<string, unknown>) =>
      make(options).check({ method: 'GET', target: '/', headers: [] })
    expect(await challengeOf(spelledOut)).toEqual(await challengeOf({}))
  })

  test('in a nested object and one that is undefined mean the same', async () => {
    const undefinedProof = {
      algorithms: undefined,
      maxAgeSeconds: undefined,
      futureToleranceSeconds: undefined,
      maxLength: undefined,
    }
    for (const proof of [undefined, {}, undefinedProof]) {
      const { guard, request } = createScene({ proof })
      expect(await outcome(guard, request({ proof: { now: now - 60 } }))).toBe('accepted')
      expect(await outcome(guard, request({ proof: { now: now - 61 } }))).toBe('401 proof_expired')
      expect(await outcome(guard, request({ proof: { now: now + 30 } }))).toBe('accepted')
      expect(await outcome(guard, request({ proof: { now: now + 31 } }))).toBe('401 proof_from_future')
    }
  })

  test('allows ES256, PS256, Ed25519 and EdDSA, in this order', async () => {
    const verdict = await createScene().guard.check({ method: 'GET', target: '/', headers: [] })
    expect(verdict).toMatchObject({
      status: 401,
      headers: { 'www-authenticate': ['DPoP algs="ES256 PS256 Ed25519 EdDSA"'] },
    })
  })

  test('limits a proof to 8192 characters', async () => {
    const { guard, request } = createScene()
    const ofLength = (length: number) => {
      const { headers, ...rest } = request()
      return {
        ...rest,
        headers: headers.map((value, index) => (headers[index - 1] === 'DPoP' ? pad(value, length) : value)),
      }
    }
    const pad = (proof: string, length: number) => proof.padEnd(length, 'A')
    expect(await outcome(guard, ofLength(8192))).toBe('401 proof_signature')
    expect(await outcome(guard, ofLength(8193))).toBe('401 proof_too_long')
  })

  test('allows a token 5 seconds after its expiry', async () => {
    const { guard, request } = createScene()
    expect(await outcome(guard, request({ token: { exp: now - 4 } }))).toBe('accepted')
    expect(await outcome(guard, request({ token: { exp: now - 5 } }))).toBe('401 token_expired')
    expect(await outcome(guard, request({ token: { nbf: now + 5 } }))).toBe('accepted')
    expect(await outcome(guard, request({ token: { nbf: now + 6 } }))).toBe('401 token_not_yet_valid')
  })

  test('accepts only the resource as audience, and only tokens of the type at+jwt', async () => {
    const { guard, request, issuer: as, client } = createScene()
    expect(await outcome(guard, request({ token: { aud: [resource, 'other'] } }))).toBe('accepted')
    expect(await outcome(guard, request({ token: { aud: `${resource}/` } }))).toBe('401 token_audience')
    const accessToken = as.mint({ now, cnf: { jkt: client.jkt } }, { header: { typ: 'JWT' } })
    expect(await outcome(guard, request({ accessToken }))).toBe('401 token_typ')
  })

  test('means: DPoP only, credentials required, no scope, no realm, and replay protection', async () => {
    const { guard, request, issuer: as } = createScene()
    const bearer = { method: 'GET', target: '/', headers: ['Authorization', `Bearer ${as.mint({ now })}`] }
    expect(await outcome(guard, bearer)).toBe('401 scheme_unsupported')
    expect(await outcome(guard, { ...bearer, headers: [] })).toBe('401 credentials_missing')
    const first = request({ token: { scope: undefined } })
    expect(await outcome(guard, first)).toBe('accepted')
    expect(await outcome(guard, first)).toBe('401 proof_replayed')
  })

  test('takes the time from the system clock', async () => {
    const { guard, request, mint, clock } = createScene({ clock: undefined })
    clock.now = Math.floor(Date.now() / 1000)
    expect(await outcome(guard, request())).toBe('accepted')
    expect(await outcome(guard, request({ accessToken: mint(), proof: { now: clock.now - 120 } }))).toBe(
      '401 proof_expired',
    )
  })
})

describe('the option', () => {
  test('audience replaces the resource', async () => {
    const { guard, request } = createScene({ audience: ['urn:a', 'urn:b'] })
    expect(await outcome(guard, request({ token: { aud: 'urn:b' } }))).toBe('accepted')
    expect(await outcome(guard, request({ token: { aud: resource } }))).toBe('401 token_audience')
  })

  test('clockToleranceSeconds can be zero', async () => {
    const { guard, request } = createScene({ clockToleranceSeconds: 0 })
    expect(await outcome(guard, request({ token: { exp: now + 1 } }))).toBe('accepted')
    expect(await outcome(guard, request({ token: { exp: now } }))).toBe('401 token_expired')
  })

  test('proof sets the window, with its edges', async () => {
    const { guard, request } = createScene({ proof: { maxAgeSeconds: 5, futureToleranceSeconds: 0 } })
    expect(await outcome(guard, request({ proof: { now: now - 5 } }))).toBe('accepted')
    expect(await outcome(guard, request({ proof: { now: now - 6 } }))).toBe('401 proof_expired')
    expect(await outcome(guard, request({ proof: { now } }))).toBe('accepted')
    expect(await outcome(guard, request({ proof: { now: now + 1 } }))).toBe('401 proof_from_future')
  })

  test('proof.algorithms is an allow-list, shown in its order and each once', async () => {
    const { guard, request } = createScene({ proof: { algorithms: ['RS256', 'ES512', 'RS256'] } })
    const verdict = (await guard.check({ method: 'GET', target: '/', headers: [] })) as Rejection
    expect(verdict.headers['www-authenticate']).toEqual(['DPoP algs="RS256 ES512"'])
    expect(await outcome(guard, request())).toBe('401 proof_algorithm')
  })

  test('proof.maxLength sets the limit', async () => {
    const { guard, request } = createScene({ proof: { maxLength: 256 } })
    expect(await outcome(guard, request())).toBe('401 proof_too_long')
  })

  test("replayStore: 'off' accepts a proof again", async () => {
    const { guard, request } = createScene({ replayStore: 'off' })
    const again = request()
    expect([await outcome(guard, again), await outcome(guard, again)]).toEqual(['accepted', 'accepted'])
  })

  test('requiredScopes are all needed, and the challenge names each once', async () => {
    const { guard, request } = createScene({ requiredScopes: ['a', 'b', 'a'] })
    expect(await outcome(guard, request({ token: { scope: 'b c a' } }))).toBe('accepted')
    const verdict = (await guard.check(request({ token: { scope: 'a' } }))) as Rejection
    expect(verdict).toMatchObject({ status: 403, reason: 'scope_insufficient' })
    expect(verdict.headers['www-authenticate']).toEqual([
      'DPoP error="insufficient_scope", error_description="The access token lacks a required scope", scope="a b", ' +
        'algs="ES256 PS256 Ed25519 EdDSA"',
    ])
  })

  test.each([{}, { credentials: 'required' }, { credentials: undefined }])(
    'otherSchemes are a TypeError with %o',
    (options) => {
      expect(messageOf(() => make({ ...options, otherSchemes: ['Basic'] }))).toBe(
        'dpop-guard: "otherSchemes" needs credentials: "optional"',
      )
      expect(messageOf(() => make({ ...options, otherSchemes: [] }))).toContain('"otherSchemes" needs')
    },
  )

  test('keeps a copy of its list of other schemes', async () => {
    const otherSchemes = ['Basic']
    const { guard } = createScene({ credentials: 'optional', otherSchemes })
    otherSchemes[0] = 'Digest'
    const request = { method: 'GET', target: '/', headers: ['Authorization', 'Basic YTpi'] }
    expect(await outcome(guard, request)).toBe('accepted')
  })

  test.each([
    ['that is not listed', ['Authorization', 'Basic YTpi']],
    [
      'together with a token in a form',
      ['Authorization', 'Digest a=b', 'Content-Type', 'application/x-www-form-urlencoded'],
    ],
  ])('rejects credentials of another scheme %s', async (_, headers) => {
    const { guard } = createScene({ credentials: 'optional', otherSchemes: ['Digest'] })
    const request = { method: 'POST', target: '/', headers, body: { access_token: 'a' } }
    expect(await outcome(guard, request)).toBe('401 scheme_unsupported')
  })

  test("credentials: 'optional' accepts a request without credentials, and rejects bad ones", async () => {
    const { guard, request } = createScene({ credentials: 'optional' })
    const headers = ['Authorization', 'DPoP nonsense', 'DPoP', 'a.b.c']
    expect(await guard.check({ method: 'GET', target: '/', headers: [] })).toEqual({
      accepted: true,
      auth: undefined,
      headers: {},
    })
    expect(await outcome(guard, { method: 'GET', target: '/', headers })).toBe('401 token_malformed')
    expect(await outcome(guard, { method: 'GET', target: '/', headers: headers.slice(2) })).toBe(
      '401 proof_without_token',
    )
    expect(await outcome(guard, request())).toBe('accepted')
  })

  test('realm is in the challenges of both schemes', async () => {
    const { guard } = createScene({ realm: 'the "api"', mode: 'bearer-and-dpop' })
    const verdict = await guard.check({ method: 'GET', target: '/', headers: [] })
    expect(verdict.headers).toEqual({
      'www-authenticate': [
        'Bearer realm="the \\"api\\""',
        'DPoP realm="the \\"api\\"", algs="ES256 PS256 Ed25519 EdDSA"',
      ],
    })
  })

  test("mode: 'bearer-and-dpop' accepts an unbound Bearer token", async () => {
    const { guard, request, issuer: as, mint } = createScene({ mode: 'bearer-and-dpop' })
    const bearer = (token: string) => ({ method: 'GET', target: '/', headers: ['Authorization', `Bearer ${token}`] })
    expect(await outcome(guard, bearer(as.mint({ now })))).toBe('accepted')
    expect(await outcome(guard, bearer(mint()))).toBe('401 token_bound_as_bearer')
    expect(await outcome(guard, request())).toBe('accepted')
  })

  test("tokenTyp: 'any' accepts JWT and no type, but no proof and no ID token", async () => {
    const { guard, request, issuer: as, client } = createScene({ tokenTyp: 'any' })
    const typed = (typ: string | undefined, claims = {}) =>
      request({ accessToken: as.mint({ now, cnf: { jkt: client.jkt }, ...claims }, { header: { typ } }) })
    for (const typ of ['at+jwt', 'JWT', 'jwt', 'application/at+jwt', undefined]) {
      expect(await outcome(guard, typed(typ))).toBe('accepted')
    }
    for (const typ of ['dpop+jwt', 'logout+jwt', '']) expect(await outcome(guard, typed(typ))).toBe('401 token_typ')
    for (const claim of ['nonce', 'at_hash', 'c_hash', 's_hash']) {
      expect(await outcome(guard, typed('JWT', { [claim]: 'x' }))).toBe('401 token_typ')
    }
  })

  test('typ of an issuer overrides tokenTyp', async () => {
    const as = createTestIssuer()
    const strict = createScene({ tokenTyp: 'any', issuer: { issuer: as.issuer, jwks: as.jwks, typ: 'at+jwt' } }, as)
    const accessToken = as.mint({ now, cnf: { jkt: strict.client.jkt } }, { header: { typ: 'JWT' } })
    expect(await outcome(strict.guard, strict.request({ accessToken }))).toBe('401 token_typ')
  })

  test('algorithms of an issuer is an allow-list', async () => {
    const as = createTestIssuer()
    const withAlgorithms = (algorithms: string[]) =>
      createScene({ issuer: { issuer: as.issuer, jwks: as.jwks, algorithms } }, as)
    const permitted = withAlgorithms(['PS256', 'ES256'])
    expect(await outcome(permitted.guard, permitted.request())).toBe('accepted')
    const forbidden = withAlgorithms(['PS256', 'EdDSA'])
    expect(await outcome(forbidden.guard, forbidden.request())).toBe('401 token_algorithm')
  })

  test('proofs must be for publicUrl, with the prefix that a proxy strips', async () => {
    const { guard, request } = createScene({ publicUrl: ['https://a.example/svc1', 'https://b.example'] })
    const at = (url: string) => outcome(guard, request({ target: '/orders', proof: { url } }))
    expect(await at('https://a.example/svc1/orders')).toBe('accepted')
    expect(await at('https://b.example/orders')).toBe('accepted')
    expect(await at('https://a.example/orders')).toBe('401 proof_htu')
    expect(await at('https://b.example/svc1/orders')).toBe('401 proof_htu')
    expect(await at(`${resource}/orders`)).toBe('401 proof_htu')
  })

  test('the default public origin is that of resource, without its path and query', async () => {
    const { guard, request } = createScene({ resource: `${resource}/v1?tenant=a`, audience: resource })
    expect(await outcome(guard, request({ target: '/v1/orders' }))).toBe('accepted')
    expect(await outcome(guard, request({ proof: { url: `${resource}/v1/orders` } }))).toBe('401 proof_htu')
  })

  test('resource may be any URI if publicUrl is set', async () => {
    const { guard, request } = createScene({ resource: 'urn:example:api', publicUrl: resource })
    expect(await outcome(guard, request({ token: { aud: 'urn:example:api' } }))).toBe('accepted')
  })
})
