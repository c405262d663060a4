// In a file of its own, because it replaces a global.
import { memoryReplayStore, type NonceService, type ReplayStore } from '@dpop-guard/core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createScene, outcome } from '../../support/guard-scene.js'
import { createTestIssuer } from '../../support/test-issuer.js'

const NativePromise = globalThis.Promise

/** As zone.js and bluebird do: the promises of async functions are not instances of it. */
class ReplacedPromise<Value> extends NativePromise<Value> {}

describe('if a library has replaced the global Promise', () => {
  beforeEach(() => {
    globalThis.Promise = ReplacedPromise
  })

  afterEach(() => {
    globalThis.Promise = NativePromise
  })

  test('a good request is accepted', async () => {
    const { guard, request } = createScene({ freshness: 'both', nonce: serviceThatAnswers(true) })
    expect(await outcome(guard, request({ proof: { claims: { nonce: 'n' } } }))).toBe('accepted')
  })

  test.each(['DPoP', 'Bearer'])('a forged token is rejected under %s', async (scheme) => {
    const { guard, request, issuer } = createScene({ mode: 'bearer-and-dpop' })
    const forger = createTestIssuer({ issuer: issuer.issuer })
    const accessToken = forger.mint({ now: 1_800_000_000 })
    const forged = request({ scheme, accessToken, ...(scheme === 'Bearer' && { proofs: () => [] }) })
    expect(await outcome(guard, forged)).toMatch(/^401 token_/)
  })

  test('a replayed proof is rejected by a store that answers later', async () => {
    const memory = memoryReplayStore()
    const replayStore: ReplayStore = { addIfAbsent: async (key, seconds) => memory.addIfAbsent(key, seconds) }
    const { guard, request } = createScene({ replayStore })
    const once = request()
    expect(await outcome(guard, once)).toBe('accepted')
    expect(await outcome(guard, once)).toBe('401 proof_replayed')
  })

  test.each(['nonce', 'both'] as const)('a wrong nonce is rejected with freshness: %s', async (freshness) => {
    const { guard, request } = createScene({ freshness, nonce: serviceThatAnswers(false) })
    expect(await outcome(guard, request({ proof: { claims: { nonce: 'n' } } }))).toBe('401 nonce_not_accepted')
  })

  test('a public URL that a function returns later is used', async () => {
    const { guard, request } = createScene({ publicUrl: async () => 'https://other.example.com' })
    expect(await outcome(guard, request())).toBe('401 proof_htu')
  })
})

function serviceThatAnswers(accepted: boolean): NonceService {
  return { issue: async () => 'newest', check: async () => accepted }
}
