// What NODE_DEBUG=dpop-guard shows, in this process: node:util decides at its start whether a section is on.
import type { GuardOptions } from '@dpop-guard/core'
import { introspection } from '@dpop-guard/core/introspection'
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { createScene, mistyped } from '../support/guard-scene.js'
import { listenTo } from '../support/published-events.js'
import { startIssuerServer } from '../support/test-issuer.js'

const section = vi.hoisted(() => ({ enabled: true, lines: [] as [format: string, event: unknown][] }))

vi.mock('node:util', async (importOriginal) => ({
  ...(await importOriginal<object>()),
  debuglog: (name: string) => {
    const debug = (format: string, event: unknown) => section.lines.push([`${name}: ${format}`, event])
    return Object.defineProperty(debug, 'enabled', { get: () => section.enabled })
  },
}))

beforeEach(() => {
  section.enabled = true
  section.lines.length = 0
})

/** What is said of one good request under these options. */
async function linesOf(options: Partial<GuardOptions> = {}, target = '/orders'): Promise<typeof section.lines> {
  const { guard, request } = createScene(options)
  await guard.check(request({ target }))
  return section.lines
}

describe('without any subscriber', () => {
  test('an accepted request is one line', async () => {
    const event = expect.objectContaining({ method: 'GET', path: '/orders', scheme: 'DPoP', clientId: 'client-1' })
    expect(await linesOf()).toEqual([['dpop-guard: accepted %j', event]])
  })

  test('a rejected one too', async () => {
    const event = expect.objectContaining({ reason: 'scope_insufficient', status: 403, path: '/orders' })
    expect(await linesOf({ requiredScopes: ['admin'] })).toEqual([['dpop-guard: rejected %j', event]])
  })

  test('and one that cannot be decided', async () => {
    const event = expect.objectContaining({ reason: 'internal_error', status: 503, path: '/orders' })
    expect(await linesOf({ clock: () => Number.NaN })).toEqual([['dpop-guard: unavailable %j', event]])
  })

  test.each<[what: string, options: Partial<GuardOptions>]>([
    ['accepted', {}],
    ['rejected', { requiredScopes: ['admin'] }],
    ['unavailable', { clock: () => Number.NaN }],
  ])('nothing is written when the section is off: %s', async (_, options) => {
    section.enabled = false
    expect(await linesOf(options)).toEqual([])
  })
})

test('with a subscriber nothing more is written when the section is off', async () => {
  section.enabled = false
  const events = listenTo('accepted', 'rejected', 'unavailable')
  await linesOf()
  await linesOf({ requiredScopes: ['admin'] })
  expect(await linesOf({ clock: () => Number.NaN })).toEqual([])
  expect(events).toHaveLength(3)
})

describe('of an error', () => {
  const secretive = Object.assign(new RangeError('redis://user:secret@host', { cause: new Error('secret') }), {
    code: 'ECONNREFUSED\n',
  })

  async function errorOf(options: Partial<GuardOptions>): Promise<unknown> {
    const [[, event] = []] = await linesOf(options)
    return mistyped<{ error: unknown }>(event).error
  }

  test('that a hook or a store throws, the name and the code are shown', async () => {
    const options = { replay: { claim: () => Promise.reject(secretive) } }
    expect(await errorOf(options)).toStrictEqual({ name: 'RangeError', code: 'ECONNREFUSED?' })
  })

  test('without a code, its name', async () => {
    const options = { replay: { claim: () => Promise.reject(new TypeError('secret')) } }
    expect(await errorOf(options)).toStrictEqual({ name: 'TypeError', code: undefined })
  })

  test('that is none, its type', async () => {
    expect(await errorOf({ replay: { claim: () => Promise.reject('secret') } })).toBe('string')
  })

  test('of fetched keys, what went wrong', async () => {
    const server = await startIssuerServer()
    onTestFinished(() => server.close())
    server.behave('error-500', 'jwks')
    const { guard, request } = createScene(
      { issuer: { issuer: server.issuer, jwksUri: `${server.issuer}/jwks` } },
      server,
    )
    await guard.check(request())
    const error = { name: 'Error', code: undefined, message: `${server.issuer}/jwks answered 500`, cause: undefined }
    expect(section.lines).toMatchObject([['dpop-guard: unavailable %j', { reason: 'keys_unavailable', error }]])
  })

  const ownRequests: [reason: string, options: (error: unknown) => Partial<GuardOptions>][] = [
    ['public_url_unavailable', (error) => ({ publicUrl: () => Promise.reject(error) })],
    [
      'introspection_unavailable',
      (error) => ({
        issuer: undefined,
        accessToken: introspection({
          issuer: 'https://as.example.com',
          endpoint: 'https://as.example.com/introspect',
          clientId: 'api',
          clientAuthentication: () => {
            throw error
          },
        }),
      }),
    ],
  ]

  test.each(ownRequests)('of our own requests (%s), the message too, and what it came from', async (_, options) => {
    const cause = Object.assign(new Error('connect\r\nECONNREFUSED'), { code: 'ECONNREFUSED' })
    expect(await errorOf(options(new TypeError('fetch failed', { cause })))).toStrictEqual({
      name: 'TypeError',
      code: undefined,
      message: 'fetch failed',
      cause: { name: 'Error', code: 'ECONNREFUSED', message: 'connect??ECONNREFUSED', cause: undefined },
    })
  })
})
