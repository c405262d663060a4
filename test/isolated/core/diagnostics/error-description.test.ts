// The output of NODE_DEBUG=dpop-guard. It needs its own process, because node:util reads the variable at the start.
import { type GuardOptions, memoryReplayStore } from '@dpop-guard/core'
import { introspection } from '@dpop-guard/core/introspection'
import { loggable } from '@dpop-guard/core/plugin'
import { redisReplayStore, type SendCommand } from '@dpop-guard/redis'
import fc from 'fast-check'
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { createScene, mistyped } from '../../../support/guard-scene.js'
import { listenTo } from '../../../support/published-events.js'
import { startIssuerServer } from '../../../support/test-issuer.js'

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

/**
 * Checks a request that is good for each hook. It has a nonce, and its token is bound to a certificate if the hook confirms one.
 */
async function checkWith(options: Partial<GuardOptions>, target = '/orders') {
  const { guard, client, request } = createScene(options)
  const certificate = options.confirmCertificate && { 'x5t#S256': client.jkt }
  return guard.check(request({ target, token: { cnf: { jkt: client.jkt, ...certificate } }, proof: { nonce: 'n' } }))
}

/** The output for one good request with these options. */
async function linesOf(options: Partial<GuardOptions> = {}, target = '/orders'): Promise<typeof section.lines> {
  await checkWith(options, target)
  return section.lines
}

