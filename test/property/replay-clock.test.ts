/** Guards, stores and a system clock that is set: no proof is accepted twice, in any order of events. */
import { createGuard, type Guard, type GuardOptions, memoryReplayStore, type ReplayStore } from '@dpop-guard/core'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createProofClient } from '../support/proof-client.js'
import { createTestIssuer } from '../support/test-issuer.js'

const start = 1_800_000_000
const resource = 'https://api.example.com'
const { issuer, jwks, mint } = createTestIssuer()
const client = createProofClient()
const accessToken = mint({ now: 0, exp: 9_000_000_000, cnf: { jkt: client.jkt } })
const secrets = ['a secret of a test, 32 bytes or more']

// The guards use the system clock, so that they also measure the time that passes while the clock is set.
beforeAll(() => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'] })
})
afterAll(() => {
  vi.useRealTimers()
})

/** The state that the guards of this process share. Each history begins without it, as a new process does. */
const shared = Symbol.for('@dpop-guard/core: replay state of this process, version 2')
function startHistory(): void {
  Reflect.deleteProperty(globalThis, shared)
  vi.setSystemTime(start * 1000)
}

const time = () => Date.now() / 1000
const pass = (seconds: number) => vi.advanceTimersByTime(seconds * 1000)
const jump = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000)

/** Like Redis, it measures the time that passes, and does not see the clocks of other machines. */
function storeOfAnotherMachine(): ReplayStore {
  const until = new Map<string, number>()
  return {
    addIfAbsent(key, ttlSeconds) {
      const now = performance.now() / 1000
      if ((until.get(key) ?? 0) > now) return false
      until.set(key, now + ttlSeconds)
      return true
    },
  }
}

const stores: Record<string, () => Pick<GuardOptions, 'replayStore'>> = {
  'the default store': () => ({}),
  'a memory store': () => ({ replayStore: memoryReplayStore() }),
  'a store on another machine': () => ({ replayStore: storeOfAnotherMachine() }),
}

type Step =
  | { kind: 'pass'; seconds: number }
  | { kind: 'jump'; seconds: number }
  | { kind: 'send'; ahead: number; guard: number; nonce: 30 | 90 | undefined }
  | { kind: 'repeat'; index: number; guard: number }
  | { kind: 'widen' }

const guardIndex = fc.nat({ max: 5 })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('pass' as const), seconds: fc.integer({ min: 0, max: 130 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('jump' as const),
      seconds: fc.oneof(
        fc.integer({ min: -400, max: 400 }),
        fc.constantFrom(-86_400, 86_400, -3600, 3600, -40, 40, -1, 1),
      ),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('send' as const),
      ahead: fc.oneof(fc.integer({ min: -70, max: 40 }), fc.constantFrom(-86_400, 86_400, -3600, 3600, 300)),
      guard: guardIndex,
      /** The rotation of the nonce, or no nonce. */
      nonce: fc.constantFrom(30 as const, 90 as const, undefined),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('repeat' as const), index: fc.nat({ max: 40 }), guard: guardIndex }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('widen' as const) }) },
)

interface Sent {
  readonly proof: string
  accepted: boolean
}

/** The nonce that guards with these secrets and this rotation send now. */
async function newestNonce(rotationSeconds: number): Promise<string> {
  const options = { issuer: { issuer, jwks }, resource, replayStore: 'off' as const }
  const guard = createGuard({ ...options, freshness: 'nonce', nonce: { secrets, rotationSeconds } })
  const { headers } = await guard.check({ method: 'GET', target: '/orders', headers: [] })
  return String(headers['dpop-nonce'])
}

async function play(steps: readonly Step[], createStore: () => Pick<GuardOptions, 'replayStore'>): Promise<void> {
  startHistory()
  const basics = { issuer: { issuer, jwks }, resource, ...createStore() }
  const nonce = { secrets, rotationSeconds: 30 }
  const guards: Guard[] = [
    createGuard(basics),
    createGuard({ ...basics, freshness: 'nonce', nonce }),
    createGuard({ ...basics, freshness: 'both', nonce, proof: { maxAgeSeconds: 10 } }),
    createGuard({ ...basics, freshness: 'adaptive', nonce, proof: { maxAgeSeconds: 45 } }),
    createGuard({ ...basics, freshness: 'adaptive', nonce: { secrets, rotationSeconds: 90 } }),
  ]
  const sent: Sent[] = []
  const present = async (one: Sent, index: number) => {
    const guard = guards[index % guards.length]
    const headers = ['Authorization', `DPoP ${accessToken}`, 'DPoP', one.proof]
    const verdict = await guard?.check({ method: 'GET', target: '/orders', headers })
    if (verdict?.accepted !== true) return
    if (one.accepted) throw new Error('a proof was accepted twice')
    one.accepted = true
  }
  for (const move of steps) {
    if (move.kind === 'pass') pass(move.seconds)
    else if (move.kind === 'jump') jump(move.seconds)
    else if (move.kind === 'widen') guards.push(createGuard({ ...basics, proof: { maxAgeSeconds: 300 } }))
    else if (move.kind === 'send') {
      const newest = move.nonce && (await newestNonce(move.nonce))
      const parts = {
        method: 'GET',
        url: `${resource}/orders`,
        now: time() + move.ahead,
        accessToken,
        nonce: newest,
      }
      const one = { proof: client.proof(parts), accepted: false }
      sent.push(one)
      await present(one, move.guard)
    } else {
      const one = sent[move.index % Math.max(sent.length, 1)]
      if (one !== undefined) await present(one, move.guard)
    }
  }
}

test.each(Object.entries(stores))(
  'no proof is accepted twice, with any changes of the clock and any added guards (%s)',
  async (_, createStore) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 30 }), (steps) => play(steps, createStore)),
      { numRuns: 300 },
    )
  },
)

function createSender(createStore: () => Pick<GuardOptions, 'replayStore'>) {
  startHistory()
  const guard = createGuard({ issuer: { issuer, jwks }, resource, ...createStore() })
  /** Sends a new proof every five seconds. Returns whether each one was accepted. */
  return async function sendFor(seconds: number): Promise<boolean[]> {
    const accepted: boolean[] = []
    for (let second = 0; second < seconds; second += 5) {
      const proof = client.proof({ method: 'GET', url: `${resource}/orders`, now: time(), accessToken })
      const headers = ['Authorization', `DPoP ${accessToken}`, 'DPoP', proof]
      accepted.push((await guard.check({ method: 'GET', target: '/orders', headers })).accepted)
      pass(5)
    }
    return accepted
  }
}

describe.each(Object.entries(stores))('with %s', (_, createStore) => {
  test('a clock that was a day ahead rejects no new proof after it is corrected', async () => {
    const sendFor = createSender(createStore)
    await sendFor(300)
    jump(86_400)
    await sendFor(600)
    jump(-86_400)
    expect(await sendFor(900)).not.toContain(false)
  })

  test.each([1, 40, 60])('a clock that is set back by %d s rejects no new proof', async (seconds) => {
    const sendFor = createSender(createStore)
    await sendFor(200)
    jump(-seconds)
    expect(await sendFor(200)).not.toContain(false)
  })

  test('a clock that is set back by ten minutes rejects new proofs for ten minutes, and none after that', async () => {
    const sendFor = createSender(createStore)
    await sendFor(1200)
    jump(-600)
    await sendFor(600)
    expect(await sendFor(600)).not.toContain(false)
  })
})
