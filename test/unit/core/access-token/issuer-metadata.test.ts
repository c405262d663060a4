// The URLs of an issuer's metadata, and the key sets that it may name. `fetch` is a stub, because the issuers have https URLs.
import type { IssuerOptions, JwksCacheOptions } from '@dpop-guard/core'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { createScene, outcome } from '../../../support/guard-scene.js'
import { listenTo } from '../../../support/published-events.js'
import { createTestIssuer } from '../../../support/test-issuer.js'
import { holdTimeLimits } from '../../../support/time-limits.js'

type Answers = Record<string, (url: string, init?: RequestInit) => Response | Promise<Response>>

/** A guard whose issuer has these answers, and 404 for any other URL, and the list of the requested URLs. */
function createDiscovery(
  issuer: string,
  answers: Answers,
  settings: Partial<IssuerOptions> = {},
  jwks: JwksCacheOptions = {},
) {
  const asked: { url: string; init: RequestInit | undefined }[] = []
  vi.stubGlobal('fetch', async (url: string, init?: RequestInit) => {
    asked.push({ url, init })
    return answers[url]?.(url, init) ?? new Response(null, { status: 404 })
  })
  onTestFinished(() => void vi.unstubAllGlobals())
  const testIssuer = createTestIssuer({ issuer })
  const scene = createScene({ issuer: { issuer, ...settings }, jwksCache: jwks }, testIssuer)
  const ask = () => outcome(scene.guard, scene.request())
  return { asked, ask, clock: scene.clock, jwks: () => Response.json(testIssuer.jwks) }
}

/** The process warnings of the test. */
function listenToWarnings(): unknown[][] {
  const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  onTestFinished(() => emitWarning.mockRestore())
  return emitWarning.mock.calls
}

const https = 'https://as.example.com'
const oauth = `${https}/.well-known/oauth-authorization-server`
const oidc = `${https}/.well-known/openid-configuration`
const outage = '503 keys_unavailable'

interface Place {
  issuer?: string
  insecureHttp?: boolean
  jwks_uri: string
}

test.each<[expected: string, place: Place]>([
  ['accepted', { jwks_uri: 'https://keys.example.com/jwks' }],
  [outage, { jwks_uri: 'http://as.example.com/jwks' }],
  [outage, { jwks_uri: 'http://127.0.0.1/jwks' }],
  [outage, { jwks_uri: 'file:///jwks' }],
  [outage, { jwks_uri: 'https://user@keys.example.com/jwks' }],
  ['accepted', { issuer: 'http://127.0.0.1', jwks_uri: 'https://keys.example.com/jwks' }],
  ['accepted', { issuer: 'http://127.0.0.1', jwks_uri: 'http://127.0.0.1/jwks' }],
  ['accepted', { issuer: 'http://localhost:8080', jwks_uri: 'http://[::1]:9090/jwks' }],
  [outage, { issuer: 'http://127.0.0.1', jwks_uri: 'http://as.example.com/jwks' }],
  [outage, { issuer: 'http://localhost', jwks_uri: 'http://localhost.example.com/jwks' }],
  [outage, { issuer: 'http://localhost', jwks_uri: 'http://10.0.0.1/jwks' }],
  [outage, { issuer: 'http://127.0.0.1', jwks_uri: 'ftp://127.0.0.1/jwks' }],
  [outage, { issuer: 'http://127.0.0.1', jwks_uri: '/jwks' }],
  ['accepted', { issuer: 'http://keycloak:8080', insecureHttp: true, jwks_uri: 'http://keycloak:8080/jwks' }],
  ['accepted', { issuer: 'http://keycloak:8080', insecureHttp: true, jwks_uri: 'http://keycloak:9090/jwks' }],
  ['accepted', { issuer: 'http://keycloak:8080', insecureHttp: true, jwks_uri: 'https://keys.example.com/jwks' }],
  ['accepted', { issuer: https, insecureHttp: true, jwks_uri: 'http://as.example.com/jwks' }],
  [outage, { issuer: 'http://keycloak:8080', insecureHttp: true, jwks_uri: 'http://as.example.com/jwks' }],
  [outage, { issuer: 'http://keycloak:8080', insecureHttp: true, jwks_uri: 'http://127.0.0.1:8080/jwks' }],
  [outage, { issuer: 'http://localhost', insecureHttp: true, jwks_uri: 'http://keycloak/jwks' }],
])('%s: %j', async (expected, { issuer = https, jwks_uri, insecureHttp }) => {
  const answers: Answers = {}
  const { asked, ask, jwks } = createDiscovery(issuer, answers, { insecureHttp })
  answers[`${issuer}/.well-known/oauth-authorization-server`] = () => Response.json({ issuer, jwks_uri })
  answers[jwks_uri] = jwks
  const events = listenTo('rejected', 'unavailable')
  expect(await ask()).toBe(expected)
  expect(asked.some(({ url }) => url === jwks_uri)).toBe(expected === 'accepted')
  const message = expect.stringContaining(`names a place for jwks_uri that must not be asked: ${jwks_uri}; `)
  expect(events).toMatchObject(expected === 'accepted' ? [] : [{ error: { message } }])
})

