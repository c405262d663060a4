// A function as `issuer`. What strangers can make it do is counted, not timed.
import type { FindIssuer, GuardOptions, IssuerOptions } from '@dpop-guard/core'
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { deferred } from '../../../support/deferred.js'
import { createScene, mistyped, now, outcome } from '../../../support/guard-scene.js'
import { listenTo } from '../../../support/published-events.js'
import { createTestIssuer } from '../../../support/test-issuer.js'

const issuer = createTestIssuer()
const { jwks } = issuer
const unknown = '401 token_issuer'
const unavailable = '503 issuer_lookup_unavailable'

/** A guard whose issuers only this function knows. Nothing may be fetched, unless `fetch` is passed. */
function createDirectory(find: FindIssuer, options: Partial<GuardOptions> = {}) {
  const asked = vi.fn(find)
  const fetch = vi.fn(() => Promise.reject(new Error('nothing is to be fetched')))
  const scene = createScene({ issuer: asked, fetch, ...options }, issuer)
  const ask = (iss: unknown = issuer.issuer) => outcome(scene.guard, scene.request({ token: { iss } }))
  return { ...scene, asked, fetch, ask }
}

const known: FindIssuer = (iss) => (iss === issuer.issuer ? { issuer: iss, jwks } : undefined)
const stranger = (number: number) => `https://tenant-${number}.example.com`

describe('a known issuer', () => {
  test('is looked up once in 300 seconds, for all its tokens', async () => {
    const { asked, ask, clock } = createDirectory(known)
    expect(await Promise.all(Array.from({ length: 10 }, () => ask()))).toEqual(Array(10).fill('accepted'))
    clock.now += 299
    expect(await ask()).toBe('accepted')
    expect(asked.mock.calls).toEqual([[issuer.issuer]])
    clock.now += 1
    expect(await ask()).toBe('accepted')
    expect(asked).toHaveBeenCalledTimes(2)
  })

  test('that is removed is rejected after 300 seconds, although its token is cached', async () => {
    let settings: IssuerOptions | undefined = { issuer: issuer.issuer, jwks }
    const { guard, request, mint, clock } = createDirectory(() => settings)
    const accessToken = mint({ exp: now + 3600 })
    const send = () => outcome(guard, request({ accessToken }))
    expect(await send()).toBe('accepted')
    settings = undefined
    clock.now += 299
    expect(await send()).toBe('accepted')
    clock.now += 1
    expect(await send()).toBe(unknown)
  })

  test('keeps its fetched keys while its settings stay the same, and loses them when they change', async () => {
    const uris = ['https://as.example.com/keys', 'https://as.example.com/keys', 'https://as.example.com/other-keys']
    const fetched: string[] = []
    const fetch = async (url: string) => {
      fetched.push(url)
      return Response.json(jwks)
    }
    const find: FindIssuer = (iss) => ({ issuer: iss, jwksUri: uris.shift() })
    const { ask, clock } = createDirectory(find, { fetch })
    for (const seconds of [0, 300, 300]) {
      clock.now += seconds
      expect(await ask()).toBe('accepted')
    }
    expect(fetched).toEqual(['https://as.example.com/keys', 'https://as.example.com/other-keys'])
  })

  test('is looked up again if the clock was set back', async () => {
    const { asked, ask, clock } = createDirectory(known)
    await ask()
    clock.now -= 10
    expect(await ask()).toBe('accepted')
    expect(asked).toHaveBeenCalledTimes(2)
  })

  test('is one of at most cache.issuers', async () => {
    const { asked, ask } = createDirectory((iss) => ({ issuer: iss, jwks }), { cache: { issuers: 2 } })
    for (const iss of [1, 2, 1, 3, 1, 2].map(stranger)) expect(await ask(iss)).toBe('accepted')
    expect(asked.mock.calls.flat()).toEqual([1, 2, 3, 2].map(stranger))
  })
})

