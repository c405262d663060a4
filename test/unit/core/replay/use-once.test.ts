import { createHash } from 'node:crypto'
import { type GuardOptions, type NonceService, type ReplayStore, verifyProof } from '@dpop-guard/core'
import { describe, expect, test } from 'vitest'
import { createScene, mistyped, now, outcome, resource } from '../../../support/guard-scene.js'
import { createMemory, createRecordingStore } from '../../../support/memory-store.js'
import { listenTo } from '../../../support/published-events.js'

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
    ['rejects with a string', () => Promise.reject('down')],
    ['returns nothing', () => undefined],
    ['returns null', () => null],
    ['returns one', () => 1],
    ['returns zero', () => 0],
    ['returns OK', () => 'OK'],
    ['returns a promise of OK', async () => 'OK'],
    ['returns an object', () => ({})],
  ])('that %s is a 503 without a challenge', async (_, claim) => {
    const { guard, request } = createScene({ replayStore: { addIfAbsent: mistyped<() => boolean>(claim) } })
    const verdict = await guard.check(request())
    expect(verdict).toMatchObject({ status: 503, reason: 'replay_store_unavailable', body: '' })
    expect(verdict.headers).toEqual({})
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

  test('that is broken makes verifyProof return that reason, with no error for the client', async () => {
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

describe('the key that the guard adds', () => {
  function createRecorder() {
    const { store, keys, ttls } = createRecordingStore()
    return { keys, ttls, ...createScene({ replayStore: store }) }
  }

  test('is a digest of the key and the "jti", never the "jti" itself', async () => {
    const { guard, request, keys, client } = createRecorder()
    expect(await outcome(guard, request({ proof: { jti: 'jti-1' } }))).toBe('accepted')
    expect(await outcome(guard, request({ proof: { jti: 'jti-1' }, target: '/elsewhere' }))).toBe('accepted')
    expect(await outcome(guard, request({ proof: { jti: 'jti-2' } }))).toBe('accepted')
    const digest = createHash('sha256').update(`${client.jkt}jti-1`).digest('base64url')
    expect(keys.map((key) => key === digest)).toEqual([true, true, false])
    for (const key of keys) expect(key).toMatch(/^[\w-]{43}$/)
  })

  test('differs for another client with the same "jti"', async () => {
    const scenes = [createRecorder(), createRecorder()]
    for (const { guard, request } of scenes) await guard.check(request({ proof: { jti: 'same' } }))
    const [first, second] = scenes.map(({ keys }) => keys[0])
    expect(first).toBeDefined()
    expect(second).toBeDefined()
    expect(first).not.toBe(second)
  })

  test.each([
    [-60, 31],
    [-59.5, 31],
    [0, 91],
    [0.5, 91],
    [30, 121],
  ])('is remembered for an "iat" at %d s until the proof cannot be accepted any more', async (offset, ttlSeconds) => {
    const { guard, request, ttls } = createRecorder()
    expect(await outcome(guard, request({ proof: { now: now + offset } }))).toBe('accepted')
    expect(ttls).toEqual([ttlSeconds])
  })

  test('is not added for a request that fails any other check', async () => {
    const { guard, request, keys } = createRecorder()
    const bad = [
      request({ proof: { now: now - 61 } }),
      request({ proof: { url: 'https://other.example/orders' } }),
      request({ proof: { method: 'POST' } }),
      request({ proof: { accessToken: 'other' } }),
      request({ token: { exp: now - 100 } }),
      request({ token: { cnf: undefined } }),
    ]
    for (const one of bad) expect(await outcome(guard, one)).not.toBe('accepted')
    expect(keys).toEqual([])
  })
})

test('of many simultaneous checks of one proof, exactly one accepts it', async () => {
  const { guard, request } = createScene()
  const same = request()
  const outcomes = await Promise.all(Array.from({ length: 50 }, () => outcome(guard, same)))
  expect(outcomes.filter((text) => text === 'accepted')).toHaveLength(1)
  expect(outcomes.filter((text) => text === '401 proof_replayed')).toHaveLength(49)
})

test('a proof is not accepted again by a check that asks after the store has forgotten its first use', async () => {
  const { clock, store } = createMemory()
  const queue: (() => void)[] = []
  let connected = false
  const replay: ReplayStore = {
    async addIfAbsent(key, ttlSeconds) {
      if (!connected) await new Promise<void>((resolve) => queue.push(resolve))
      return store.addIfAbsent(key, ttlSeconds)
    },
  }
  const scene = createScene({ replayStore: replay, clock: () => clock.now })
  const request = scene.request()
  const queued = outcome(scene.guard, request)
  await expect.poll(() => queue.length).toBe(1)
  connected = true
  expect(await outcome(scene.guard, request)).toBe('accepted')
  clock.now += 92
  for (const work of queue) work()
  expect(await queued).toBe('503 replay_store_unavailable')
})

describe('a check that waits', () => {
  const edges: [string, Partial<GuardOptions>, number][] = [
    ['without future tolerance', { proof: { futureToleranceSeconds: 0 } }, 3],
    ['with the default tolerance', {}, 31],
    ['far longer than a proof lives', {}, 3600],
  ]

  test.each(edges)('%s accepts no proof a second time', async (_, options, delaySeconds) => {
    let slow = false
    const scene = createScene({
      ...options,
      isRevoked: () => {
        if (slow) scene.clock.now += delaySeconds
        return false
      },
    })
    const request = scene.request()
    expect(await outcome(scene.guard, request)).toBe('accepted')
    scene.clock.now = now + 60
    slow = true
    expect(await outcome(scene.guard, request)).toMatch(/^401 proof_(?:replayed|expired)$/)
  })

  test('on a slow nonce service accepts no proof a second time', async () => {
    let delaySeconds = 0
    const nonce: NonceService = {
      issue: () => 'newest',
      check: () => {
        scene.clock.now += delaySeconds
        return true
      },
      lifetimeSeconds: 60,
    }
    const scene = createScene({ freshness: 'both', nonce, proof: { futureToleranceSeconds: 0 } })
    const request = scene.request({ proof: { nonce: 'newest' } })
    expect(await outcome(scene.guard, request)).toBe('accepted')
    scene.clock.now = now + 60
    delaySeconds = 40
    expect(await outcome(scene.guard, request)).toMatch(/^401 proof_(?:replayed|expired)$/)
  })
})

describe('a promise whose own "then" does nothing', () => {
  function quiet(answer: Promise<boolean>): Promise<boolean> {
    const method: keyof Promise<boolean> = 'then'
    return Object.defineProperty(answer, method, {
      value(...handlers: Parameters<typeof answer.then>) {
        Promise.prototype.then.apply(answer, handlers)
      },
    })
  }

  test.each([
    ['false', () => Promise.resolve(false), '401 proof_replayed'],
    ['an error', () => Promise.reject(new Error('down')), '503 replay_store_unavailable'],
    ['true', () => Promise.resolve(true), 'accepted'],
  ])("does not keep the store's answer from the guard: %s", async (_, answer, expected) => {
    const { guard, request } = createScene({ replayStore: { addIfAbsent: () => quiet(answer()) } })
    expect(await outcome(guard, request())).toBe(expected)
  })
})

test.each([
  ['when the entry ends', 0, '503 replay_store_unavailable', ['the replay store answered after the proof had expired']],
  ['a second before', -1, 'accepted', []],
])('an answer of the replay store counts until the end of its entry: %s', async (_, before, expected, messages) => {
  const events = listenTo('unavailable')
  const scene = createScene({
    replayStore: {
      addIfAbsent(_key, ttlSeconds) {
        scene.clock.now += ttlSeconds + before
        return true
      },
    },
  })
  expect(await outcome(scene.guard, scene.request())).toBe(expected)
  expect(events).toMatchObject(messages.map((message) => ({ error: { message } })))
})