test('asks for JSON, follows no redirect, and has a time limit', async () => {
  const { asked, ask } = createDiscovery(https, {})
  expect(await ask()).toBe(outage)
  expect(asked.map(({ url }) => url)).toEqual([oauth, oidc])
  for (const { init } of asked) {
    expect(init).toMatchObject({ headers: { accept: 'application/json' }, redirect: 'manual' })
    expect(init?.signal).toBeInstanceOf(AbortSignal)
  }
})

const tooMuch = 'is not JSON, or has more levels or members than such a document needs'
const metadataOf = (issuer: string) => ({ issuer, jwks_uri: `${issuer}/jwks` })
const nest = (levels: number): unknown[] => (levels === 1 ? [] : [nest(levels - 1)])
const members = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`member-${at}`, at]))

test('accepts a document of 32 levels and 2 000 members', async () => {
  const answers: Answers = {
    [oauth]: () => Response.json({ ...metadataOf(https), ...members(2000), more: nest(31) }),
  }
  const { ask, jwks } = createDiscovery(https, answers)
  answers[`${https}/jwks`] = jwks
  expect(await ask()).toBe('accepted')
})

/** Useless answers of the first URL. */
const useless: [what: string, first: () => Response | Promise<Response>, message: string][] = [
  ['404 without a body', () => new Response(null, { status: 404 }), 'answered 404'],
  ['a page of HTML', () => new Response('<!doctype html>'), 'is not JSON'],
  ['an empty body', () => new Response(''), 'is not JSON'],
  ['no body', () => new Response(null), 'is not JSON'],
  ['499', () => new Response('no', { status: 499 }), 'answered 499'],
  ['500', () => new Response('no', { status: 500 }), 'answered 500'],
  ['503', () => new Response('no', { status: 503 }), 'answered 503'],
  ['204', () => new Response(null, { status: 204 }), 'answered 204'],
  ['a redirect', () => new Response(null, { status: 302, headers: { location: oidc } }), 'answered 302'],
  ['an empty object', () => Response.json({}), 'names no issuer'],
  ['a list', () => Response.json([]), 'is not a JSON object'],
  ['null', () => Response.json(null), 'is not a JSON object'],
  ['no key set', () => Response.json({ issuer: https }), 'has no jwks_uri'],
  [
    'no connection',
    () => Promise.reject(new TypeError('fetch failed', { cause: rejected })),
    'cannot be reached: ECONNREFUSED',
  ],
  ['33 levels', () => Response.json({ ...metadataOf(https), more: nest(32) }), tooMuch],
  ['4 000 members', () => Response.json({ ...metadataOf(https), ...members(4000) }), tooMuch],
  ['more than 1 MiB', () => new Response('['.repeat(1024 * 1024 + 1)), 'is longer than 1048576 bytes'],
]
const rejected = Object.assign(new Error('rejected'), { code: 'ECONNREFUSED' })

/** Documents of the first URL that must not be believed. */
const contradicting: [what: string, document: object, message: string][] = [
  [
    'another issuer',
    { issuer: 'https://attacker.example', jwks_uri: 'https://attacker.example/jwks' },
    'names another issuer: https://attacker.example',
  ],
  ['the issuer with a slash', { issuer: `${https}/`, jwks_uri: `${https}/jwks` }, `names another issuer: ${https}/`],
  ['an issuer that is a list', { issuer: [https], jwks_uri: `${https}/jwks` }, 'names another issuer: array'],
  ['a string that forges a line', { issuer: 'x\r\ny' }, 'names another issuer: x\\u000d\\u000ay'],
  [
    'a key set over http',
    { issuer: https, jwks_uri: 'http://as.example.com/jwks' },
    'names a place for jwks_uri that must not be asked: http://as.example.com/jwks',
  ],
  [
    'a key set on this machine',
    { issuer: https, jwks_uri: 'http://localhost/jwks' },
    'names a place for jwks_uri that must not be asked: http://localhost/jwks',
  ],
  [
    'a key set that is a number',
    { issuer: https, jwks_uri: 1 },
    'names a place for jwks_uri that must not be asked: number',
  ],
]

