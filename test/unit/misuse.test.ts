import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { createGuard, diagnosticsChannels, type GuardOptions, type GuardRequest, verifyProof } from '@dpop-guard/core'
import { createScopeCheck, readPluginOptions } from '@dpop-guard/core/plugin'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createScene, mistyped, now, outcome, resource } from '../support/guard-scene.js'

const good: GuardRequest = { method: 'GET', target: '/', headers: ['Host', 'api.example.com'] }

describe('check', () => {
  test.each<[what: string, request: unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'GET / HTTP/1.1'],
    ['an empty object', {}],
    ['no method', { ...good, method: undefined }],
    ['a method that is no text', { ...good, method: 1 }],
    ['no target', { ...good, target: undefined }],
    ['a URL as target', { ...good, target: new URL(resource) }],
    ['no headers', { ...good, headers: undefined }],
    ['req.headers', { ...good, headers: { host: 'api.example.com' } }],
    ['a Headers object', { ...good, headers: new Headers() }],
    ['pairs', { ...good, headers: [['Host', 'api.example.com']] }],
    [
      'two pairs',
      {
        ...good,
        headers: [
          ['Host', 'api.example.com'],
          ['DPoP', 'x'],
        ],
      },
    ],
    ['a name without a value', { ...good, headers: ['Host'] }],
    ['a value that is no text', { ...good, headers: ['Content-Length', 5] }],
    ['a value that is undefined', { ...good, headers: ['DPoP', undefined] }],
    ['a joined list', { ...good, headers: 'Host: api.example.com' }],
  ])('rejects with a TypeError for %s', async (_, request) => {
    const { guard } = createScene({ credentials: 'optional' })
    await expect(guard.check(mistyped(request))).rejects.toThrow(TypeError)
  })

  test.each<[what: string, request: unknown, said: string]>([
    ['the method', { ...good, method: undefined }, 'a request needs its method and target as texts'],
    ['the headers', { ...good, headers: {} }, 'a request needs its headers as a flat list of names and values'],
    ['a name without a value', { ...good, headers: ['Host'] }, 'a request needs its headers as a flat list'],
  ])('says what is wrong with %s', async (_, request, said) => {
    await expect(createScene().guard.check(mistyped(request))).rejects.toThrow(said)
  })

  test('says so too where there is no request at all', async () => {
    await expect(createScene().guard.check(mistyped(undefined))).rejects.toThrow('a request needs')
  })

  test('takes no headers at all, and empty ones', async () => {
    const { guard } = createScene()
    expect(await outcome(guard, { ...good, headers: [] })).toBe('401 credentials_missing')
    expect(await outcome(guard, { ...good, headers: ['', '', 'X', ''] })).toBe('401 credentials_missing')
  })

  test.each([undefined, null, 'access_token=x', 1, [], Buffer.from('access_token=x')])(
    'ignores a body that no parser made: %o',
    async (body) => {
      const { guard, request } = createScene()
      const form = ['Content-Type', 'application/x-www-form-urlencoded']
      expect(await outcome(guard, { ...request({ headers: form }), body })).toBe('accepted')
    },
  )

  test('works without its guard', async () => {
    const { guard, request } = createScene()
    const { check } = guard
    expect(await check(request())).toMatchObject({ accepted: true })
  })
})

describe('checkScopes', () => {
  test.each<[unknown]>([['orders:read'], [null], [[1]], [['a b']], [['']], [[undefined]]])(
    'throws a TypeError for %o',
    (scopes) => {
      expect(() => createScene().guard.checkScopes(undefined, mistyped(scopes))).toThrow('option "scopes" must be')
    },
  )
})

describe('checkStepUp', () => {
  test.each<[required: unknown, said: string]>([
    [undefined, 'option "stepUp" must be an object, got undefined'],
    [{}, 'option "stepUp" must be given "acrValues" or "maxAgeSeconds", got {}'],
    [{ maxAge: 5 }, 'unknown option "stepUp.maxAge", did you mean "stepUp.maxAgeSeconds"?'],
    [{ acrValues: 5 }, 'option "stepUp.acrValues" must be a list of acr values'],
    [{ acrValues: ['a b'] }, 'option "stepUp.acrValues" must be a list of acr values'],
    [{ maxAgeSeconds: -1 }, 'option "stepUp.maxAgeSeconds" must be a whole number from 0'],
  ])('throws for %o and says what is wrong', (required, said) => {
    const check = () => createScene().guard.checkStepUp(undefined, mistyped(required))
    expect(check).toThrow(TypeError)
    expect(check).toThrow(said)
  })
})

