import { expect, test } from 'vitest'
import { createMemory } from '../support/memory-store.js'

test('200 000 entries in waves that expire give the answers of a Map', () => {
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

test('200 000 live entries are all remembered, and all forgotten when their time is over', () => {
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
