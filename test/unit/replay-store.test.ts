import { createHash } from 'node:crypto'
import { memoryReplayStore, type ReplayStore, replayStoreFullCode } from '@dpop-guard/core'
import { type ReplayStoreContext, replayStoreContract } from '@dpop-guard/core/replay-store-contract'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { createScene, mistyped, now, outcome } from '../support/guard-scene.js'
import { createMemory } from '../support/memory-store.js'

describe('the memory store', () => {
  test.each(replayStoreContract)('$name', ({ run }) => run(createMemory()))

  test('remembers a key up to the last instant of its time', () => {
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

  test('takes a new key for a second at the very instant when all others end, though it has dropped them', () => {
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

  test.each([Number.NaN, undefined, Number.POSITIVE_INFINITY])('throws when its clock gives %s', (time) => {
    const store = memoryReplayStore({ clock: () => mistyped<number>(time) })
    expect(() => store.addIfAbsent('a', 60)).toThrow(RangeError)
  })

  test('works up to the last second of 32 bits, and says what it needs beyond', () => {
    const store = memoryReplayStore({ clock: () => 2 ** 32 - 2 })
    expect(store.addIfAbsent('a', 1)).toBe(true)
    expect(store.addIfAbsent('a', 1)).toBe(false)
    expect(() => store.addIfAbsent('b', 2)).toThrow('a claim needs a clock of seconds, and a ttlSeconds above zero')
  })

  test.each([
    ['milliseconds from its clock', now * 1000, 60],
    ['an endless ttlSeconds', now, Number.POSITIVE_INFINITY],
    ['a ttlSeconds beyond 32 bits', now, 2 ** 32],
  ])('never accepts a key twice, whatever it is given: %s', (_, time, ttlSeconds) => {
    const store = memoryReplayStore({ clock: () => time })
    const claims = [1, 2].map(() => {
      try {
        return store.addIfAbsent('a', ttlSeconds)
      } catch {
        return 'refused'
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

  test('throws for a new key, with the code that says so', () => {
    const { claim } = createFull()
    expect(() => claim('one more', 60)).toThrow(expect.objectContaining({ code: replayStoreFullCode }))
    expect(replayStoreFullCode).toBe('ERR_REPLAY_STORE_FULL')
  })

  test('has evicted nothing: every key is still refused', () => {
    const { claim, clock } = createFull()
    for (let attempt = 0; attempt < 1000; attempt++) expect(() => claim(`new-${attempt}`, 60)).toThrow('takes no more')
    clock.now = now + 59
    expect(keys.map((key) => claim(key, 60))).toEqual(keys.map(() => false))
  })

  test('takes claims again when others have expired', () => {
    const { claim, clock } = createFull()
    clock.now = now + 59
    expect(() => claim('one more', 60)).toThrow('takes no more')
    clock.now = now + 60
    expect(claim('one more', 60)).toBe(true)
    expect(keys.slice(1).map((key) => claim(key, 60))).toEqual(keys.slice(1).map(() => true))
    expect(() => claim('too many', 60)).toThrow('takes no more')
  })

  test('takes as many as have expired', () => {
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

  test('is a 503 of its own reason, and no challenge', async () => {
    const clock = () => now
    const { guard, request } = createScene({ replayStore: memoryReplayStore({ maxEntries: 1, clock }) })
    const first = request()
    expect(await outcome(guard, first)).toBe('accepted')
    expect(await guard.check(request())).toMatchObject({ status: 503, reason: 'replay_store_full', headers: {} })
    expect(await outcome(guard, first)).toBe('401 proof_replayed')
  })
})

describe('however its clock advances,', () => {
  /** As of proofs: the end of a key's time is fixed, so a later claim has a shorter one. */
  interface Entry {
    key: string
    deadline: number
    accepted: boolean
  }

  const stepArbitrary = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant('wave' as const), size: fc.integer({ min: 1, max: 1500 }) }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('replay' as const), from: fc.nat() }) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('advance' as const), seconds: fc.integer({ min: 1, max: 150 }) }),
    },
  )

  test('a memory store accepts no key again in its time, and refuses no new key as used', () => {
    fc.assert(
      fc.property(fc.array(stepArbitrary, { minLength: 5, maxLength: 40 }), (steps) => {
        const { store, clock } = createMemory()
        const entries: Entry[] = []
        const claim = (entry: Entry) => {
          if (clock.now >= entry.deadline) return
          const answer = store.addIfAbsent(entry.key, entry.deadline - clock.now)
          if (answer === entry.accepted) throw new Error(`${entry.key} is told ${answer}`)
          entry.accepted = true
        }
        for (const step of steps) {
          if (step.kind === 'advance') clock.now += step.seconds
          else if (step.kind === 'wave') {
            for (let index = 0; index < step.size; index++) {
              const entry = { key: `${entries.length}`, deadline: clock.now + 1 + (index % 121), accepted: false }
              entries.push(entry)
              claim(entry)
            }
          } else {
            const count = Math.min(entries.length, 2000)
            for (let index = 0; index < count; index++) {
              const entry = entries[(step.from + index) % entries.length]
              if (entry !== undefined) claim(entry)
            }
          }
        }
        entries.forEach(claim)
      }),
      { numRuns: 60 },
    )
  })
})

describe('the contract fails a store that', () => {
  interface Change {
    forget?: boolean
    fold?: boolean
    confuse?: boolean
    extend?: boolean
    factor?: number
    /** Of each ttlSeconds. */
    less?: number
  }

  /** A right store, of which each row breaks one thing. */
  function createMap(change: Change = {}) {
    let time = 0
    const expiries = new Map<string, number>()
    const store: ReplayStore = {
      addIfAbsent(key, ttlSeconds) {
        const name = change.confuse ? '' : change.fold ? key.toLowerCase() : key
        const live = (expiries.get(name) ?? 0) > time
        if (!live || change.extend) expiries.set(name, time + ttlSeconds * (change.factor ?? 1) - (change.less ?? 0))
        if (change.forget && expiries.size > 100) expiries.delete(expiries.keys().next().value ?? '')
        return !live
      },
    }
    const advance = (seconds: number) => {
      time += seconds
    }
    return { store, advance }
  }

  const keep = { advance: () => {} }

  const wrong: [name: string, create: () => ReplayStoreContext, broken: RegExp][] = [
    ['says true to everything', () => ({ store: { addIfAbsent: () => true }, ...keep }), /^returns true for a key/],
    ['says false to everything', () => ({ store: { addIfAbsent: () => false }, ...keep }), /^returns true for a key/],
    ['answers with numbers', () => answering((first) => mistyped(first ? 1 : 0)), /^returns true for a key/],
    ['answers with texts', () => answering((first) => mistyped(first ? 'OK' : null)), /^returns true for a key/],
    [
      'rejects',
      () => ({ store: { addIfAbsent: () => Promise.reject(new Error('down')) }, ...keep }),
      /^returns true for a key/,
    ],
    ['forgets under load', () => createMap({ forget: true }), /thousand keys/],
    ['takes all keys for one', () => createMap({ confuse: true }), /^keeps keys apart/],
    ['folds case', () => createMap({ fold: true }), /case only/],
    ['extends the time of a replay', () => createMap({ extend: true }), /does not extend/],
    ['forgets at half the time', () => createMap({ factor: 0.5 }), /until its time is over/],
    ['never forgets', () => createMap({ factor: 1000 }), /does not extend/],
    ['takes seconds for milliseconds', () => createMap({ factor: 0.001 }), /until its time is over/],
    ['takes one second for none', () => createMap({ less: 1 }), /shortest time/],
    ['looks first and writes later', createRacy, /simultaneous/],
    ['shares nothing', () => ({ ...createMap(), peer: createMap().store }), /peers/],
    ['shares nothing under load', () => ({ ...createMap(), peer: createMap().store }), /simultaneous/],
    ['knows one key only', createAmnesiac, /keeps keys apart|thousand/],
  ]

  test.each(wrong)('%s', async (_, create, broken) => {
    expect(await failing(create)).toEqual(expect.arrayContaining([expect.stringMatching(broken)]))
  })

  test('is not broken: a right one passes', async () => {
    expect(await failing(createMap)).toEqual([])
  })

  test('is asked with keys as the guard makes them', async () => {
    const keys: string[] = []
    const { store, advance } = createMap()
    const claim: ReplayStore['addIfAbsent'] = (key, ttlSeconds) => {
      keys.push(key)
      return store.addIfAbsent(key, ttlSeconds)
    }
    for (const { run } of replayStoreContract) await run({ store: { addIfAbsent: claim }, advance }).catch(() => {})
    expect(keys.filter((key) => !/^[\w-]{43}$/.test(key))).toEqual([])
  })

  async function failing(create: () => ReplayStoreContext): Promise<string[]> {
    const names: string[] = []
    for (const { name, run } of replayStoreContract) await run(create()).catch(() => names.push(name))
    return names
  }

  function answering(answer: (first: boolean) => boolean): ReplayStoreContext {
    const { store, advance } = createMap()
    return { store: { addIfAbsent: (key, ttlSeconds) => answer(store.addIfAbsent(key, ttlSeconds) === true) }, advance }
  }

  function createRacy(): ReplayStoreContext {
    const used = new Set<string>()
    const claim = async (key: string) => {
      const first = !used.has(key)
      await Promise.resolve()
      used.add(key)
      return first
    }
    return { store: { addIfAbsent: claim }, ...keep }
  }

  function createAmnesiac(): ReplayStoreContext {
    let last = ''
    const claim = (key: string) => {
      const first = key !== last
      last = key
      return first
    }
    return { store: { addIfAbsent: claim }, ...keep }
  }
})

test('the default store goes by the clock of the guard', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  onTestFinished(() => void vi.useRealTimers())
  const { guard, request } = createScene()
  const once = request()
  expect(await outcome(guard, once)).toBe('accepted')
  vi.setSystemTime(Date.now() + 3_600_000)
  expect(await outcome(guard, once)).toBe('401 proof_replayed')
})

describe('what the guard claims', () => {
  function createRecorder() {
    const claims: { key: string; ttlSeconds: number }[] = []
    const replay: ReplayStore = {
      addIfAbsent(key, ttlSeconds) {
        claims.push({ key, ttlSeconds })
        return true
      },
    }
    return { claims, ...createScene({ replayStore: replay }) }
  }

  test('is a digest of the key and the "jti", never the "jti" itself', async () => {
    const { guard, request, claims, client } = createRecorder()
    expect(await outcome(guard, request({ proof: { jti: 'jti-1' } }))).toBe('accepted')
    expect(await outcome(guard, request({ proof: { jti: 'jti-1' }, target: '/elsewhere' }))).toBe('accepted')
    expect(await outcome(guard, request({ proof: { jti: 'jti-2' } }))).toBe('accepted')
    const digest = createHash('sha256').update(`${client.jkt}jti-1`).digest('base64url')
    expect(claims.map(({ key }) => key === digest)).toEqual([true, true, false])
    for (const { key } of claims) expect(key).toMatch(/^[\w-]{43}$/)
  })

  test('is another key for another client with the same "jti"', async () => {
    const scenes = [createRecorder(), createRecorder()]
    for (const { guard, request } of scenes) await guard.check(request({ proof: { jti: 'same' } }))
    const [first, second] = scenes.map(({ claims }) => claims[0]?.key)
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
  ])('lives for an "iat" at %d s until it cannot be accepted any more', async (offset, ttlSeconds) => {
    const { guard, request, claims } = createRecorder()
    expect(await outcome(guard, request({ proof: { now: now + offset } }))).toBe('accepted')
    expect(claims.map((claim) => claim.ttlSeconds)).toEqual([ttlSeconds])
  })

  test('is nothing for a request that fails any other check', async () => {
    const { guard, request, claims } = createRecorder()
    const bad = [
      request({ proof: { now: now - 61 } }),
      request({ proof: { url: 'https://other.example/orders' } }),
      request({ proof: { method: 'POST' } }),
      request({ proof: { accessToken: 'other' } }),
      request({ token: { exp: now - 100 } }),
      request({ token: { cnf: undefined } }),
    ]
    for (const one of bad) expect(await outcome(guard, one)).not.toBe('accepted')
    expect(claims).toEqual([])
  })
})

test('of many simultaneous checks of one proof exactly one is accepted', async () => {
  const { guard, request } = createScene()
  const same = request()
  const outcomes = await Promise.all(Array.from({ length: 50 }, () => outcome(guard, same)))
  expect(outcomes.filter((text) => text === 'accepted')).toHaveLength(1)
  expect(outcomes.filter((text) => text === '401 proof_replayed')).toHaveLength(49)
})

test('a claim that is made after another one of the same proof was forgotten lets nothing pass twice', async () => {
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
