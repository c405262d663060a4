// Where proofs are verified, not what comes out.
import { verify } from 'node:crypto'
import { availableParallelism } from 'node:os'
import type { ProofAlgorithm } from '@dpop-guard/core'
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { createScene, now, outcome, resource } from '../support/guard-scene.js'
import { createProofClient, type RsaOptions } from '../support/proof-client.js'

vi.mock('node:crypto', async (importOriginal) => {
  const original = await importOriginal<typeof import('node:crypto')>()
  return { ...original, verify: vi.fn(original.verify) }
})

vi.mock('node:os', async (importOriginal) => {
  const original = await importOriginal<typeof import('node:os')>()
  return { ...original, availableParallelism: vi.fn(original.availableParallelism) }
})

beforeEach(() => {
  vi.mocked(availableParallelism).mockReturnValue(2)
})

/** A guard that has seen the client and its token, so that nothing is waited for but proofs. */
async function createWarm(alg: ProofAlgorithm, rsa: RsaOptions = {}) {
  const { guard, mint } = createScene({ proof: { algorithms: [alg] } })
  const client = createProofClient(alg, rsa)
  const accessToken = mint({ cnf: { jkt: client.jkt } })
  const check = () => {
    const proof = client.proof({ method: 'GET', url: `${resource}/orders`, now, accessToken })
    return outcome(guard, {
      method: 'GET',
      target: '/orders',
      headers: ['Authorization', `DPoP ${accessToken}`, 'DPoP', proof],
    })
  }
  expect(await check()).toBe('accepted')
  return check
}

/** Where each of several proofs was verified that came in one turn of the event loop. */
async function placesOf(check: () => Promise<string>, count: number): Promise<string[]> {
  await new Promise(setImmediate)
  vi.mocked(verify).mockClear()
  const outcomes = await Promise.all(Array.from({ length: count }, check))
  expect(new Set(outcomes)).toEqual(new Set(['accepted']))
  return vi.mocked(verify).mock.calls.map((args) => (typeof args.at(-1) === 'function' ? 'thread' : 'event loop'))
}

test.each<ProofAlgorithm>(['ES256', 'Ed25519', 'EdDSA'])(
  'the first %s proof of a turn is verified on the event loop, further ones on threads',
  async (alg) => {
    const check = await createWarm(alg)
    expect(await placesOf(check, 3)).toEqual(['event loop', 'thread', 'thread'])
    expect(await placesOf(check, 2)).toEqual(['event loop', 'thread'])
  },
)

test('all proofs of a turn are verified before the first of their requests goes on', async () => {
  const check = await createWarm('PS256')
  vi.mocked(verify).mockClear()
  const inThisTurn = () =>
    new Promise<number>((resolve) => {
      setImmediate(async () => {
        await check()
        resolve(vi.mocked(verify).mock.calls.length)
      })
    })
  expect(await Promise.all([inThisTurn(), inThisTurn(), inThisTurn()])).toEqual([3, 3, 3])
})

test('fake timers do not hold up a check', async () => {
  const check = await createWarm('PS256')
  onTestFinished(() => void vi.useRealTimers())
  vi.useFakeTimers()
  expect(await check()).toBe('accepted')
})

test.each<ProofAlgorithm>(['ES384', 'ES512'])('every %s proof is verified on a thread', async (alg) => {
  const check = await createWarm(alg)
  expect(await placesOf(check, 2)).toEqual(['thread', 'thread'])
})

test.each<ProofAlgorithm>(['PS256', 'RS256'])('every %s proof is verified on the event loop', async (alg) => {
  const check = await createWarm(alg)
  expect(await placesOf(check, 2)).toEqual(['event loop', 'event loop'])
})

test('of RSA keys of more than 2048 bits, the first proof of a turn is verified on the event loop, further ones on threads', async () => {
  const check = await createWarm('PS256', { modulusLength: 2056 })
  expect(await placesOf(check, 3)).toEqual(['event loop', 'thread', 'thread'])
})

test.each<ProofAlgorithm>(['ES256', 'ES512'])(
  'with one core, every %s proof is verified on the event loop',
  async (alg) => {
    vi.mocked(availableParallelism).mockReturnValue(1)
    const check = await createWarm(alg)
    expect(await placesOf(check, 2)).toEqual(['event loop', 'event loop'])
  },
)
