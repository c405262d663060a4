// The threads on which a process with one core verifies proofs.
import type { SignatureAlgorithm } from '@dpop-guard/testing'
import { expect, test, vi } from 'vitest'
import { createWarmCheck, placesOf } from '../../../support/verification-places.js'

vi.mock('node:crypto', async (importOriginal) => {
  const original = await importOriginal<typeof import('node:crypto')>()
  return { ...original, verify: vi.fn(original.verify) }
})

vi.mock('node:os', async (importOriginal) => ({
  ...(await importOriginal<typeof import('node:os')>()),
  availableParallelism: () => 1,
}))

test.each<SignatureAlgorithm>(['ES256', 'ES512'])('every %s proof is verified on the event loop', async (alg) => {
  const check = await createWarmCheck(alg)
  expect(await placesOf(check, 2)).toEqual(['event loop', 'event loop'])
})
