import { type Auth, type Guard, memoryReplayStore, type Verdict } from '@dpop-guard/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createScene, now, resource } from '../support/guard-scene.js'

const numRuns = 150
const { another, request } = createScene()

const nonce = 'a-nonce'

/** A guard whose hooks and store wait for their turn. The scheduler chooses the order. */
function createInterleaved(scheduler: fc.Scheduler, claims: 'before' | 'after'): Guard<Auth | undefined> {
  const memory = memoryReplayStore({ clock: () => now })
  const turn = (name: string) => scheduler.schedule(Promise.resolve(), name)
  return another({
    publicUrl: async () => {
      await turn('public URL')
      return resource
    },
    isRevoked: async () => {
      await turn('revocation')
      return false
    },
    freshness: 'both',
    nonce: {
      issue: async () => {
        await turn('nonce')
        return nonce
      },
      check: async () => {
        await turn('nonce check')
        return true
      },
    },
    replayStore: {
      async addIfAbsent(key, ttlSeconds) {
        if (claims === 'after') await turn('claim')
        const first = await memory.addIfAbsent(key, ttlSeconds)
        if (claims === 'before') await turn('answer of the claim')
        return first
      },
    },
    clock: () => now,
  })
}

const outcomeOf = (verdict: Verdict<Auth | undefined>) => (verdict.accepted ? 'accepted' : verdict.reason)

test(`in simultaneous checks each proof is accepted once, in ${numRuns} orders of all pending calls`, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.constantFrom('before' as const, 'after' as const),
      fc.array(fc.nat({ max: 2 }), { minLength: 2, maxLength: 8 }),
      async (scheduler, claims, which) => {
        const guard = createInterleaved(scheduler, claims)
        const proofs = [0, 1, 2].map(() => request({ proof: { nonce } }))
        const asked = which.map((index) => guard.check(proofs[index] ?? request()).then(outcomeOf))
        const outcomes = await scheduler.waitFor(Promise.all(asked))
        for (const index of new Set(which)) {
          const ofThis = outcomes.filter((_, position) => which[position] === index)
          expect(ofThis.filter((outcome) => outcome === 'accepted')).toHaveLength(1)
          expect(ofThis.filter((outcome) => outcome === 'proof_replayed')).toHaveLength(ofThis.length - 1)
        }
      },
    ),
    { numRuns },
  )
})
