import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createMemory } from '../../../support/memory-store.js'

test('200 000 entries in waves that expire have the same answers as a Map', () => {
  const { claim: addIfAbsent, clock } = createMemory()
  const model = new Map<string, number>()
  let state = 1
  const random = (below: number) => {
    state = (state * 48_271) % 2_147_483_647
    return state % below
  }
  const differences: string[] = []
  for (let step = 0; step < 200_000; step++) {
    if (step % 500 === 0) clock.now += random(4) === 0 ? 40 : 1
    const key = `key-${random(3) === 0 ? random(step + 1) : step}`
    const ttlSeconds = 1 + random(120)
    const expected = (model.get(key) ?? 0) <= clock.now
    if (expected) model.set(key, clock.now + ttlSeconds)
    if (addIfAbsent(key, ttlSeconds) !== expected) differences.push(key)
  }
  expect(differences).toEqual([])
})

test('200 000 live entries are all remembered, and all removed after their lifetime', () => {
  const { claim, advance } = createMemory()
  const keys = Array.from({ length: 200_000 }, (_, index) => `key-${index}`)
  const countTrue = () => keys.reduce((count, key) => count + (claim(key, 60) === true ? 1 : 0), 0)
  expect(countTrue()).toBe(200_000)
  expect(countTrue()).toBe(0)
  advance(59)
  expect(countTrue()).toBe(0)
  advance(1)
  expect(countTrue()).toBe(200_000)
})

describe('with any steps of its clock,', () => {
  /** As with proofs, the end of a key's lifetime is fixed, so a later call has a shorter one. */
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

  test('a memory store accepts no key twice in its lifetime, and rejects no new key as used', () => {
    fc.assert(
      fc.property(fc.array(stepArbitrary, { minLength: 5, maxLength: 40 }), (steps) => {
        const { store, clock } = createMemory()
        const entries: Entry[] = []
        const claim = (entry: Entry) => {
          if (clock.now >= entry.deadline) return
          const answer = store.addIfAbsent(entry.key, entry.deadline - clock.now)
          if (answer === entry.accepted) throw new Error(`${entry.key} is answered ${answer}`)
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
