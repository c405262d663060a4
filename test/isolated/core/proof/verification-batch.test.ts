// The threads on which a process with two cores verifies proofs, and their order.
import { hash, verify } from 'node:crypto'
import { verifyProof } from '@dpop-guard/core'
import type { SignatureAlgorithm } from '@dpop-guard/testing'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createScene, now, outcome, resource } from '../../../support/guard-scene.js'
import { createProofClient, type ProofClient } from '../../../support/proof-client.js'
import { createWarmCheck, places, placesOf } from '../../../support/verification-places.js'

vi.mock('node:crypto', async (importOriginal) => {
  const original = await importOriginal<typeof import('node:crypto')>()
  return { ...original, verify: vi.fn(original.verify) }
})

vi.mock('node:os', async (importOriginal) => ({
  ...(await importOriginal<typeof import('node:os')>()),
  availableParallelism: () => 2,
}))

test.each<SignatureAlgorithm>(['ES256', 'Ed25519', 'EdDSA'])(
  'the last %s proof of a turn is verified on the event loop, those before it on threads',
  async (alg) => {
    const check = await createWarmCheck(alg)
    expect(await placesOf(check, 3)).toEqual(['thread', 'thread', 'event loop'])
    expect(await placesOf(check, 2)).toEqual(['thread', 'event loop'])
    expect(await placesOf(check, 1)).toEqual(['event loop'])
  },
)

test.each<SignatureAlgorithm>(['ES384', 'ES512'])('every %s proof is verified on a thread', async (alg) => {
  const check = await createWarmCheck(alg)
  expect(await placesOf(check, 2)).toEqual(['thread', 'thread'])
})

/** A request whose proof has this key in its header, signed by any key. */
function requestWith(jwk: object, signer: ProofClient, accessToken: string) {
  const proof = signer.proof({ method: 'GET', url: `${resource}/orders`, now, accessToken, header: { jwk } })
  return { method: 'GET', target: '/orders', headers: ['Authorization', `DPoP ${accessToken}`, 'DPoP', proof] }
}

test.each<SignatureAlgorithm>(['ES256', 'Ed25519', 'ES512'])(
  '%s proofs that an attacker signed are rejected on threads too',
  async (alg) => {
    const { guard, mint } = createScene({ proof: { algorithms: [alg] } })
    const [victim, attacker] = [createProofClient(alg), createProofClient(alg)]
    const accessToken = mint({ cnf: { jkt: victim.jkt } })
    const checkSigned = (signer: ProofClient) => outcome(guard, requestWith(victim.jwk, signer, accessToken))
    expect(await checkSigned(victim)).toBe('accepted')
    vi.mocked(verify).mockClear()
    const outcomes = await Promise.all([attacker, victim, attacker, victim].map(checkSigned))
    expect(outcomes).toEqual(['401 proof_signature', 'accepted', '401 proof_signature', 'accepted'])
    expect(places().slice(0, 3)).toEqual(['thread', 'thread', 'thread'])
  },
)

test('a proof whose key is not on its curve does not count', async () => {
  const { guard, mint, client } = createScene()
  const one = Buffer.alloc(32, 1).toString('base64url')
  const offCurve = { crv: 'P-256', kty: 'EC', x: one, y: one }
  const jkt = hash('sha256', JSON.stringify(offCurve), 'base64url') // RFC 7638
  const [bound, accessToken] = [mint({ cnf: { jkt } }), mint()]
  const good = () => outcome(guard, requestWith(client.jwk, client, accessToken))
  const bad = () => outcome(guard, requestWith(offCurve, client, bound))
  expect([await good(), await bad()]).toEqual(['accepted', '401 proof_key'])
  vi.mocked(verify).mockClear()
  expect(await Promise.all([bad(), good(), bad()])).toEqual(['401 proof_key', 'accepted', '401 proof_key'])
  expect(places()).toEqual(['event loop'])
})

