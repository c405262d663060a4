import { memoryReplayStore, replayStoreFullCode } from '@dpop-guard/core'
import { replayStoreContract } from '@dpop-guard/core/replay-store-contract'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { createScene, mistyped, now, outcome } from '../../../support/guard-scene.js'
import { createMemory } from '../../../support/memory-store.js'

describe('the memory store', () => {
  test.each(replayStoreContract)('$name', ({ run }) => run(createMemory()))

  test('remembers a key until the last instant of its time', () => {
    const { claim, clock } = createMemory()
    expect(claim('a', 60)).toBe(true)
    clock.now = now + 59.999
    expect(claim('a', 60)).toBe(false)
    clock.now = now + 60
    expect(claim('a', 60)).toBe(true)
  })

  test('forgets no key early when its clock shows fractions', () => {
    const { claim, clock } = createMemory()
    clock.now = now + 0.9
    expect(claim('a', 1)).toBe(true)
    clock.now = now + 1.899
    expect(claim('a', 1)).toBe(false)
  })

  test('accepts a new key for one second at the instant when all others end and are removed', () => {
    const { claim, clock } = createMemory()
    const claimMany = (name: string, ttlSeconds: number) =>
      new Set(Array.from({ length: 10_000 }, (_, index) => claim(`${name} ${index}`, ttlSeconds)))
    expect(claimMany('old', 10)).toEqual(new Set([true]))
    clock.now = now + 10
    expect(claimMany('new', 1)).toEqual(new Set([true]))
  })

  test.each([0, -1, Number.NaN, Number.NEGATIVE_INFINITY])('throws for a ttlSeconds of %d', (ttlSeconds) => {
    const { claim } = createMemory()
    expect(() => claim('a', ttlSeconds)).toThrow(RangeError)
    expect(claim('a', 1)).toBe(true)
  })

  test.each([Number.NaN, undefined, Number.POSITIVE_INFINITY])('throws when its clock returns %s', (time) => {
    const store = memoryReplayStore({ clock: () => mistyped<number>(time) })
    expect(() => store.addIfAbsent('a', 60)).toThrow(RangeError)
  })

  test('works until the last second of 32 bits, and then says what it needs', () => {
    const store = memoryReplayStore({ clock: () => 2 ** 32 - 2 })
    expect(store.addIfAbsent('a', 1)).toBe(true)
    expect(store.addIfAbsent('a', 1)).toBe(false)
    expect(() => store.addIfAbsent('b', 2)).toThrow(
      'addIfAbsent() needs a clock of seconds, and a ttlSeconds above zero',
    )
  })

  test.each([
    ['milliseconds from its clock', now * 1000, 60],
    ['an endless ttlSeconds', now, Number.POSITIVE_INFINITY],
    ['a ttlSeconds beyond 32 bits', now, 2 ** 32],
  ])('never accepts a key twice, even with %s', (_, time, ttlSeconds) => {
    const store = memoryReplayStore({ clock: () => time })
    const claims = [1, 2].map(() => {
      try {
        return store.addIfAbsent('a', ttlSeconds)
      } catch {
        return 'rejected'
      }
    })
    expect(claims).not.toEqual([true, true])
  })
})

describe('a full memory store', () => {
  const keys = Array.from({ length: 100 }, (_, index) => `key-${index}`)

  function createFull() {
    const memory = createMemory({ maxEntries: keys.length })
    for (const key of keys) expect(memory.claim(key, 60)).toBe(true)
    return memory
  }

  test('throws for a new key, with the code of a full store', () => {
    const { claim } = createFull()
    expect(() => claim('one more', 60)).toThrow(expect.objectContaining({ code: replayStoreFullCode }))
    expect(replayStoreFullCode).toBe('ERR_REPLAY_STORE_FULL')
  })

  test('has evicted nothing: every key is still rejected', () => {
    const { claim, clock } = createFull()
    for (let attempt = 0; attempt < 1000; attempt++) expect(() => claim(`new-${attempt}`, 60)).toThrow('takes no more')
    clock.now = now + 59
    expect(keys.map((key) => claim(key, 60))).toEqual(keys.map(() => false))
  })

  test('accepts keys again when others have expired', () => {
    const { claim, clock } = createFull()
    clock.now = now + 59
    expect(() => claim('one more', 60)).toThrow('takes no more')
    clock.now = now + 60
    expect(claim('one more', 60)).toBe(true)
    expect(keys.slice(1).map((key) => claim(key, 60))).toEqual(keys.slice(1).map(() => true))
    expect(() => claim('too many', 60)).toThrow('takes no more')
  })

  test('accepts as many keys as have expired', () => {
    const { claim, clock } = createMemory({ maxEntries: 10 })
    for (let index = 0; index < 10; index++) expect(claim(`key-${index}`, index < 3 ? 10 : 60)).toBe(true)
    clock.now = now + 10
    for (let index = 0; index < 3; index++) expect(claim(`new-${index}`, 60)).toBe(true)
    expect(() => claim('new-3', 60)).toThrow('takes no more')
  })

  test('counts again from a clock that was set back', () => {
    const { claim, clock } = createMemory({ maxEntries: 2 })
    expect(claim('a', 1)).toBe(true)
    for (const seconds of [1000, 900, 800]) {
      clock.now = now - seconds
      expect(claim(`key-${seconds}`, 1)).toBe(true)
    }
  })

  test('is a 503 with its own reason, and no challenge', async () => {
    const clock = () => now
    const { guard, request } = createScene({ replayStore: memoryReplayStore({ maxEntries: 1, clock }) })
    const first = request()
    expect(await outcome(guard, first)).toBe('accepted')
    const full = await guard.check(request())
    expect(full).toMatchObject({ status: 503, reason: 'replay_store_full' })
    expect(full.headers).toEqual({})
    expect(await outcome(guard, first)).toBe('401 proof_replayed')
  })
})

test('the default store uses the clock of the guard', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  onTestFinished(() => void vi.useRealTimers())
  const { guard, request } = createScene()
  const once = request()
  expect(await outcome(guard, once)).toBe('accepted')
  vi.setSystemTime(Date.now() + 3_600_000)
  expect(await outcome(guard, once)).toBe('401 proof_replayed')
})