describe('an unknown issuer', () => {
  test('is looked up once in 30 seconds, and nothing is fetched', async () => {
    const { asked, fetch, ask, clock } = createDirectory(known)
    for (const seconds of [0, 0, 29]) {
      clock.now += seconds
      expect(await ask(stranger(1))).toBe(unknown)
    }
    expect(asked.mock.calls).toEqual([[stranger(1)]])
    clock.now += 1
    expect(await ask(stranger(1))).toBe(unknown)
    expect(asked).toHaveBeenCalledTimes(2)
    expect(fetch).not.toHaveBeenCalled()
  })

  test('is accepted 30 seconds after it became known', async () => {
    const tenants = new Set<string>()
    const { ask, clock } = createDirectory((iss) => (tenants.has(iss) ? { issuer: iss, jwks } : undefined))
    expect(await ask()).toBe(unknown)
    tenants.add(issuer.issuer)
    clock.now += 30
    expect(await ask()).toBe('accepted')
  })

  test('costs one lookup for many requests at once', async () => {
    const { asked, ask } = createDirectory(known)
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => ask(stranger(1))))
    expect(new Set(outcomes)).toEqual(new Set([unknown]))
    expect(asked).toHaveBeenCalledTimes(1)
  })

  test('is one of at most 100 in flight, which neither delays nor rejects known issuers', async () => {
    const gate = deferred<undefined>()
    const { asked, ask, clock } = createDirectory((iss) => (iss === issuer.issuer ? known(iss) : gate.promise))
    expect(await ask()).toBe('accepted')
    clock.now += 300
    const events = listenTo('unavailable')
    const waiting = Array.from({ length: 100 }, (_, number) => ask(stranger(number)))
    expect(await ask(stranger(100))).toBe(unavailable)
    expect(events).toMatchObject([
      { error: { message: 'issuer() is busy with 100 identifiers that it was not asked for before' } },
    ])
    // The answer for the known issuer is too old, so it is looked up too.
    expect(await ask()).toBe('accepted')
    gate.resolve(undefined)
    expect(new Set(await Promise.all(waiting))).toEqual(new Set([unknown]))
    expect(await ask(stranger(100))).toBe(unknown)
    expect(asked).toHaveBeenCalledTimes(103)
  })

  test('is never asked for if it is no identifier, or has more than 512 characters', async () => {
    const { asked, ask } = createDirectory(() => {
      throw new Error('the function must not be called')
    })
    const long = `https://as.example.com/${'a'.repeat(490)}`
    expect(long).toHaveLength(513)
    const nonsense = [
      long,
      '',
      'tenant-1',
      'https://',
      'ftp://as.example.com',
      'https://as.example.com/?a',
      7,
      null,
      {},
    ]
    for (const iss of nonsense) expect(await ask(iss), String(iss)).toBe(unknown)
    expect(asked).not.toHaveBeenCalled()
  })

  test('of another token does not push out a known one', async () => {
    const { asked, ask } = createDirectory(known, { cache: { issuers: 1 } })
    expect(await ask()).toBe('accepted')
    for (let number = 0; number < 20; number++) await ask(stranger(number))
    expect(await ask()).toBe('accepted')
    expect(asked.mock.calls.filter(([iss]) => iss === issuer.issuer)).toHaveLength(1)
  })

  test('is shown to operators, with what it was compared with', async () => {
    const events = listenTo('rejected')
    const { ask } = createDirectory(known)
    await ask(stranger(1))
    expect(events).toMatchObject([
      {
        reason: 'token_issuer',
        mismatch: { name: 'iss', expected: ['an issuer whose settings issuer() returns'], received: [stranger(1)] },
      },
    ])
  })
})

describe('an issuer for which the function returns the settings of another issuer', () => {
  const withSlash: FindIssuer = (iss) => ({ issuer: `${iss}/`, jwks })
  const warnings = vi.spyOn(process, 'emitWarning')
  beforeEach(() => void warnings.mockReset().mockReturnValue())
  afterAll(() => warnings.mockRestore())

  test('is unknown for 30 seconds, as any other that the function does not know', async () => {
    const { asked, fetch, ask, clock } = createDirectory(withSlash)
    const events = listenTo('rejected')
    for (const seconds of [0, 0, 29]) {
      clock.now += seconds
      expect(await ask()).toBe(unknown)
    }
    expect(asked.mock.calls).toEqual([[issuer.issuer]])
    clock.now += 1
    expect(await ask()).toBe(unknown)
    expect(asked).toHaveBeenCalledTimes(2)
    expect(fetch).not.toHaveBeenCalled()
    expect(events[0]).toMatchObject({ reason: 'token_issuer', mismatch: { received: [issuer.issuer] } })
  })

  test('is the cause of one warning of the guard, however many strangers name such issuers', async () => {
    const { ask } = createDirectory(withSlash)
    for (const number of [1, 2, 3]) expect(await ask(stranger(number))).toBe(unknown)
    expect(warnings.mock.calls).toEqual([
      [
        'dpop-guard: issuer() returned the settings of another issuer, so the token counts as one of an unknown issuer',
        { code: 'DPOP_GUARD_ISSUER' },
      ],
    ])
  })

  test('is rejected with its cached tokens too, after it was known for 300 seconds', async () => {
    let find = known
    const { guard, request, mint, clock } = createDirectory((iss) => find(iss))
    const accessToken = mint({ exp: now + 3600 })
    const send = () => outcome(guard, request({ accessToken }))
    expect(await send()).toBe('accepted')
    find = withSlash
    clock.now += 300
    expect(await send()).toBe(unknown)
  })

  test('is unknown with settings that are not valid too', async () => {
    const { ask } = createDirectory(() => ({ issuer: stranger(1), jwksUri: 'http://10.0.0.1/jwks' }))
    expect(await ask()).toBe(unknown)
  })
})