test('a single proof waits for no timer', async () => {
  const check = await createWarmCheck('PS256')
  vi.mocked(verify).mockClear()
  const checked = check()
  await new Promise(setImmediate)
  expect(places()).toEqual(['event loop'])
  expect(await checked).toBe('accepted')
})

test.each<SignatureAlgorithm>(['PS256', 'RS256'])('every %s proof is verified on the event loop', async (alg) => {
  const check = await createWarmCheck(alg)
  expect(await placesOf(check, 2)).toEqual(['event loop', 'event loop'])
})

test('of RSA keys of more than 2048 bits, the last proof of a turn is verified on the event loop, those before it on threads', async () => {
  const check = await createWarmCheck('PS256', { modulusLength: 2056 })
  expect(await placesOf(check, 3)).toEqual(['thread', 'thread', 'event loop'])
})

/**
 * Runs the checks of one turn of the event loop, each in its own callback. Returns how many proofs were verified when each
 * continued.
 */
function checkInOneTurn(check: () => Promise<string>, count: number): Promise<number[]> {
  vi.mocked(verify).mockClear()
  const one = () =>
    new Promise<number>((resolve) => {
      setImmediate(async () => {
        await check()
        resolve(places().length)
      })
    })
  return Promise.all(Array.from({ length: count }, one))
}

test('all proofs of a turn are verified before the first of their requests continues', async () => {
  const check = await createWarmCheck('PS256')
  expect(await checkInOneTurn(check, 3)).toEqual([3, 3, 3])
})

test('a turn waits for its 64th proof, and not for a later one', async () => {
  const check = await createWarmCheck('PS256')
  const verified = await checkInOneTurn(check, 66)
  expect(verified).toEqual([...Array.from({ length: 64 }, () => 64), 66, 66])
})

/** How many proofs are verified after these callbacks, which all run in one turn of the event loop. */
function countVerified(callbacks: readonly (() => unknown)[]): Promise<number> {
  vi.mocked(verify).mockClear()
  for (const callback of callbacks) setImmediate(callback)
  return new Promise((resolve) => {
    setImmediate(() => resolve(places().length))
  })
}

test.each([
  [63, 0],
  [64, 64],
])('when %d proofs have come, %d are verified', async (proofs, verified) => {
  const check = await createWarmCheck('PS256')
  expect(await countVerified(new Array(proofs).fill(check))).toBe(verified)
})

test('of 65 proofs of a turn, the 64th and the 65th are verified on the event loop', async () => {
  const check = await createWarmCheck('ES256')
  const expected = Array.from({ length: 65 }, (_, index) => (index < 63 ? 'thread' : 'event loop'))
  expect(await placesOf(check, 65)).toEqual(expected)
})

test.each([
  [63, 0],
  [64, 1],
])(
  'while %d other requests are rejected, %d proofs that came before them are verified',
  async (rejections, verified) => {
    const check = await createWarmCheck('PS256')
    const { guard } = createScene()
    const rejected = () => guard.check({ method: 'GET', target: '/', headers: [] })
    expect(await countVerified([check, ...new Array(rejections).fill(rejected)])).toBe(verified)
  },
)

test('calls of verifyProof count too', async () => {
  const check = await createWarmCheck('PS256')
  const request = { method: 'POST', url: 'https://as.example.com/token', headers: [] }
  const call = () => verifyProof(request, { replayStore: 'off' })
  expect(await countVerified([check, ...new Array(64).fill(call)])).toBe(1)
})

test('a check needs no global setImmediate', async () => {
  onTestFinished(() => void vi.unstubAllGlobals())
  vi.stubGlobal('setImmediate', undefined)
  vi.resetModules()
  const reloaded = await import('../../../support/verification-places.js')
  const check = await reloaded.createWarmCheck('PS256')
  expect(await check()).toBe('accepted')
})

test('fake timers do not hold up a check', async () => {
  const check = await createWarmCheck('PS256')
  onTestFinished(() => void vi.useRealTimers())
  vi.useFakeTimers()
  expect(await check()).toBe('accepted')
})
