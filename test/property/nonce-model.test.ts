import { type Auth, type Guard, type GuardRequest, memoryReplayStore } from '@dpop-guard/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createScene, now } from '../support/guard-scene.js'

const numRuns = 150
const rotationSeconds = 60
const { another, request } = createScene()

/** A request, with the secret and the step of its nonce. */
interface Sent {
  readonly request: GuardRequest
  readonly secret: number
  readonly step: number
  accepted: boolean
}

type Event =
  | { readonly kind: 'wait'; readonly seconds: number }
  /** One step of a secret's replacement at one instance: it is added last, then moved first, then the old one is removed. */
  | { readonly kind: 'restart'; readonly instance: number }
  /** A client asks one instance for a nonce, and sends a new request with it to another. */
  | { readonly kind: 'send'; readonly from: number; readonly to: number }
  | { readonly kind: 'again'; readonly to: number; readonly which: number }

const instance = fc.nat({ max: 1 })
const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({
    kind: fc.constant('wait' as const),
    seconds: fc.oneof(
      fc.double({ min: 0, max: 150, noNaN: true }),
      fc.integer({ min: -200, max: -1 }),
      fc.constantFrom(1, 59, 60, 61, 120, -60),
    ),
  }),
  fc.record({ kind: fc.constant('restart' as const), instance }),
  fc.record({ kind: fc.constant('send' as const), from: instance, to: instance }),
  fc.record({ kind: fc.constant('again' as const), to: instance, which: fc.nat() }),
)

/** The secrets of an instance after that many restarts. */
function secretsAfter(restarts: number): number[] {
  const old = Math.floor(restarts / 3)
  return [[old], [old, old + 1], [old + 1, old]][restarts % 3] ?? []
}

/** Instances of one API with one replay store and one clock. */
function createGroup() {
  const clock = { now }
  const replay = memoryReplayStore({ clock: () => clock.now })
  const start = (restarts: number) => {
    const secrets = secretsAfter(restarts)
    const guard = another({
      freshness: 'nonce',
      nonce: { secrets: secrets.map((secret) => `a secret of more than 32 bytes: ${secret}`), rotationSeconds },
      replayStore: replay,
      clock: () => clock.now,
    })
    return { guard, secrets, restarts }
  }
  return { clock, start, instances: [start(0), start(0)] }
}

async function nonceOf(guard: Guard<Auth | undefined>): Promise<string> {
  const { headers } = await guard.check({ method: 'GET', target: '/', headers: [] })
  return String(headers['dpop-nonce'])
}

test(`nonces are good for their step and its neighbours where their secret is known, and each proof once, in ${numRuns} histories`, async ({
  annotate,
}) => {
  const seen = { accepted: 0, again: 0, stale: 0, doubtful: 0 }
  await fc.assert(
    fc.asyncProperty(fc.array(event, { minLength: 20, maxLength: 60, size: 'max' }), async (history) => {
      const { clock, start, instances } = createGroup()
      const sent: Sent[] = []
      let latest = now
      const currentStep = () => Math.floor(clock.now / rotationSeconds)

      async function deliver(item: Sent, to: number): Promise<void> {
        const { guard, secrets } = instances[to] ?? start(0)
        const verdict = await guard.check(item.request)
        const good = secrets.includes(item.secret) && Math.abs(currentStep() - item.step) <= 1
        if (!good) {
          expect(verdict).toMatchObject({ accepted: false, status: 401, error: 'use_dpop_nonce' })
          seen.stale++
        } else if (item.accepted) {
          expect(verdict.accepted).toBe(false)
          seen.again++
        } else if (!verdict.accepted) {
          // The store may be uncertain only about a time that is already past for it.
          expect(clock.now).toBeLessThan(latest)
          expect(verdict).toMatchObject({ status: 503, reason: 'replay_store_unavailable' })
          seen.doubtful++
        } else {
          item.accepted = true
          seen.accepted++
        }
        latest = Math.max(latest, clock.now)
      }

      for (const one of history) {
        if (one.kind === 'wait') clock.now += one.seconds
        else if (one.kind === 'restart') {
          instances[one.instance] = start((instances[one.instance]?.restarts ?? 0) + 1)
        } else if (one.kind === 'again') {
          const item = sent[one.which % Math.max(1, sent.length)]
          if (item !== undefined) await deliver(item, one.to)
        } else {
          const { guard, secrets } = instances[one.from] ?? start(0)
          const nonce = await nonceOf(guard)
          const made = request({ token: { exp: 9_000_000_000 }, proof: { nonce, now: 1 } })
          const item = { request: made, secret: secrets[0] ?? 0, step: currentStep(), accepted: false }
          sent.push(item)
          await deliver(item, one.to)
        }
      }
    }),
    { numRuns },
  )
  expect(Math.min(seen.accepted, seen.again, seen.stale)).toBeGreaterThan(numRuns)
  await annotate(JSON.stringify(seen))
})
