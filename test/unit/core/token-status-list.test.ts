// Tokens whose status is in a Token Status List. The lists of the draft's own examples are among them.
import { deflateSync } from 'node:zlib'
import { createGuard, type FetchFunction, type IssuerOptions } from '@dpop-guard/core'
import { type TokenStatusListOptions, tokenStatusList } from '@dpop-guard/core/token-status-list'
import { describe, expect, test } from 'vitest'
import { createScene, mistyped, now, outcome } from '../../support/guard-scene.js'
import { listenTo } from '../../support/published-events.js'
import { createTestIssuer } from '../../support/test-issuer.js'

const issuer = createTestIssuer()
const stranger = createTestIssuer()
const folder = 'https://as.example.com/statuslists/'
const uri = `${folder}1`
const type = 'application/statuslist+jwt'
const revoked = '401 token_revoked'
const unavailable = '503 revocation_unavailable'

/** Sixteen statuses of one bit, from section 4.1 of the draft: 1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1. */
const oneBit = { bits: 1, lst: 'eNrbuRgAAhcBXQ' }
const ofBits = (bits: number, ...bytes: number[]) => ({
  bits,
  lst: deflateSync(Buffer.from(bytes)).toString('base64url'),
})

interface ListParts {
  header?: Record<string, unknown>
  claims?: Record<string, unknown>
  signer?: typeof issuer
}

function listToken({ header, claims, signer = issuer }: ListParts = {}): string {
  const kid = issuer.jwks.keys[0]?.kid
  return signer.sign(
    { typ: 'statuslist+jwt', alg: 'ES256', kid, ...header },
    JSON.stringify({ sub: uri, iat: now, status_list: oneBit, ...claims }),
  )
}

const answer = (token: string, contentType = type) => new Response(token, { headers: { 'content-type': contentType } })

interface SceneParts {
  list?: () => Response | Promise<Response>
  options?: Partial<TokenStatusListOptions>
  settings?: Partial<IssuerOptions>
}

/** A guard with one list. `ask` sends a token with this index. */
function createLists({ list = () => answer(listToken()), options = {}, settings }: SceneParts = {}) {
  const asked: string[] = []
  const fetch: FetchFunction = async (url, { headers }) => {
    asked.push(url)
    if (url.endsWith('/jwks')) return Response.json(issuer.jwks)
    expect(headers).toEqual({ accept: type })
    return list()
  }
  const { jwks } = issuer
  const isRevoked = tokenStatusList({
    ...{ issuer: { issuer: issuer.issuer, ...(settings ?? { jwks }) }, uris: folder },
    ...options,
  })
  const scene = createScene({ isRevoked, fetch }, issuer)
  const askWith = (status: unknown) => outcome(scene.guard, scene.request({ token: { status, exp: now + 90_000 } }))
  const ask = (idx: unknown = 1, of: unknown = uri) => askWith({ status_list: { idx, uri: of } })
  return { ...scene, asked, ask, askWith }
}

