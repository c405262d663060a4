import { createGuard, type GuardOptions } from '@dpop-guard/core'
import {
  admit,
  createScopeCheck,
  createStepUpCheck,
  readPluginOptions,
  recallAuth,
  recallOptionalAuth,
} from '@dpop-guard/core/plugin'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { deferred } from '../../../support/deferred.js'
import { createScene, mistyped, type RequestParts } from '../../../support/guard-scene.js'
import { listenToAll } from '../../../support/published-events.js'

/** A busy machine must not make the check of a request take longer than the wait. */
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  vi.spyOn(process, 'emitWarning').mockReturnValue()
  return () => {
    vi.useRealTimers()
    vi.restoreAllMocks()
  }
})

function createReporting(options: Partial<GuardOptions> = {}) {
  const scene = createScene(options)
  return { scene, plugin: readPluginOptions({ ...scene.options, reportOnly: true }) }
}

const events = (published: ReturnType<typeof listenToAll>) => published.map(({ event }) => event)
const passes = { admitted: true, enforced: false, headers: {}, lateHeaders: undefined }

describe('with reportOnly, a request', () => {
  test('that passes its check has its caller, and its event says that nothing was enforced', async () => {
    const { scene, plugin } = createReporting()
    const published = listenToAll()
    const request = scene.request({ headers: ['Origin', 'https://app.example.com'] })
    const admission = await admit(plugin, request, request)
    expect(admission).toStrictEqual({ ...passes, auth: expect.objectContaining({ subject: 'alice' }) })
    expect(recallOptionalAuth(request)).toMatchObject({ subject: 'alice' })
    expect(published).toMatchObject([{ channel: 'dpop-guard:accepted', event: { enforced: false, path: '/orders' } }])
  })

  test.each<[what: string, parts: RequestParts, reason: string, status: number]>([
    ['with a bad proof', { proof: { url: 'https://other.example/' } }, 'proof_htu', 401],
    ['with a malformed Authorization', { scheme: 'DPoP ,' }, 'authorization_malformed', 400],
  ])('%s passes without a caller, and reports its reason', async (_, parts, reason, status) => {
    const { scene, plugin } = createReporting()
    const published = listenToAll()
    const request = scene.request(parts)
    expect(await admit(plugin, request, request)).toStrictEqual({ ...passes, auth: undefined })
    expect(recallOptionalAuth(request)).toBeUndefined()
    expect(() => recallAuth(request)).toThrow('reportOnly); ask getOptionalAuth() instead')
    expect(events(published)).toMatchObject([{ enforced: false, reason, status }])
  })

  test('that cannot be decided passes too', async () => {
    const isRevoked = () => Promise.reject(new Error('down'))
    const { scene, plugin } = createReporting({ isRevoked })
    const published = listenToAll()
    const request = scene.request()
    expect(await admit(plugin, request, request)).toStrictEqual({ ...passes, auth: undefined })
    expect(events(published)).toMatchObject([{ enforced: false, reason: 'revocation_unavailable', status: 503 }])
  })

  test('for the resource metadata is left to the application, and needs no check', async () => {
    const { plugin } = createReporting({ resourceMetadata: {} })
    const published = listenToAll()
    const request = { method: 'GET', target: '/.well-known/oauth-protected-resource', headers: [] }
    expect(await admit(plugin, request, request)).toStrictEqual({ ...passes, auth: undefined })
    expect(recallOptionalAuth(request)).toBeUndefined()
    expect(published).toEqual([])
  })

  test('waits for a second at most, and its event comes later', async () => {
    const answer = deferred<boolean>()
    const { scene, plugin } = createReporting({ isRevoked: () => answer.promise })
    const published = listenToAll()
    const request = scene.request()
    const admitting = admit(plugin, request, request)
    await vi.advanceTimersByTimeAsync(999)
    const settled = vi.fn()
    admitting.then(settled)
    await Promise.resolve()
    expect(settled).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    expect(await admitting).toStrictEqual({ ...passes, auth: undefined })
    expect(createScopeCheck(['admin'])(request)).toBeUndefined()
    expect(published).toEqual([])
    answer.resolve(true)
    await expect.poll(() => events(published)).toMatchObject([{ enforced: false, reason: 'token_revoked' }])
    expect(recallOptionalAuth(request)).toBeUndefined()
  })

  test('leaves no timer behind', async () => {
    const { scene, plugin } = createReporting()
    const request = scene.request()
    await admit(plugin, request, request)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('is checked once by each guard', async () => {
    const { scene, plugin } = createReporting()
    const published = listenToAll()
    const request = scene.request({ proof: { method: 'PUT' } })
    await admit(plugin, request, request)
    expect(await admit(plugin, request, request)).toStrictEqual({ ...passes, auth: undefined })
    expect(published).toHaveLength(1)
  })
})

describe('with reportOnly, while 1000 checks have not ended, because a hook does not answer,', () => {
  async function fill() {
    const answers: ((isRevoked: boolean) => void)[] = []
    const isRevoked = vi.fn(() => new Promise<boolean>((resolve) => answers.push(resolve)))
    const { scene, plugin } = createReporting({ isRevoked })
    const request = scene.request()
    const send = () => admit(plugin, request, {})
    const waiting = Array.from({ length: 1000 }, send)
    await expect.poll(() => answers.length).toBe(1000)
    await vi.advanceTimersByTimeAsync(1000)
    await Promise.all(waiting)
    return { isRevoked, answers, send }
  }

  test('the next request passes at once, without a check, and its event says so', async () => {
    const { isRevoked, send } = await fill()
    const published = listenToAll()
    expect(await send()).toStrictEqual({ ...passes, auth: undefined })
    expect(isRevoked).toHaveBeenCalledTimes(1000)
    expect(vi.getTimerCount()).toBe(0)
    expect(published).toMatchObject([
      {
        channel: 'dpop-guard:unavailable',
        event: {
          enforced: false,
          method: 'GET',
          path: '/orders',
          reason: 'internal_error',
          status: 503,
          error: { message: 'this request was not checked, because 1000 checks have not ended' },
        },
      },
    ])
  })

  test('the process warns once, however many requests follow', async () => {
    const { send } = await fill()
    vi.mocked(process.emitWarning).mockClear()
    for (let sent = 0; sent < 3; sent++) await send()
    expect(vi.mocked(process.emitWarning).mock.calls).toEqual([
      [
        'dpop-guard: reportOnly skips checks, because 1000 have not ended. One of your functions does not answer',
        { code: 'DPOP_GUARD_REPORT_ONLY' },
      ],
    ])
  })

  test('another guard makes its checks', async () => {
    await fill()
    const { scene, plugin } = createReporting()
    expect(await admit(plugin, scene.request(), {})).toMatchObject({ auth: { subject: 'alice' } })
  })

  test('requests are checked again as soon as one of the checks has ended', async () => {
    const { isRevoked, answers, send } = await fill()
    const published = listenToAll()
    answers[0]?.(true)
    await expect.poll(() => published).toHaveLength(1)
    const sending = send()
    await expect.poll(() => isRevoked.mock.calls.length).toBe(1001)
    expect((await send()).admitted).toBe(true)
    expect(isRevoked).toHaveBeenCalledTimes(1001)
    answers[1000]?.(false)
    expect(await sending).toMatchObject({ auth: { subject: 'alice' } })
  })
})

describe('with reportOnly, a check of the caller', () => {
  test('reports and passes', async () => {
    const { scene, plugin } = createReporting()
    const request = scene.request()
    await admit(plugin, request, request)
    const published = listenToAll()
    expect(createScopeCheck(['admin'])(request)).toBeUndefined()
    expect(createStepUpCheck({ acrValues: ['urn:example:mfa'] })(request)).toBeUndefined()
    expect(events(published)).toMatchObject([
      { enforced: false, reason: 'scope_insufficient', status: 403 },
      { enforced: false, reason: 'acr_insufficient', status: 401 },
    ])
  })

  test('reports nothing more after the guard has reported a rejection', async () => {
    const { scene, plugin } = createReporting()
    const request = scene.request({ proof: { method: 'PUT' } })
    await admit(plugin, request, request)
    const published = listenToAll()
    expect(createScopeCheck(['admin'])(request)).toBeUndefined()
    expect(published).toEqual([])
  })

  test('reports a request without credentials that are optional', async () => {
    const { plugin } = createReporting({ credentials: 'optional' })
    const request = { method: 'GET', target: '/', headers: [] }
    await admit(plugin, request, request)
    const published = listenToAll()
    expect(createScopeCheck(['admin'])(request)).toBeUndefined()
    expect(events(published)).toMatchObject([{ enforced: false, reason: 'credentials_missing' }])
  })
})

describe('beside a guard that enforces its checks', () => {
  const order = (first: boolean, items: [unknown, unknown]) => (first ? items : items.toReversed()) as typeof items

  test.each([true, false])('neither uses up the proof of the other (the reporting one first: %s)', async (first) => {
    const { scene, plugin } = createReporting()
    const enforcing = readPluginOptions({ guard: scene.guard })
    const request = scene.request()
    for (const one of order(first, [plugin, enforcing])) {
      expect(await admit(mistyped(one), request, {})).toMatchObject({ admitted: true, auth: { subject: 'alice' } })
    }
  })

  test.each([true, false])('the enforcing one decides about scopes (the reporting one first: %s)', async (first) => {
    const { scene, plugin } = createReporting()
    const enforcing = readPluginOptions({ guard: scene.guard })
    const request = scene.request()
    for (const one of order(first, [plugin, enforcing])) await admit(mistyped(one), request, request)
    const published = listenToAll()
    expect(createScopeCheck(['admin'])(request)).toMatchObject({ status: 403 })
    expect(events(published)).toMatchObject([{ enforced: true, reason: 'scope_insufficient' }])
  })

  test('a reporting guard with a failed check does not hide the caller of the enforcing one', async () => {
    const { scene } = createReporting()
    const strict = readPluginOptions({ ...scene.options, audience: 'https://other.example', reportOnly: true })
    const request = scene.request()
    await admit(readPluginOptions({ guard: scene.guard }), request, request)
    await admit(strict, request, request)
    expect(recallAuth(request)).toMatchObject({ subject: 'alice' })
  })

  test('it finds replays in a memory of its own', async () => {
    const replayStore = { addIfAbsent: vi.fn(() => true) }
    const { scene, plugin } = createReporting({ replayStore })
    const published = listenToAll()
    const request = scene.request()
    await admit(plugin, request, {})
    await admit(plugin, request, {})
    expect(events(published)).toMatchObject([{ path: '/orders' }, { enforced: false, reason: 'proof_replayed' }])
    expect(replayStore.addIfAbsent).not.toHaveBeenCalled()
  })

  test('guard.check tells the truth, and its events say so', async () => {
    const scene = createScene()
    const { guard } = scene
    const plugin = readPluginOptions({ guard, reportOnly: true })
    const published = listenToAll()
    const request = scene.request({ proof: { method: 'PUT' } })
    await admit(plugin, request, request)
    expect(await guard.check(request)).toMatchObject({ accepted: false, status: 401, reason: 'proof_htm' })
    expect(events(published)).toMatchObject([{ enforced: false }, { enforced: true }])
    expect(readPluginOptions({ guard, reportOnly: true }).guard).toBe(plugin.guard)
  })
})

describe('at start, reportOnly', () => {
  const { options } = createScene()

  test.each<[what: string, given: object, said: string]>([
    ['a string', { ...options, reportOnly: 'true' }, '"reportOnly" must be true or false, got "true"'],
    ...(['nonce', 'both'] as const).map((freshness): [string, object, string] => [
      `freshness ${freshness}`,
      { ...options, freshness, nonce: { secrets: ['s'.repeat(32)] }, reportOnly: true },
      '"reportOnly" needs freshness: "iat"',
    ]),
    [
      'a guard of another copy',
      { guard: { check() {} }, reportOnly: true },
      '"reportOnly" needs "guard" to be a guard that createGuard() of the same version returned',
    ],
    [
      'a guard whose check was replaced',
      { guard: { ...createGuard(options), check() {} }, reportOnly: true },
      '"reportOnly" needs "guard" to be a guard that createGuard() of the same version returned',
    ],
  ])('with %s is an error', (_, given, said) => {
    expect(() => readPluginOptions(mistyped(given))).toThrow(new TypeError(`dpop-guard: ${said}`))
  })

  test.each([undefined, false])('%s enforces', (reportOnly) => {
    expect(readPluginOptions({ ...options, reportOnly })).toMatchObject({ enforced: true })
  })

  test('is not an option of createGuard', () => {
    expect(() => createGuard(mistyped({ ...options, reportOnly: true }))).toThrow('unknown option "reportOnly"')
  })
})

describe('a guard that enforces, beside one that only reports,', () => {
  test('checks the request itself, also if both are the same guard', async () => {
    const { scene, plugin } = createReporting()
    const enforcing = readPluginOptions({ guard: plugin.guard })
    const request = scene.request({ proof: { url: 'https://other.example/' } })
    expect(await admit(plugin, request, request)).toMatchObject({ admitted: true, enforced: false })
    expect(await admit(enforcing, request, request)).toMatchObject({
      admitted: false,
      rejection: { reason: 'proof_htu' },
    })
  })

  test('leaves no check that passes behind a request that it rejected', async () => {
    const { scene, plugin } = createReporting()
    const request = scene.request({ token: { exp: 1 } })
    await admit(plugin, request, request)
    await admit(readPluginOptions({ guard: scene.guard, onRejected: 'error' }), request, request)
    expect(() => createScopeCheck(['read'])(request)).toThrow('dpop-guard: the guard rejected this request')
  })

  test('is at hand as it was made', () => {
    const { scene } = createReporting()
    const plugin = readPluginOptions({ guard: scene.guard, reportOnly: true })
    expect(plugin.enforcingGuard).toBe(scene.guard)
    expect(plugin.guard).not.toBe(scene.guard)
  })
})
