import { memoryReplayStore, replayStoreFullCode } from '@dpop-guard/core'
import { describe, expect, test } from 'vitest'
import { createScene, now, outcome } from '../../../support/guard-scene.js'
import { createProofClient } from '../../../support/proof-client.js'

const maxEntries = 200

describe('a client that fills the memory store with its own good proofs', () => {
  async function createFlooded() {
    const clock = { now }
    const replay = memoryReplayStore({ maxEntries, clock: () => clock.now })
    const scene = createScene({ replayStore: replay, clock: () => clock.now })
    const { guard, issuer, request } = scene
    const victim = request()
    expect(await outcome(guard, victim)).toBe('accepted')

    const attacker = createProofClient()
    const accessToken = issuer.mint({ now, cnf: { jkt: attacker.jkt } })
    const flood = () => {
      const proof = attacker.proof({ method: 'GET', url: 'https://api.example.com/orders', now, accessToken })
      return { method: 'GET', target: '/orders', headers: ['Authorization', `DPoP ${accessToken}`, 'DPoP', proof] }
    }
    const outcomes = []
    for (let count = 0; count < maxEntries + 50; count++) outcomes.push(await outcome(guard, flood()))
    return { clock, guard, request, victim, outcomes }
  }

  test('gets 503 itself for the first proof without room, and for all later ones', async () => {
    const { outcomes } = await createFlooded()
    expect(outcomes.slice(0, maxEntries - 1)).toEqual(Array.from({ length: maxEntries - 1 }, () => 'accepted'))
    expect(new Set(outcomes.slice(maxEntries - 1))).toEqual(new Set(['503 replay_store_full']))
  })

  test("cannot evict another client's proof: it is rejected as used until its last second", async () => {
    const { clock, guard, victim } = await createFlooded()
    expect(await outcome(guard, victim)).toBe('401 proof_replayed')
    clock.now = now + 60
    expect(await outcome(guard, victim)).toBe('401 proof_replayed')
  })

  test('causes 503 for others until its proofs are forgotten, and no longer', async () => {
    const { clock, guard, request } = await createFlooded()
    expect(await outcome(guard, request())).toBe('503 replay_store_full')
    clock.now = now + 90
    expect(await outcome(guard, request({ proof: { now: clock.now } }))).toBe('503 replay_store_full')
    clock.now = now + 91
    expect(await outcome(guard, request({ proof: { now: clock.now } }))).toBe('accepted')
  })
})

test.each([
  ['in a row', (index: number) => `key-${index}`],
  ['that differ in their last character', (index: number) => 'k'.repeat(42) + String.fromCharCode(index)],
  ['of growing length', (index: number) => 'k'.repeat(index + 1)],
])('the memory store accepts exactly maxEntries keys %s: no table is full before that', (_, key) => {
  const entries = 5000
  const store = memoryReplayStore({ maxEntries: entries, clock: () => now })
  for (let index = 0; index < entries; index++) expect(store.addIfAbsent(key(index), 60)).toBe(true)
  expect(() => store.addIfAbsent('one more', 60)).toThrow(expect.objectContaining({ code: replayStoreFullCode }))
})
