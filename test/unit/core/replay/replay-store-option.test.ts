import { describe, expect, test } from 'vitest'
import { createScene, outcome } from '../../../support/guard-scene.js'
import { messageFor } from '../../../support/option-errors.js'

describe('replayStore', () => {
  test.each([
    [null, 'null'],
    ['on', '"on"'],
    ['', '""'],
    [{}, '{}'],
    [{ addIfAbsent: true }, '{ addIfAbsent: true }'],
  ])('%j is a TypeError', (replayStore, shown) => {
    expect(messageFor({ replayStore })).toBe(
      `dpop-guard: "replayStore" must be a replay store with an addIfAbsent() method, or "off", got ${shown}`,
    )
  })

  test('whose method cannot be read is a TypeError that names it', () => {
    const replayStore = {
      get addIfAbsent() {
        throw new Error('theirs')
      },
    }
    expect(messageFor({ replayStore })).toBe('dpop-guard: "replayStore.addIfAbsent" must be readable, got an error')
  })

  test.each([
    ['off', 'accepted'],
    [undefined, '401 proof_replayed'],
  ] as const)('%s: a second use of a proof is %s', async (replayStore, expected) => {
    const { guard, request } = createScene({ replayStore })
    const once = request()
    expect(await outcome(guard, once)).toBe('accepted')
    expect(await outcome(guard, once)).toBe(expected)
  })

  test('of a guard with a clock of its own forgets by that clock', async () => {
    const { guard, request, clock } = createScene()
    const proof = { jti: 'again' }
    expect(await outcome(guard, request({ proof }))).toBe('accepted')
    clock.now += 3600
    expect(await outcome(guard, request({ proof }))).toBe('accepted')
    expect(await outcome(guard, request({ proof }))).toBe('401 proof_replayed')
  })
})
