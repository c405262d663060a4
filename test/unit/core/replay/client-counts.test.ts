import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ClientCounts } from '../../../../packages/core/src/replay/client-counts.js'

const start = 1_800_000_000
const clientOf = (index: number) => createHash('sha256').update(`client ${index}`).digest('base64url')

test('counts the live entries of each client, and forgets the expired ones', () => {
  const counts = new ClientCounts()
  for (let entry = 0; entry < 5; entry++) counts.add(clientOf(1), start + 60)
  counts.add(clientOf(2), start + 90)
  expect([counts.count(clientOf(1), start), counts.count(clientOf(2), start)]).toEqual([5, 1])
  expect(counts.count(clientOf(1), start + 59)).toBe(5)
  expect([counts.count(clientOf(1), start + 60), counts.count(clientOf(2), start + 60)]).toEqual([0, 1])
  expect(counts.count(clientOf(2), start + 90)).toBe(0)
})

test('never counts less than there is, in any order of entries, and nothing when all have expired', () => {
  const entry = fc.record({
    client: fc.nat({ max: 5 }),
    life: fc.integer({ min: 1, max: 7200 }),
    wait: fc.nat({ max: 200 }),
  })
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 300 }), (entries) => {
      const counts = new ClientCounts()
      const ends: { client: number; end: number }[] = []
      let now = start
      for (const { client, life, wait } of entries) {
        counts.add(clientOf(client), now + life)
        ends.push({ client, end: now + life })
        now += wait
        for (let other = 0; other <= 5; other++) {
          const live = ends.filter((one) => one.client === other && one.end > now).length
          expect(counts.count(clientOf(other), now)).toBeGreaterThanOrEqual(live)
        }
      }
      expect(counts.count(clientOf(0), now + 8000)).toBe(0)
    }),
    { numRuns: 50 },
  )
})

test('counts a client exactly that shares no bucket, however many seconds the entries of others span', () => {
  const counts = new ClientCounts()
  for (let second = 1; second <= 10_800; second++) counts.add(clientOf(1), start + second)
  expect(counts.count(clientOf(1), start)).toBe(10_800)
  expect(counts.count(clientOf(1), start + 10_800 + 256)).toBe(0)
})

test('a thousand clients do not make another one look busy', () => {
  const counts = new ClientCounts()
  for (let client = 1; client <= 1000; client++) {
    for (let entry = 0; entry < 100; entry++) counts.add(clientOf(client), start + 60)
  }
  const others = Array.from({ length: 200 }, (_, index) => counts.count(clientOf(2000 + index), start))
  // Two rows of 2048 buckets: about one of seven shares both of its buckets with one of a thousand.
  expect(others.filter((count) => count > 0).length).toBeLessThan(100)
})
