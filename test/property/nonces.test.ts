import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createCoreScene, nonceOf } from '../support/core-scene.js'

const nqchars = /^[\x21\x23-\x5b\x5d-\x7e]+$/
const epoch = 1_800_000_000

const secret = fc.oneof(
  fc.uint8Array({ minLength: 32, maxLength: 64 }),
  fc.string({ unit: 'binary', minLength: 32, maxLength: 64 }),
)
const rotation = fc.integer({ min: 1, max: 3600 })
const time = fc.double({ min: 0, max: 4_000_000_000, noNaN: true, noDefaultInfinity: true })

/** The nonce of a server at one time. */
async function issue(
  secrets: (string | Uint8Array)[],
  rotationSeconds: number,
  at: number,
  freshness: 'nonce' | 'both',
) {
  const scene = createCoreScene({ time: at })
  const verdict = await scene.ask(scene.guard({ freshness, nonce: { secrets, rotationSeconds } }))
  return nonceOf(verdict) ?? ''
}

describe('for any secrets, rotation and clock', () => {
  test('a nonce consists of NQCHARs and has at least 128 bits', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(secret, { minLength: 1, maxLength: 3 }),
        rotation,
        time,
        fc.constantFrom('nonce' as const, 'both' as const),
        async (secrets, rotationSeconds, at, freshness) => {
          const nonce = await issue(secrets, rotationSeconds, at, freshness)
          expect(nonce).toMatch(nqchars)
          expect(nonce).toMatch(/^[\w-]+$/)
          expect(Buffer.from(nonce, 'base64url').length).toBeGreaterThanOrEqual(16)
        },
      ),
      { numRuns: 100 },
    )
  })

  test('nonces are equal exactly where secret and step are', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(secret, {
          minLength: 2,
          maxLength: 2,
          // HMAC pads keys with zeros up to its block, so a string and the same string with zeros behind it are one key.
          selector: (value) => Buffer.from(value).toString('latin1').replace(/\0+$/, ''),
        }),
        rotation,
        fc.array(time, { minLength: 2, maxLength: 2 }),
        async ([first = '', second = ''], rotationSeconds, [at = 0, then = 0]) => {
          const step = (seconds: number) => Math.floor(seconds / rotationSeconds)
          const nonce = await issue([first], rotationSeconds, at, 'nonce')
          expect(nonce === (await issue([first], rotationSeconds, then, 'nonce'))).toBe(step(at) === step(then))
          expect(nonce).not.toBe(await issue([second], rotationSeconds, at, 'nonce'))
        },
      ),
      { numRuns: 100 },
    )
  })
})

/** Events of a group of servers and of a client, and their times. */
type Step =
  | { readonly kind: 'wait'; readonly seconds: number }
  | { readonly kind: 'call'; readonly server: number; readonly with: 'newest' | 'oldest' | 'none' }

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('wait' as const), seconds: fc.double({ min: 0, max: 200, noNaN: true }) }),
    fc.record({
      kind: fc.constant('call' as const),
      server: fc.nat({ max: 2 }),
      with: fc.constantFrom('newest' as const, 'oldest' as const, 'none' as const),
    }),
  ),
  { minLength: 5, maxLength: 25 },
)

describe('a model of many servers with one secret', () => {
  test('a nonce is accepted at once, at least one rotation, and never after two', async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 2, max: 90 }), async (plan, rotationSeconds) => {
        const scene = createCoreScene({ time: epoch })
        const secrets = ['a secret of more than 32 bytes: 0001']
        const servers = [0, 1, 2].map(() => scene.guard({ freshness: 'nonce', nonce: { secrets, rotationSeconds } }))
        const heard: { nonce: string; first: number; last: number }[] = []

        for (const step of plan) {
          if (step.kind === 'wait') {
            scene.time += step.seconds
            continue
          }
          const guard = servers[step.server]
          if (guard === undefined) throw new Error('no such server')
          const used = step.with === 'none' ? undefined : heard.at(step.with === 'newest' ? -1 : 0)
          const verdict = await scene.ask(guard, { nonce: used?.nonce, now: 1 })
          const handedOut = nonceOf(verdict)

          const age = used === undefined ? Number.POSITIVE_INFINITY : scene.time - used.first
          const idle = used === undefined ? Number.POSITIVE_INFINITY : scene.time - used.last
          if (idle <= rotationSeconds) expect(verdict.accepted, `idle ${idle}`).toBe(true)
          if (age >= 2 * rotationSeconds) expect(verdict.accepted, `age ${age}`).toBe(false)
          if (!verdict.accepted) expect(verdict).toMatchObject({ error: 'use_dpop_nonce', status: 401 })
          // A client whose answer has no nonce has the newest one, so the next answer in this step has no nonce either.
          if (handedOut === undefined) {
            expect(verdict.accepted).toBe(true)
            expect(nonceOf(await scene.ask(guard, { nonce: used?.nonce }))).toBeUndefined()
            if (used !== undefined) used.last = scene.time
            continue
          }
          expect(handedOut).not.toBe(used?.nonce)
          const known = heard.find(({ nonce }) => nonce === handedOut)
          if (known === undefined) heard.push({ nonce: handedOut, first: scene.time, last: scene.time })
          else known.last = scene.time
        }
      }),
      { numRuns: 60 },
    )
  })

  test('each server accepts the nonces of any other, if their clocks differ by less than one rotation', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.double({ min: -1, max: 1, noNaN: true }),
        fc.integer({ min: 1, max: 3600 }),
        fc.double({ min: 0, max: 100_000, noNaN: true }),
        async (apart, rotationSeconds, later) => {
          const secrets = ['a secret of more than 32 bytes: 0001']
          const nonce = await issue(secrets, rotationSeconds, epoch + later, 'nonce')
          const scene = createCoreScene({ time: epoch + later + apart * rotationSeconds * 0.999 })
          const guard = scene.guard({ freshness: 'nonce', nonce: { secrets, rotationSeconds } })
          expect(await scene.ask(guard, { nonce })).toMatchObject({ accepted: true })
        },
      ),
      { numRuns: 100 },
    )
  })
})

test('any nonce claim ends in a verdict, and only a nonce from a server is accepted', async () => {
  const secrets = ['a secret of more than 32 bytes: 0001']
  const nonce = await issue(secrets, 60, epoch, 'nonce')
  const scene = createCoreScene({ time: epoch })
  const guard = scene.guard({ freshness: 'nonce', nonce: { secrets } })
  expect(await scene.ask(guard, { claims: { nonce } })).toMatchObject({ accepted: true })
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.jsonValue(),
        fc.string({ unit: 'binary' }),
        fc.tuple(fc.nat({ max: nonce.length - 1 }), fc.constantFrom(...'AZaz09-_')).map(([index, character]) => {
          const spoilt = nonce.slice(0, index) + character + nonce.slice(index + 1)
          return spoilt === nonce ? `${nonce}.` : spoilt
        }),
      ),
      async (claim) => {
        const verdict = await scene.ask(guard, { claims: { nonce: claim } })
        expect(verdict).toMatchObject({ accepted: false, error: 'use_dpop_nonce' })
        expect(nonceOf(verdict)).toBe(nonce)
      },
    ),
    { numRuns: 300 },
  )
})
