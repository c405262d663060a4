// What a check does if OpenSSL cannot verify a signature at all.
import { verify } from 'node:crypto'
import { expect, test, vi } from 'vitest'
import { createWarmCheck } from '../../../support/verification-places.js'

vi.mock('node:crypto', async (importOriginal) => {
  const original = await importOriginal<typeof import('node:crypto')>()
  return { ...original, verify: vi.fn(original.verify) }
})

test('a check is answered with 503 if verify() throws, and the others of its turn are accepted', async () => {
  const check = await createWarmCheck('ES256')
  vi.mocked(verify).mockImplementationOnce(() => {
    throw new Error('out of memory')
  })
  const outcomes = await Promise.all([check(), check(), check()])
  expect(outcomes.toSorted()).toEqual(['503 internal_error', 'accepted', 'accepted'])
  expect(await check()).toBe('accepted')
})