const goodDocument = () => Response.json({ issuer: https, jwks_uri: `${https}/jwks` })

describe('if the first URL', () => {
  test.each(useless)('answers with %s, the OpenID document is fetched', async (_, first) => {
    const warnings = listenToWarnings()
    const answers: Answers = {}
    const { asked, ask, jwks } = createDiscovery(https, answers)
    Object.assign(answers, { [oauth]: first, [oidc]: goodDocument, [`${https}/jwks`]: jwks })
    expect(await ask()).toBe('accepted')
    expect(asked.map(({ url }) => url)).toEqual([oauth, oidc, `${https}/jwks`])
    expect(warnings).toEqual([])
  })

  test.each(contradicting)(
    'names %s, it is not believed, operators are warned, and the OpenID document is fetched',
    async (_, document, message) => {
      const warnings = listenToWarnings()
      const answers: Answers = {}
      const { asked, ask, jwks } = createDiscovery(https, answers)
      Object.assign(answers, { [oauth]: () => Response.json(document), [oidc]: goodDocument, [`${https}/jwks`]: jwks })
      expect(await ask()).toBe('accepted')
      expect(asked.map(({ url }) => url)).toEqual([oauth, oidc, `${https}/jwks`])
      expect(warnings).toEqual([[`dpop-guard: ${oauth} ${message}`, { code: 'DPOP_GUARD_ISSUER' }]])
    },
  )

  test('never answers, the OpenID document and the key set have their own share of the time', async () => {
    const limits = holdTimeLimits()
    const hangs = (_url: URL, init?: RequestInit) =>
      new Promise<Response>((_resolve, reject) => {
        init?.signal?.addEventListener('abort', () => reject(init.signal?.reason))
        limits.end()
      })
    const answers: Answers = {}
    const { asked, ask, jwks } = createDiscovery(https, answers, {}, { timeoutSeconds: 2 })
    Object.assign(answers, { [oauth]: hangs, [oidc]: goodDocument, [`${https}/jwks`]: jwks })
    expect(await ask()).toBe('accepted')
    expect(asked.map(({ url }) => url)).toEqual([oauth, oidc, `${https}/jwks`])
    const [first = 2, second = 2] = limits.seconds
    expect(first).toBeLessThanOrEqual(0.667)
    expect(second).toBeLessThanOrEqual(1)
  })

  test('always contradicts the second, operators are warned once', async () => {
    const warnings = listenToWarnings()
    const answers: Answers = {}
    const { ask, jwks, clock } = createDiscovery(https, answers, {}, { cacheSeconds: 1, maxStaleSeconds: 0 })
    Object.assign(answers, {
      [oauth]: () => Response.json({ issuer: `${https}/` }),
      [oidc]: goodDocument,
      [`${https}/jwks`]: jwks,
    })
    for (let hours = 0; hours < 3; hours++) {
      expect(await ask()).toBe('accepted')
      clock.now += 3600
    }
    expect(warnings).toHaveLength(1)
  })
})

describe('if no URL has usable metadata, operators see what each URL answered:', () => {
  const answersOf = (document: object) => () => Response.json(document)
  const seconds = [
    ...useless,
    ...contradicting.map(([what, document, message]) => [what, answersOf(document), message] as const),
  ]

  test.each(seconds)('%s', async (_, second, message) => {
    const { ask } = createDiscovery(https, { [oauth]: () => new Response('no', { status: 500 }), [oidc]: second })
    const events = listenTo('rejected', 'unavailable')
    expect(await ask()).toBe(outage)
    const expected = `no metadata of ${https} can be used: ${oauth} answered 500; ${oidc} ${message}`
    expect(events).toMatchObject([{ reason: 'keys_unavailable', error: { message: expected } }])
  })
})

test.each([
  ['https://as.example.com/', oauth, oidc],
  [
    'https://as.example.com/t/v2.0',
    `${oauth}/t/v2.0`,
    'https://as.example.com/t/v2.0/.well-known/openid-configuration',
  ],
  ['https://as.example.com/t/', `${oauth}/t`, 'https://as.example.com/t/.well-known/openid-configuration'],
  ['https://as.example.com//t', `${oauth}//t`, 'https://as.example.com//t/.well-known/openid-configuration'],
  ['https://as.example.com/a%20b', `${oauth}/a%20b`, 'https://as.example.com/a%20b/.well-known/openid-configuration'],
])('looks for the metadata of %s on its own host, with its path', async (issuer, first, second) => {
  const { asked, ask } = createDiscovery(issuer, {})
  expect(await ask()).toBe(outage)
  expect(asked.map(({ url }) => url)).toEqual([first, second])
})