describe('the status of a token', () => {
  test('is the bit of its index, lowest bit first, as in the example of the draft', async () => {
    const { ask, asked } = createLists()
    const bits: number[] = []
    for (let index = 0; index < 16; index++) bits.push((await ask(index)) === revoked ? 1 : 0)
    expect(bits).toEqual([1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1])
    expect(asked).toEqual([uri])
  })

  test.each([
    [2, [0b11_10_01_00], 4],
    [4, [0x10, 0xf2], 4],
    [8, [0, 1, 2, 255], 4],
  ])('of %i bits is valid only if it is 0', async (bits, bytes, length) => {
    const { ask } = createLists({ list: () => answer(listToken({ claims: { status_list: ofBits(bits, ...bytes) } })) })
    const outcomes = await Promise.all(Array.from({ length }, (_, index) => ask(index)))
    expect(outcomes).toEqual(['accepted', revoked, revoked, revoked])
    expect(await ask(length)).toBe(unavailable)
  })

  test('of a token without a list is rejected, or accepted with missingStatus', async () => {
    const events = listenTo('rejected')
    for (const status of [undefined, {}, { other_mechanism: {} }]) {
      expect(await createLists().askWith(status)).toBe('401 token_claims')
      expect(await createLists({ options: { missingStatus: 'accept' } }).askWith(status)).toBe('accepted')
    }
    expect(events[0]).toMatchObject({
      mismatch: { name: 'status', expected: ['a status_list'], received: ['missing'] },
    })
  })

  test.each<[what: string, status: unknown]>([
    ['a string', 'valid'],
    ['null', null],
    ['a list', []],
    ['a status_list that is null', { status_list: null }],
    ['no idx', { status_list: { uri } }],
    ['no uri', { status_list: { idx: 1 } }],
    ['a negative idx', { status_list: { idx: -1, uri } }],
    ['an idx with a fraction', { status_list: { idx: 1.5, uri } }],
    ['an idx as a string', { status_list: { idx: '1', uri } }],
    ['an idx that is no safe integer', { status_list: { idx: 2 ** 53, uri } }],
  ])('that is malformed is a malformed token, with missingStatus too: %s', async (_, status) => {
    const { askWith, asked } = createLists({ options: { missingStatus: 'accept' } })
    expect(await askWith(status)).toBe('401 token_claims')
    expect(asked).toEqual([])
  })
})

test.each([
  'https://attacker.example/statuslists/1',
  'https://as.example.com.attacker.example/statuslists/1',
  'https://as.example.com/statuslists',
  'https://as.example.com/statuslists/../admin',
  'https://as.example.com/statuslists/%2e%2e/admin',
  'https://as.example.com/statuslists\\1',
  'https://as.example.com/statuslists/1?a',
  'https://as.example.com/statuslists/1#a',
  'https://user@as.example.com/statuslists/1',
  'HTTPS://as.example.com/statuslists/1',
  'http://as.example.com/statuslists/1',
  'file:///etc/passwd',
  '',
])('a list at %s is never fetched', async (of) => {
  const { ask, asked } = createLists()
  expect(await ask(1, of)).toBe(unavailable)
  expect(asked).toEqual([])
})

test('nothing is fetched for a token of a stranger', async () => {
  const { guard, request, asked, client } = createLists()
  const status = { status_list: { idx: 1, uri } }
  const accessToken = stranger.mint({ now, cnf: { jkt: client.jkt }, status })
  expect(await outcome(guard, request({ accessToken }))).toBe('401 token_signature')
  expect(asked).toEqual([])
})

test('uris may name single lists', async () => {
  const { ask } = createLists({ options: { uris: ['https://as.example.com/other', uri] } })
  expect(await ask(1)).toBe('accepted')
  expect(await ask(1, `${folder}2`)).toBe(unavailable)
  expect(await ask(1, `${uri}/2`)).toBe(unavailable)
})

