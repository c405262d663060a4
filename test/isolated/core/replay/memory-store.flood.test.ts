import { memoryReplayStore, replayStoreFullCode } from '@dpop-guard/core'
import { describe, expect, test } from 'vitest'
import { addForClient } from '../../../../packages/core/src/replay/memory-store.js'
import { createScene, now, outcome } from '../../../support/guard-scene.js'
import { createProofClient, type ProofClient } from '../../../support/proof-client.js'

const maxEntries = 200

/** A guard with a small store, and clients that send good proofs of their own. */
function createScarce() {
  const clock = { now }
  const replayStore = memoryReplayStore({ maxEntries, clock: () => clock.now })
  const { guard, request } = createScene({ replayStore, clock: () => clock.now })
  const send = (client: ProofClient) => outcome(guard, request({ client, proof: { now: clock.now } }))
  /** Sends so many proofs, and returns how many of them were accepted. All others must find the store full. */
  async function flood(client: ProofClient, proofs: number): Promise<number> {
    const outcomes = []
    for (let count = 0; count < proofs; count++) outcomes.push(await send(client))
    const accepted = outcomes.filter((one) => one === 'accepted').length
    expect(outcomes.filter((one) => one === '503 replay_store_full')).toHaveLength(proofs - accepted)
    return accepted
  }
  return { clock, guard, request, send, flood }
}

describe('a client that sends more good proofs than the memory store can hold', () => {
  test('fills 16 of 17 parts of it alone, and then gets 503', async () => {
    const { flood } = createScarce()
    // At 189 entries, 11 are left: less than 200 / 17.
    expect(await flood(createProofClient(), maxEntries + 50)).toBe(189)
  })

  test('does not take the room of other clients: they are accepted in the same second', async () => {
    const { flood, send } = createScarce()
    const attacker = createProofClient()
    await flood(attacker, maxEntries + 50)
    for (let count = 0; count < 10; count++) expect(await send(createProofClient())).toBe('accepted')
    expect(await send(attacker)).toBe('503 replay_store_full')
  })

  test("cannot evict another client's proof: it is rejected as used until its last second", async () => {
    const { clock, guard, request, flood } = createScarce()
    const victim = request()
    expect(await outcome(guard, victim)).toBe('accepted')
    await flood(createProofClient(), maxEntries + 50)
    expect(await outcome(guard, victim)).toBe('401 proof_replayed')
    clock.now = now + 60
    expect(await outcome(guard, victim)).toBe('401 proof_replayed')
  })

  test('is accepted again when its proofs are forgotten', async () => {
    const { clock, flood, send } = createScarce()
    const client = createProofClient()
    await flood(client, maxEntries)
    clock.now = now + 90
    expect(await send(client)).toBe('503 replay_store_full')
    clock.now = now + 91
    expect(await send(client)).toBe('accepted')
  })

  test('never gets 503 while 16 of 17 parts are not full', async () => {
    const { flood } = createScarce()
    expect(await flood(createProofClient(), 90)).toBe(90)
    expect(await flood(createProofClient(), 98)).toBe(98)
  })
})

describe('several clients that send more than a large memory store can hold', () => {
  const entries = 17_000
  const reserve = 1000

  function createLarge(floods: number) {
    const clock = { now }
    const store = memoryReplayStore({ maxEntries: entries, clock: () => clock.now })
    let keys = 0
    /** Adds entries until the store takes no more from this client, or until there are so many. */
    function add(client: string, most: number): number {
      for (let added = 0; added < most; added++) {
        try {
          expect(addForClient(store, `key ${keys++}`, 91, client)).toBe(true)
        } catch (error) {
          expect(error).toMatchObject({ code: replayStoreFullCode })
          return added
        }
      }
      return most
    }
    const attackers = Array.from({ length: floods }, () => createProofClient().jkt)
    /** Each attacker adds one entry after the other, in turn, until none gets any more. */
    const floodAll = () => {
      let total = 0
      for (let last = -1; last !== total; ) {
        last = total
        for (const attacker of attackers) total += add(attacker, 1)
      }
      return total
    }
    return { clock, add, floodAll }
  }

  test.each([1, 2, 10, 40])('leave a part of the reserve: %d', (count) => {
    const { floodAll } = createLarge(count)
    const left = entries - floodAll()
    // The limit falls with the square of the room, so the room that is left falls with the root of their number.
    const expected = reserve / Math.sqrt(count)
    expect(left).toBeGreaterThan(expected * 0.9)
    expect(left).toBeLessThan(expected * 1.2)
  })

  test.each([1, 10])('have no effect on another client that needs little: %d', (count) => {
    const { clock, add, floodAll } = createLarge(count)
    const honest = createProofClient().jkt
    for (let second = 0; second < 200; second++) {
      floodAll()
      expect({ second, added: add(honest, 1) }).toEqual({ second, added: 1 })
      clock.now++
    }
  })

  test('do not limit a busy client that is alone, in any second, until it fills the store without the reserve', () => {
    const { clock, add } = createLarge(0)
    const busy = createProofClient().jkt
    // 175 a second, each for 91 seconds: 15 925 of 16 000.
    for (let second = 0; second < 400; second++) {
      expect(add(busy, 175)).toBe(175)
      clock.now++
    }
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
