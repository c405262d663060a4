// Where an issuer's metadata is asked for, and which key sets it may name. `fetch` is a stub: the issuers are at https.
import { expect, onTestFinished, test, vi } from 'vitest'
import { createScene, outcome } from '../support/guard-scene.js'
import { listenTo } from '../support/published-events.js'
import { createTestIssuer } from '../support/test-issuer.js'

type Answers = Record<string, () => Response>

/** A guard whose issuer answers as told, and 404 otherwise; and what it was asked for. */
function createDiscovery(issuer: string, answers: Answers) {
  const asked: { url: string; init: RequestInit | undefined }[] = []
  vi.stubGlobal('fetch', async (url: URL, init?: RequestInit) => {
    asked.push({ url: url.href, init })
    return answers[url.href]?.() ?? new Response(null, { status: 404 })
  })
  onTestFinished(() => void vi.unstubAllGlobals())
  const testIssuer = createTestIssuer({ issuer })
  const scene = createScene({ issuer }, testIssuer)
  const ask = () => outcome(scene.guard, scene.request())
  return { asked, ask, jwks: () => Response.json(testIssuer.jwks) }
}

const https = 'https://as.example.com'
const oauth = `${https}/.well-known/oauth-authorization-server`
const oidc = `${https}/.well-known/openid-configuration`
const outage = '503 keys_unavailable'

test.each([
  ['https://as.example.com', 'https://keys.example.com/jwks', 'accepted'],
  ['https://as.example.com', 'http://as.example.com/jwks', outage],
  ['https://as.example.com', 'http://127.0.0.1/jwks', outage],
  ['https://as.example.com', 'file:///jwks', outage],
  ['http://127.0.0.1', 'https://keys.example.com/jwks', 'accepted'],
  ['http://127.0.0.1', 'http://127.0.0.1/jwks', 'accepted'],
  ['http://127.0.0.1', 'ftp://127.0.0.1/jwks', outage],
  ['http://127.0.0.1', '/jwks', outage],
])('of %s takes the keys of %s: %s', async (issuer, jwks_uri, expected) => {
  const answers: Answers = {}
  const { asked, ask, jwks } = createDiscovery(issuer, answers)
  answers[`${issuer}/.well-known/oauth-authorization-server`] = () => Response.json({ issuer, jwks_uri })
  answers[jwks_uri] = jwks
  const events = listenTo('rejected', 'unavailable')
  expect(await ask()).toBe(expected)
  expect(asked).toHaveLength(expected === 'accepted' ? 2 : 1)
  const error = { message: `the metadata of ${issuer} has no usable jwks_uri` }
  expect(events).toMatchObject(expected === 'accepted' ? [] : [{ error }])
})

test('asks for JSON, follows no redirect, and has a limit of time', async () => {
  const { asked, ask } = createDiscovery(https, {})
  expect(await ask()).toBe(outage)
  expect(asked.map(({ url }) => url)).toEqual([oauth, oidc])
  for (const { init } of asked) {
    expect(init).toMatchObject({ headers: { accept: 'application/json' }, redirect: 'manual' })
    expect(init?.signal).toBeInstanceOf(AbortSignal)
  }
})

test.each<[what: string, first: () => Response]>([
  ['404 without a body', () => new Response(null, { status: 404 })],
  ['a page of HTML', () => new Response('<!doctype html>')],
  ['an empty body', () => new Response('')],
  ['no body', () => new Response(null)],
  ['499', () => new Response('no', { status: 499 })],
])('goes on to OpenID Connect metadata where the first answer is %s', async (_, first) => {
  const answers: Answers = {}
  const { ask, jwks } = createDiscovery(https, answers)
  Object.assign(answers, {
    [oauth]: first,
    [oidc]: () => Response.json({ issuer: https, jwks_uri: `${https}/jwks` }),
    [`${https}/jwks`]: jwks,
  })
  expect(await ask()).toBe('accepted')
})

test.each([500, 503])('does not where it is %i: the metadata may come back', async (status) => {
  const answers: Answers = {}
  const { asked, ask, jwks } = createDiscovery(https, answers)
  Object.assign(answers, {
    [oauth]: () => new Response('no', { status }),
    [oidc]: () => Response.json({ issuer: https, jwks_uri: `${https}/jwks` }),
    [`${https}/jwks`]: jwks,
  })
  expect(await ask()).toBe(outage)
  expect(asked).toHaveLength(1)
})

test.each<[what: string, second: () => Response, message: string]>([
  ['another issuer', () => Response.json({ issuer: `${https}/` }), `the metadata of ${https} names another issuer`],
  ['no object', () => Response.json([]), `the metadata of ${https} names another issuer`],
  ['no JSON', () => new Response('<!doctype html>'), `${oidc} is not JSON`],
  ['nothing', () => new Response(null, { status: 404 }), `${oidc} answered 404`],
])('tells operators that it found %s', async (_, second, message) => {
  const { ask } = createDiscovery(https, { [oidc]: second })
  const events = listenTo('rejected', 'unavailable')
  expect(await ask()).toBe(outage)
  expect(events).toMatchObject([{ reason: 'keys_unavailable', error: { message } }])
})