describe('a list is not believed', () => {
  const signed = (parts: ListParts) => () => answer(listToken(parts))
  test.each<[what: string, list: () => Response | Promise<Response>, message: string]>([
    ['of another type', signed({ header: { typ: 'JWT' } }), 'has another typ'],
    ['without a type', signed({ header: { typ: undefined } }), 'has another typ'],
    ['that is unsigned', signed({ header: { alg: 'none' } }), 'has an alg or crit that is not accepted'],
    ['with a MAC', signed({ header: { alg: 'HS256' } }), 'has an alg or crit that is not accepted'],
    ['with crit', signed({ header: { crit: ['a'] } }), 'has an alg or crit that is not accepted'],
    ['signed by another', signed({ signer: stranger }), 'has no valid signature of the issuer'],
    ['of an unknown key', signed({ header: { kid: 'unknown' } }), 'has no valid signature of the issuer'],
    ['for another uri', signed({ claims: { sub: `${folder}2` } }), 'is for another uri'],
    ['without sub', signed({ claims: { sub: undefined } }), 'is for another uri'],
    ['without iat', signed({ claims: { iat: undefined } }), 'has no iat, or one in the future'],
    ['from the future', signed({ claims: { iat: now + 6 } }), 'has no iat, or one in the future'],
    ['that has expired', signed({ claims: { exp: now - 5 } }), 'has expired'],
    ['whose exp is a string', signed({ claims: { exp: '9999999999' } }), 'has expired'],
    ['whose ttl is zero', signed({ claims: { ttl: 0 } }), 'has a ttl that is not a positive number'],
    ['whose ttl is a string', signed({ claims: { ttl: '1' } }), 'has a ttl that is not a positive number'],
    ['without a list', signed({ claims: { status_list: undefined } }), 'has no list of at most 8 MiB'],
    ['of three bits', signed({ claims: { status_list: { ...oneBit, bits: 3 } } }), 'has no list of at most 8 MiB'],
    ['that is not deflated', signed({ claims: { status_list: { bits: 1, lst: 'AAAA' } } }), 'has no list of at most'],
    ['that is not base64url', signed({ claims: { status_list: { bits: 1, lst: '!' } } }), 'has no list of at most'],
    [
      'that inflates to more than 8 MiB',
      signed({
        claims: {
          status_list: { bits: 1, lst: deflateSync(Buffer.alloc(8 * 1024 * 1024 + 1)).toString('base64url') },
        },
      }),
      'has no list of at most 8 MiB',
    ],
    ['that is not a JWT', () => answer('a.b'), 'is malformed'],
    ['of more than 2 MiB', () => answer('a'.repeat(2 * 1024 * 1024 + 1)), 'is longer than 2097152 bytes'],
    ['of another media type', () => answer(listToken(), 'application/jwt'), `did not answer 200 with ${type}`],
    ['with 404', () => new Response(null, { status: 404 }), `did not answer 200 with ${type}`],
    ['with a redirect', () => new Response(null, { status: 302 }), `did not answer 200 with ${type}`],
    ['that cannot be reached', () => Promise.reject(new TypeError('fetch failed')), 'cannot be reached'],
  ])('%s', async (_, list, message) => {
    const events = listenTo('unavailable')
    const { ask } = createLists({ list })
    expect(await ask(1)).toBe(unavailable)
    expect(events).toMatchObject([{ error: { message: expect.stringContaining(message) } }])
    expect(events).toMatchObject([{ error: { message: expect.stringContaining(uri) } }])
  })

  test('that inflates to exactly 8 MiB is believed', async () => {
    const lst = deflateSync(Buffer.alloc(8 * 1024 * 1024)).toString('base64url')
    const { ask } = createLists({ list: () => answer(listToken({ claims: { status_list: { bits: 8, lst } } })) })
    expect(await ask(8 * 1024 * 1024 - 1)).toBe('accepted')
    expect(await ask(8 * 1024 * 1024)).toBe(unavailable)
  })

  test('typ and media type are compared without case, and may have a prefix and parameters', async () => {
    const list = () =>
      answer(listToken({ header: { typ: 'application/StatusList+JWT' } }), `${type.toUpperCase()}; a=b`)
    expect(await createLists({ list }).ask(1)).toBe('accepted')
  })
})