describe('a clock', () => {
  test.each([Number.NaN, Number.POSITIVE_INFINITY])(
    'that gives %o is a 503, with and without credentials',
    async (time) => {
      const { guard, request } = createScene({ clock: () => time })
      expect(await outcome(guard, request())).toBe('503 internal_error')
      expect(await outcome(guard, good)).toBe('503 internal_error')
    },
  )

  test.each([undefined, null, 'noon', String(now), {}, 10n, Symbol('now'), Promise.resolve(now)])(
    'that gives %o is refused at once',
    (time) => {
      expect(() => createScene({ clock: () => mistyped<number>(time) })).toThrow(
        'option "clock" must be a function that returns a number of seconds',
      )
    },
  )

  test('that throws is a 503', async () => {
    const clock = () => {
      throw new Error('no time')
    }
    const { guard, request } = createScene({ clock })
    expect(await outcome(guard, request())).toBe('503 internal_error')
  })

  test('that stops giving a time between two requests is a 503 from then on', async () => {
    const { guard, request, clock } = createScene()
    expect(await outcome(guard, request())).toBe('accepted')
    const later = request()
    clock.now = Number.NaN
    expect(await outcome(guard, later)).toBe('503 internal_error')
  })

  test('that gives milliseconds is refused at once', () => {
    expect(() => createScene({ clock: () => now * 1000 })).toThrow(
      'option "clock" must be a function that returns seconds',
    )
  })

  test('that gives no time is a TypeError of verifyProof', async () => {
    const request = { method: 'GET', url: resource, headers: ['DPoP', 'a.b.c'] }
    await expect(verifyProof(request, { replayStore: 'off', clock: () => Number.NaN })).rejects.toThrow(TypeError)
  })
})

describe('a publicUrl function', () => {
  type PublicUrlFunction = Extract<GuardOptions['publicUrl'], (request: GuardRequest) => unknown>
  const ask = (publicUrl: PublicUrlFunction) => {
    const { guard, request } = createScene({ publicUrl })
    return outcome(guard, request())
  }

  test.each<[what: string, publicUrl: PublicUrlFunction]>([
    [
      'throws',
      () => {
        throw new Error('no tenants')
      },
    ],
    [
      'throws undefined',
      () => {
        throw undefined
      },
    ],
    ['rejects', () => Promise.reject(new Error('no tenants'))],
    ['gives null', () => mistyped(null)],
    ['gives a number', () => mistyped(1)],
    ['gives an empty text', () => ''],
    ['gives a bare host', () => 'api.example.com'],
    ['gives http', () => 'http://api.example.com'],
    ['gives a URL object', () => mistyped(new URL(resource))],
    ['gives one bad of several', () => [resource, 'nonsense']],
    ['gives nonsense later', async () => 'nonsense'],
  ])('that %s is a 503', async (_, publicUrl) => {
    expect(await ask(publicUrl)).toBe('503 public_url_unavailable')
  })

  test.each<[what: string, publicUrl: PublicUrlFunction]>([
    ['undefined', () => undefined],
    ['undefined later', async () => undefined],
    ['an empty list', () => []],
  ])('that gives %s is a 400: not served here', async (_, publicUrl) => {
    expect(await ask(publicUrl)).toBe('400 target_foreign')
  })

  test('gets the request and decides by it', async () => {
    const seen: GuardRequest[] = []
    const { guard, request } = createScene({
      publicUrl: async (given) => {
        seen.push(given)
        return given.target === '/orders' ? resource : 'https://other.example'
      },
    })
    const first = request()
    expect(await outcome(guard, first)).toBe('accepted')
    expect(seen).toEqual([first])
    expect(await outcome(guard, request({ target: '/else' }))).toBe('401 proof_htu')
  })
})

describe('a replay store', () => {
  const nothing = undefined as unknown

  test.each<[what: string, claim: () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('down')
      },
    ],
    [
      'throws undefined',
      () => {
        throw nothing
      },
    ],
    ['rejects', () => Promise.reject(new Error('down'))],
    ['rejects with a text', () => Promise.reject('down')],
    ['gives nothing', () => undefined],
    ['gives null', () => null],
    ['gives one', () => 1],
    ['gives zero', () => 0],
    ['gives OK', () => 'OK'],
    ['gives a promise of OK', async () => 'OK'],
    ['gives an object', () => ({})],
  ])('that %s is a 503 without a challenge', async (_, claim) => {
    const { guard, request } = createScene({ replayStore: { addIfAbsent: mistyped<() => boolean>(claim) } })
    const verdict = await guard.check(request())
    expect(verdict).toMatchObject({ status: 503, reason: 'replay_store_unavailable', headers: {}, body: '' })
  })

  test('keeps its "this"', async () => {
    class Store {
      readonly keys = new Set<string>()
      addIfAbsent(key: string): boolean {
        const first = !this.keys.has(key)
        this.keys.add(key)
        return first
      }
    }
    const { guard, request } = createScene({ replayStore: new Store() })
    const same = request()
    expect([await outcome(guard, same), await outcome(guard, same)]).toEqual(['accepted', '401 proof_replayed'])
  })

  test('that is broken makes verifyProof say so, with nothing for the client', async () => {
    const { client } = createScene()
    const parts = { method: 'GET', url: `${resource}/` }
    const request = { ...parts, headers: ['DPoP', client.proof({ ...parts, now })] }
    const replay = { addIfAbsent: () => Promise.reject(new Error('down')) }
    expect(await verifyProof(request, { replayStore: replay, clock: () => now })).toEqual({
      verified: false,
      reason: 'replay_store_unavailable',
      error: undefined,
      description: undefined,
    })
  })
})

