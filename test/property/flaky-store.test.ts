import { type Auth, type Guard, type GuardRequest, memoryReplayStore } from '@dpop-guard/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createScene, now } from '../support/guard-scene.js'

const numRuns = 150
const { another, request } = createScene()

/**
 * What a store does with one key. `lost`: it adds the key, and its answer does not arrive. `slow`: it adds the key at once, and
 * its answer arrives late. `queued`: it adds the key late.
 */
const behaviours = ['works', 'throws', 'rejects', 'lost', 'nonsense', 'slow', 'queued'] as const
type Behaviour = (typeof behaviours)[number]

type Event =
  | { readonly kind: 'wait'; readonly seconds: number }
  | { readonly kind: 'send'; readonly proof: number; readonly behaviour: Behaviour; readonly nonsense: unknown }
  | { readonly kind: 'settle' }

const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), seconds: fc.constantFrom(0.5, 1, 10, 29, 100) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('send' as const),
      proof: fc.nat({ max: 3 }),
      behaviour: fc.constantFrom(...behaviours),
      nonsense: fc.constantFrom<unknown>(undefined, null, 1, 0, 'true', 'OK', {}, [true]),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('settle' as const) }) },
)

function createFlaky() {
  const clock = { now }
  const memory = memoryReplayStore({ clock: () => clock.now })
  const waiting: (() => void)[] = []
  const next = { behaviour: 'works' as Behaviour, nonsense: undefined as unknown }
  const later = () => new Promise<void>((resolve) => waiting.push(resolve))

  const replay = {
    addIfAbsent(key: string, ttlSeconds: number): boolean | Promise<boolean> {
      const { behaviour, nonsense } = next
      if (behaviour === 'throws') throw new Error('down')
      if (behaviour === 'rejects') return Promise.reject(new Error('down'))
      if (behaviour === 'queued') return later().then(() => memory.addIfAbsent(key, ttlSeconds))
      const answer = memory.addIfAbsent(key, ttlSeconds)
      if (behaviour === 'lost') return Promise.reject(new Error('connection closed'))
      if (behaviour === 'nonsense') return nonsense as boolean
      return behaviour === 'slow' ? later().then(() => answer) : answer
    },
  }
  const guard: Guard<Auth | undefined> = another({
    replayStore: replay,
    clock: () => clock.now,
  })
  return { clock, waiting, next, guard }
}

test(`with a store that fails in every way, no proof is accepted twice, and an unknown answer is a 503, in ${numRuns} histories`, async ({
  annotate,
}) => {
  const seen = { accepted: 0, replayed: 0, unavailable: 0 }
  await fc.assert(
    fc.asyncProperty(fc.array(event, { minLength: 10, maxLength: 40, size: 'max' }), async (history) => {
      const { clock, waiting, next, guard } = createFlaky()
      const proofs = Array.from({ length: 4 }, () => request())
      const accepted = new Map<GuardRequest, number>()
      const pending: Promise<void>[] = []

      async function send(one: GuardRequest, behaviour: Behaviour): Promise<void> {
        const verdict = await guard.check(one)
        if (verdict.accepted) {
          expect(['works', 'slow', 'queued']).toContain(behaviour)
          accepted.set(one, (accepted.get(one) ?? 0) + 1)
          seen.accepted++
          return
        }
        if (verdict.reason === 'proof_expired' || verdict.reason === 'token_expired') return
        // An answer that comes after the lifetime of the key is a 503.
        const late = (behaviour === 'slow' || behaviour === 'queued') && verdict.status === 503
        if (['works', 'slow', 'queued'].includes(behaviour) && !late) {
          expect(verdict).toMatchObject({ status: 401, reason: 'proof_replayed' })
          seen.replayed++
        } else {
          expect(verdict).toMatchObject({ status: 503, reason: 'replay_store_unavailable', body: '' })
          expect(verdict.headers).toEqual({})
          seen.unavailable++
        }
      }

      async function settleAll(): Promise<void> {
        while (waiting.length > 0) waiting.shift()?.()
        await Promise.all(pending)
      }

      for (const one of history) {
        if (one.kind === 'wait') clock.now += one.seconds
        else if (one.kind === 'settle') waiting.shift()?.()
        else {
          Object.assign(next, { behaviour: one.behaviour, nonsense: one.nonsense })
          const claimed = waiting.length
          const sending = send(proofs[one.proof] ?? request(), one.behaviour)
          pending.push(sending)
          const hangs = one.behaviour === 'slow' || one.behaviour === 'queued'
          // Until it is answered, or the store keeps it waiting.
          await Promise.race([sending, hangs && untilMoreThan(claimed, waiting)].filter((item) => item !== false))
        }
      }
      await settleAll()
      for (const times of accepted.values()) expect(times).toBe(1)
    }),
    { numRuns },
  )
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(numRuns)
  await annotate(JSON.stringify(seen))
})

async function untilMoreThan(count: number, list: readonly unknown[]): Promise<void> {
  while (list.length <= count) await new Promise((resolve) => setImmediate(resolve))
}