describe('a list is fetched', () => {
  test('once for many tokens at once, and for cacheSeconds', async () => {
    const { ask, asked, clock } = createLists({ options: { cacheSeconds: 100 } })
    expect(await Promise.all([1, 2, 6].map((index) => ask(index)))).toEqual(Array(3).fill('accepted'))
    clock.now += 79
    expect(await ask(1)).toBe('accepted')
    expect(asked).toHaveLength(1)
    clock.now += 1
    expect(await ask(1)).toBe('accepted')
    await expect.poll(() => asked.length).toBe(2)
  })

  test.each<[name: string, claims: { ttl?: number; exp?: number }]>([
    ['ttl', { ttl: 50 }],
    ['exp', { exp: now + 50 }],
  ])('again when its own %s is over', async (_, claims) => {
    let status_list = ofBits(1, 0)
    const list = () =>
      answer(
        listToken({ claims: { ...claims, ...(claims.exp !== undefined && { exp: clock.now + 50 }), status_list } }),
      )
    const { ask, clock } = createLists({ list })
    expect(await ask(0)).toBe('accepted')
    status_list = ofBits(1, 1)
    clock.now += 39
    expect(await ask(0)).toBe('accepted')
    clock.now += 11
    expect(await ask(0)).toBe(revoked)
  })

  test('and never used when it is too old, although it cannot be fetched any more', async () => {
    let up = true
    const list = () => (up ? answer(listToken()) : new Response(null, { status: 500 }))
    const { ask, asked, clock } = createLists({ list, options: { cacheSeconds: 100 } })
    expect(await ask(1)).toBe('accepted')
    up = false
    clock.now += 99
    expect(await ask(1)).toBe('accepted')
    await expect.poll(() => asked.length).toBe(2)
    clock.now += 1
    expect(await ask(1)).toBe(unavailable)
    up = true
    clock.now += 30
    expect(await ask(1)).toBe('accepted')
  })

  test('again after 1, 2, 4 ... seconds, at most 30, while it fails', async () => {
    const { ask, asked, clock } = createLists({ list: () => new Response(null, { status: 500 }) })
    for (const seconds of [1, 2, 4, 8, 16, 30, 30]) {
      expect(await ask(1)).toBe(unavailable)
      const before = asked.length
      clock.now += seconds - 1
      expect(await ask(1)).toBe(unavailable)
      expect(asked).toHaveLength(before)
      clock.now += 1
    }
    expect(asked).toHaveLength(7)
  })

  test("with its issuer's keys, which are fetched too", async () => {
    const { ask, asked } = createLists({ settings: { jwksUri: 'https://as.example.com/jwks' } })
    expect(await ask(1)).toBe('accepted')
    expect(asked).toEqual([uri, 'https://as.example.com/jwks'])
  })

  test('with a function of its own', async () => {
    const fetch: FetchFunction = async () => answer(listToken())
    const { ask, asked } = createLists({ options: { fetch } })
    expect(await ask(1)).toBe('accepted')
    expect(asked).toEqual([])
  })

  test('no longer than timeoutSeconds', async () => {
    const { ask } = createLists({ list: () => new Promise(() => {}), options: { timeoutSeconds: 0.2 } })
    expect(await ask(1)).toBe(unavailable)
  })
})

test.each<[options: object, message: string]>([
  [{ uris: undefined }, 'option "uris" is required: '],
  [{ uris: [] }, '"uris" must be a URL, or a list of URLs'],
  [{ uris: 'http://as.example.com/' }, '"uris" must be a URL, or a list of URLs'],
  [{ uris: 'https://as.example.com' }, '"uris" must be a URL, or a list of URLs'],
  [{ issuer: undefined }, 'option "issuer" is required: '],
  [{ issuer: [issuer.issuer] }, '"issuer" must be one issuer, got '],
  [{ issuer: () => undefined }, '"issuer" must be one issuer, got '],
  [{ cacheSeconds: 0 }, '"cacheSeconds" must be a number of seconds from 1 to 86400, got 0'],
  [{ missingStatus: true }, '"missingStatus" must be "reject" or "accept", got true'],
  [{ fetch: 'a' }, '"fetch" must be a function, got "a"'],
  [{ uri: 'a' }, 'unknown option "uri", did you mean "uris"?'],
])('%j throws a TypeError', (change, message) => {
  const options = { issuer: issuer.issuer, uris: folder, ...change }
  expect(() => tokenStatusList(mistyped(options))).toThrow(`dpop-guard: ${message}`)
  expect(() => tokenStatusList(mistyped(options))).toThrow(TypeError)
})

test('other functions for isRevoked get the time and the fetch of the guard', async () => {
  const seen: unknown[] = []
  const fetch: FetchFunction = async () => Response.json({})
  const { options, request } = createScene({ fetch })
  const guard = createGuard({ ...options, isRevoked: (_token, context) => seen.push(context) === 0 })
  expect(await outcome(guard, request())).toBe('accepted')
  expect(seen).toEqual([{ now, fetch }])
})