test('a frozen request and frozen options are enough', async () => {
  const { guard, request } = createScene(Object.freeze({ proof: Object.freeze({}), requiredScopes: Object.freeze([]) }))
  const { headers, ...rest } = request()
  expect(await outcome(guard, Object.freeze({ ...rest, headers: Object.freeze([...headers]) }))).toBe('accepted')
})

test('options that are changed after createGuard change nothing', async () => {
  const requiredScopes = ['orders:read']
  const proof = { maxAgeSeconds: 60 }
  const { guard, request } = createScene({ requiredScopes, proof })
  requiredScopes.push('admin')
  proof.maxAgeSeconds = 1
  expect(await outcome(guard, request({ proof: { now: now - 30 } }))).toBe('accepted')
})

test('a subscriber that throws does not change the verdict', async () => {
  const uncaught: unknown[] = []
  const listener = () => {
    throw new Error('subscriber')
  }
  // diagnostics_channel hands what a subscriber throws to the process.
  const others = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.on('uncaughtException', (error) => uncaught.push(error))
  subscribe(diagnosticsChannels.accepted, listener)
  onTestFinished(() => {
    unsubscribe(diagnosticsChannels.accepted, listener)
    process.removeAllListeners('uncaughtException')
    for (const other of others) process.on('uncaughtException', other)
  })
  const { guard, request } = createScene()
  expect(await outcome(guard, request())).toBe('accepted')
  await new Promise((resolve) => setImmediate(resolve))
  expect(uncaught).toHaveLength(1)
})

describe('a plugin says what to write instead', () => {
  test('when it is not called with options, at the first request', () => {
    const request = { rawHeaders: [], url: '/' }
    expect(() => readPluginOptions(mistyped(request))).toThrow('call dpopGuard with its options')
  })

  const options = { issuer: 'https://as.example.com', resource }

  test.each<[what: string, given: unknown, said: string]>([
    ['nothing', undefined, 'dpop-guard: options must be an object'],
    ['null', null, 'dpop-guard: options must be an object'],
    [
      'a guard and options',
      { ...options, guard: createScene().guard },
      'dpop-guard: give either "guard" or the options of a guard, not both',
    ],
    ['a guard that is none', { guard: {} }, 'dpop-guard: option "guard" must be what createGuard() gives, got {}'],
    ['null for a guard', { guard: null }, 'dpop-guard: option "guard" must be what createGuard() gives, got null'],
    [
      'another way of answering',
      { ...options, onRejected: 'throw' },
      `dpop-guard: option "onRejected" must be 'respond' or 'error', got 'throw'`,
    ],
  ])('when it is given %s', (_, given, said) => {
    expect(() => readPluginOptions(mistyped(given))).toThrow(new TypeError(said))
  })

  test('and takes a guard, or the options of one, and the way of answering that is the default', () => {
    const { guard } = createScene()
    expect(readPluginOptions({ guard })).toMatchObject({ guard, onRejected: 'respond' })
    expect(readPluginOptions({ guard, onRejected: 'respond' })).toMatchObject({ onRejected: 'respond' })
    expect(readPluginOptions({ ...options, onRejected: 'error' })).toMatchObject({ onRejected: 'error' })
  })

  test('when a scope is none', () => {
    expect(() => createScopeCheck(['a b'])).toThrow('option "scopes" must be a list of scope tokens')
  })

  test('when scopes come as a list', () => {
    expect(() => createScopeCheck(mistyped([['orders:read']]))).toThrow('takes scopes one by one')
  })

  test('when there is no issuer', () => {
    const options = { resource: 'https://api.example.com' }
    expect(() => createGuard(options)).toThrow('"issuer" must be given: the URL of the authorization server')
  })
})