describe('without any subscriber', () => {
  test('an accepted request is one line', async () => {
    const event = expect.objectContaining({ method: 'GET', path: '/orders', scheme: 'DPoP', clientId: 'client-1' })
    expect(await linesOf()).toEqual([['dpop-guard: accepted %j', event]])
  })

  test('a rejected request is one line', async () => {
    const event = expect.objectContaining({ reason: 'scope_insufficient', status: 403, path: '/orders' })
    expect(await linesOf({ requiredScopes: ['admin'] })).toEqual([['dpop-guard: rejected %j', event]])
  })

  test('a request that cannot be decided is one line', async () => {
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
  const secretive = (parts: object = {}) =>
    Object.assign(new RangeError('redis://user:secret@host', { cause: new TypeError('secret') }), parts)
  const shown = {
    name: 'RangeError',
    code: undefined,
    message: undefined,
    cause: { name: 'TypeError', code: undefined, message: undefined, cause: undefined },
  }

  async function errorOf(options: Partial<GuardOptions>): Promise<unknown> {
    const [[, event] = []] = await linesOf(options)
    return mistyped<{ error: unknown }>(event).error
  }

  const thrownByStore = (error: unknown) => errorOf({ replayStore: { addIfAbsent: () => Promise.reject(error) } })

  const hooks: [hook: string, options: (error: unknown) => Partial<GuardOptions>][] = [
    ['replay', (error) => ({ replayStore: { addIfAbsent: () => Promise.reject(error) } })],
    ['revoked', (error) => ({ isRevoked: () => Promise.reject(error) })],
    ['publicUrl', (error) => ({ publicUrl: () => Promise.reject(error) })],
    ['accessToken', (error) => ({ issuer: undefined, verifyAccessToken: () => Promise.reject(error) })],
    [
      'nonce.issue',
      (error) => ({ freshness: 'nonce', nonce: { issue: () => Promise.reject(error), check: () => true } }),
    ],
    [
      'nonce.check',
      (error) => ({ freshness: 'nonce', nonce: { issue: () => 'n', check: () => Promise.reject(error) } }),
    ],
    ['confirmCertificate', (error) => ({ confirmCertificate: () => Promise.reject(error) })],
    [
      'clock',
      (error) => ({
        clock: () => {
          throw error
        },
      }),
    ],
    [
      'introspection',
      (error) => ({
        issuer: undefined,
        verifyAccessToken: introspection({
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

  test.each(hooks)('that %s throws, only name and code are shown, also of its cause', async (_, options) => {
    expect(await errorOf(options(secretive({ code: 'ECONNREFUSED' })))).toStrictEqual({
      ...shown,
      code: 'ECONNREFUSED',
    })
  })

  test.each(hooks)(
    'that %s throws, no possible secret is shown, and the check returns a verdict',
    async (_, options) => {
      await fc.assert(
        fc.asyncProperty(thrown, async (make) => {
          section.lines.length = 0
          expect(await checkWith(options(make()))).toMatchObject({ accepted: false, status: 503 })
          expect(section.lines).toHaveLength(1)
          expect(JSON.stringify(section.lines)).not.toContain('secret')
        }),
        { numRuns: 60 },
      )
    },
  )

  test('a name or a code of more than one word is not shown', async () => {
    const error = secretive({ name: 'secret and more', code: 'postgres://user:secret@host' })
    expect(await thrownByStore(error)).toStrictEqual({ ...shown, name: 'Error' })
  })

  test('a number as a code is shown', async () => {
    expect(await thrownByStore(secretive({ code: 23 }))).toStrictEqual({ ...shown, code: 23 })
  })

  test('that is not an Error, its type is shown', async () => {
    expect(await thrownByStore('secret')).toBe('string')
  })

  test('that is marked as loggable, the message is shown too, on one line and shortened', async () => {
    const error = loggable(new Error(`no answer\r\n${'x'.repeat(1000)}`, { cause: new Error('secret') }))
    expect(await thrownByStore(error)).toStrictEqual({
      name: 'Error',
      code: undefined,
      message: `no answer\\u000d\\u000a${'x'.repeat(235)}`,
      cause: { name: 'Error', code: undefined, message: undefined, cause: undefined },
    })
  })

  test.each<[message: string, options: Partial<GuardOptions>]>([
    ['addIfAbsent() must return a boolean', { replayStore: { addIfAbsent: () => mistyped('secret') } }],
    ['isRevoked() must return a boolean', { isRevoked: () => mistyped('secret') }],
    ['the clock does not return a time', { clock: () => Number.NaN }],
    [
      'publicUrl() must return a base URL: https (http only on a loopback host), with no query and fragment',
      { publicUrl: () => 'https://user:secret@api.example.com' },
    ],
    [
      'verifyAccessToken() must return { claims }, a plain object, or undefined',
      { issuer: undefined, verifyAccessToken: () => mistyped('secret') },
    ],
  ])('of the guard itself the message is shown: %s', async (message, options) => {
    const error = await errorOf(options)
    expect(error).toMatchObject({ name: 'TypeError', message })
    expect(JSON.stringify(error)).not.toContain('secret')
  })

  test('of a full memory store, the message is shown', async () => {
    const replay = memoryReplayStore({ maxEntries: 1 })
    replay.addIfAbsent('k'.repeat(43), 60)
    expect(await errorOf({ replayStore: replay })).toMatchObject({
      code: 'ERR_REPLAY_STORE_FULL',
      message: 'the replay store holds 1 live entries and takes no more',
    })
  })

  test.each<[wiring: string, sendCommand: SendCommand, error: object]>([
    [
      'with a method that has lost its object',
      mistyped(
        { client: 0, send: () => mistyped<{ client: { sendCommand(): never } }>(undefined).client.sendCommand() }.send,
      ),
      { message: expect.stringContaining('sendCommand() failed'), cause: { name: 'TypeError' } },
    ],
    [
      'to a server that requires a password',
      () => Promise.reject(Object.assign(new Error('NOAUTH secret'), { command: 'AUTH secret' })),
      { message: 'the server replied NOAUTH', cause: { name: 'Error', message: undefined } },
    ],
    [
      'to a function that returns another value',
      async () => 'secret',
      {
        name: 'TypeError',
        message: expect.stringContaining('neither OK nor nil: sendCommand returned another string'),
      },
    ],
    [
      'to a server that is silent',
      () => new Promise(() => {}),
      { name: 'Error', message: 'no answer in 0.01 seconds' },
    ],
  ])('of a Redis store that is connected %s, the message is shown', async (_, sendCommand, error) => {
    const described = await errorOf({ replayStore: redisReplayStore({ sendCommand, timeoutSeconds: 0.01 }) })
    expect(described).toMatchObject(error)
    expect(JSON.stringify(described)).not.toContain('secret')
  })

  test('of fetched keys, the cause is shown', async () => {
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
})

const fail = () => {
  throw new Error('secret')
}

/** Makes values that contain `secret` in every possible place, and that are as hard to read as possible. */
const thrown: fc.Arbitrary<() => unknown> = fc.oneof(
  fc.anything().map((value) => () => value),
  fc.constantFrom<() => unknown>(
    () => 'secret',
    () => ({ message: 'secret', toString: fail }),
    () => new Proxy({}, new Proxy({}, { get: fail })),
    () => new Proxy(new Error('secret'), new Proxy({}, { get: () => fail })),
    () => new Proxy(new Error('secret'), {}),
    () => Object.setPrototypeOf(new Error('secret'), null),
    () => Proxy.revocable(new Error('secret'), {}).proxy,
    () => {
      const { proxy, revoke } = Proxy.revocable(new Error('secret'), {})
      revoke()
      return proxy
    },
    () => {
      const error = new Error('secret')
      error.cause = new Error('secret', { cause: error })
      return error
    },
    () => new AggregateError([new Error('secret')], 'secret'),
    () => new DOMException('secret', 'secret and more'),
    () => Array.from({ length: 1000 }).reduce((cause) => new Error('secret', { cause }), undefined),
    () => new Error('secret'.repeat(100_000)),
    () => Promise.resolve('secret'),
    () => Symbol('secret'),
    () => fail,
  ),
  fc
    .subarray(['stack', 'name', 'message', 'code', 'cause', 'constructor', 'then'], { minLength: 1 })
    .map((members) => () => {
      const error = new Error('secret')
      for (const member of members) Object.defineProperty(error, member, { get: fail })
      return error
    }),
  fc
    .record({ name: fc.anything(), code: fc.anything(), message: fc.anything(), cause: fc.anything() })
    .map((members) => () => Object.assign(new Error('secret'), members)),
)