describe('a function that cannot answer', () => {
  test('is an outage, which ends with the next answer', async () => {
    let failing = true
    const failure = new Error('the tenant directory is down')
    const events = listenTo('unavailable')
    const { asked, ask } = createDirectory((iss) => {
      if (failing) throw failure
      return known(iss)
    })
    expect(await ask()).toBe(unavailable)
    expect(events).toMatchObject([{ error: failure }])
    failing = false
    expect(await ask()).toBe('accepted')
    expect(asked).toHaveBeenCalledTimes(2)
  })

  test('is an outage for a known issuer too, when its settings are too old', async () => {
    let failing = false
    const { ask, clock } = createDirectory(async (iss) => {
      if (failing) throw new Error('down')
      return known(iss)
    })
    expect(await ask()).toBe('accepted')
    failing = true
    expect(await ask()).toBe('accepted')
    clock.now += 300
    expect(await ask()).toBe(unavailable)
    failing = false
    expect(await ask()).toBe('accepted')
  })

  test('is an outage after the timeout of keys, and others can be looked up then', async () => {
    const events = listenTo('unavailable')
    const { ask } = createDirectory((iss) => (iss === issuer.issuer ? known(iss) : new Promise(() => {})), {
      jwksCache: { timeoutSeconds: 0.2 },
    })
    const waiting = Array.from({ length: 100 }, (_, number) => ask(stranger(number)))
    expect(new Set(await Promise.all(waiting))).toEqual(new Set([unavailable]))
    expect(events[0]).toMatchObject({ error: { message: 'issuer() did not answer in time' } })
    expect(await ask()).toBe('accepted')
  })

  test.each<[settings: unknown, message: string]>([
    [null, '"issuer()" must be an object, got null'],
    [issuer.issuer, `"issuer()" must be an object, got "${issuer.issuer}"`],
    [{}, '"issuer().issuer" must be exactly the iss that was asked for, got undefined'],
    [{ issuer: 7, jwks }, '"issuer().issuer" must be exactly the iss that was asked for, got 7'],
    [{ issuer: issuer.issuer, jwk: jwks }, 'unknown option "issuer().jwk", did you mean "issuer().jwks"?'],
    [{ issuer: issuer.issuer, typ: 'JWT' }, '"issuer().typ" must be "at+jwt" or "any", got "JWT"'],
  ])('%j is an outage, and operators see why', async (settings, message) => {
    const events = listenTo('unavailable')
    const { ask } = createDirectory(() => mistyped(settings))
    expect(await ask()).toBe(unavailable)
    expect(events).toMatchObject([{ error: { message: `dpop-guard: ${message}` } }])
  })
})

describe('at start', () => {
  test('a resource metadata document needs the authorization servers', () => {
    expect(() => createDirectory(known, { resourceMetadata: {} })).toThrow(
      new TypeError(
        'dpop-guard: option "resourceMetadata.authorizationServers" is required: the URLs of the authorization servers, ' +
          'because a function as "issuer" does not list them',
      ),
    )
    const { guard } = createDirectory(known, { resourceMetadata: { authorizationServers: [issuer.issuer] } })
    expect(JSON.parse(guard.resourceMetadata?.body ?? '')).toMatchObject({ authorization_servers: [issuer.issuer] })
  })

  test('a list of functions, and a function beside verifyAccessToken, are invalid', () => {
    expect(() => createScene({ issuer: mistyped([known]) })).toThrow('"issuer[0]" must be an object, got ')
    expect(() => createScene({ issuer: known, verifyAccessToken: () => undefined })).toThrow(
      '"issuer" must be an issuer identifier, or a list, got ',
    )
  })

  test('the guard is ready at once', async () => {
    const { guard, asked } = createDirectory(known)
    expect(await guard.ready()).toBeUndefined()
    expect(asked).not.toHaveBeenCalled()
  })
})

test.each([
  'https://idp.example.com/t/good/../evil',
  'https://idp.example.com/t/good/%2e%2E/evil',
  'https://idp.example.com/t/./good',
  'https://idp.example.com/t/good\\..\\evil',
  'https://idp.example.com/t/go\tod',
  'https://IDP.example.com/t/good',
  'https://idp.example.com:443/t/good',
])('the function is not asked for %j, because another place would be fetched for it', async (iss) => {
  const { asked, ask, fetch } = createDirectory((named) => ({ issuer: named }))
  expect(await ask(iss)).toBe(unknown)
  expect(asked).not.toHaveBeenCalled()
  expect(fetch).not.toHaveBeenCalled()
})

test.each([
  'https://idp.example.com',
  'https://idp.example.com/',
  'https://idp.example.com/t/good',
  'https://idp.example.com/t/a%2Fb',
])('the function is asked for %j', async (iss) => {
  const { asked, ask } = createDirectory((named) => ({ issuer: named, jwks }))
  expect(await ask(iss)).toBe('accepted')
  expect(asked).toHaveBeenCalledWith(iss)
})
