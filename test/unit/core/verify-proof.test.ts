import { memoryReplayStore, type ProofRequest, type VerifyProofOptions, verifyProof } from '@dpop-guard/core'
import { calculateJwkThumbprint } from 'jose'
import { describe, expect, test, vi } from 'vitest'
import { createScene, mistyped, now, outcome } from '../../support/guard-scene.js'
import { createProofClient, type ProofParts, type SignatureAlgorithm } from '../../support/proof-client.js'

const target = { method: 'POST', url: 'https://as.example.com/token' }
const client = createProofClient()
const options: VerifyProofOptions = { replayStore: 'off', clock: () => now }

const proofWith = (parts: Partial<ProofParts> = {}) => client.proof({ ...target, now, ...parts })

async function reasonOf(request: Partial<ProofRequest>, changed: Partial<VerifyProofOptions> = {}): Promise<string> {
  const all = { ...target, headers: ['DPoP', proofWith()], ...request }
  const result = await verifyProof(all, { ...options, ...changed })
  return result.verified ? 'verified' : result.reason
}

const withProof = (parts: Partial<ProofParts>) => ({ headers: ['DPoP', proofWith(parts)] })

test.each<SignatureAlgorithm>(['ES256', 'PS256', 'Ed25519', 'EdDSA'])(
  'the result for a proof signed with %s has the thumbprint of its key and its claims',
  async (alg) => {
    const { proof, jwk } = createProofClient(alg)
    const headers = ['dpop', proof({ ...target, now, jti: 'jti-1', claims: { more: { nested: true } } })]
    expect(await verifyProof({ ...target, headers }, options)).toEqual({
      verified: true,
      jkt: await calculateJwkThumbprint({ ...jwk }),
      claims: { jti: 'jti-1', htm: 'POST', htu: target.url, iat: now, more: { nested: true } },
    })
  },
)

test.each<SignatureAlgorithm>(['ES384', 'ES512', 'RS256'])(
  '%s is accepted only if the options allow it',
  async (alg) => {
    const request = { headers: ['DPoP', createProofClient(alg).proof({ ...target, now })] }
    expect(await reasonOf(request)).toBe('proof_algorithm')
    expect(await reasonOf(request, { algorithms: ['ES256', mistyped(alg)] })).toBe('verified')
  },
)

test('a rejection has the error and description to send', async () => {
  expect(await verifyProof({ ...target, headers: [] }, options)).toEqual({
    verified: false,
    reason: 'proof_missing',
    error: 'invalid_dpop_proof',
    description: 'DPoP proof missing',
  })
})

test('a rejection has both sides of the failed comparison', async () => {
  const result = await verifyProof({ ...target, ...withProof({ method: 'GET' }) }, options)
  expect(result).toMatchObject({
    reason: 'proof_htm',
    mismatch: { name: 'htm', expected: ['POST'], received: ['GET'] },
  })
})

test.each<[reason: string, request: Partial<ProofRequest>]>([
  ['proof_missing', { headers: ['X-DPoP', 'a.b.c'] }],
  ['proof_repeated', { headers: ['DPoP', proofWith(), 'dpop', proofWith()] }],
  ['proof_malformed', { headers: ['DPoP', ''] }],
  ['proof_malformed', { headers: ['DPoP', `${proofWith()}, ${proofWith()}`] }],
  ['proof_too_long', { headers: ['DPoP', 'a'.repeat(8193)] }],
  ['proof_typ', withProof({ header: { typ: 'JWT' } })],
  ['proof_typ', withProof({ header: { typ: 'application/dpop+jwt' } })],
  ['proof_algorithm', withProof({ header: { alg: 'none' } })],
  ['proof_header', withProof({ header: { crit: ['exp'] } })],
  ['proof_key', withProof({ header: { jwk: undefined } })],
  ['proof_key', withProof({ header: { jwk: { ...client.jwk, d: 'AAAA' } } })],
  ['proof_key', withProof({ header: { jwk: client.privateKey.export({ format: 'jwk' }) } })],
  ['proof_key', withProof({ header: { jwk: { ...client.jwk, use: 'enc' } } })],
  ['proof_key', withProof({ header: { jwk: { ...client.jwk, key_ops: ['sign'] } } })],
  ['proof_key', withProof({ header: { jwk: { ...client.jwk, alg: 'ES384' } } })],
  ['proof_claims', withProof({ claims: { jti: undefined } })],
  ['proof_signature', withProof({ header: { jwk: createProofClient().jwk } })],
  ['proof_htm', withProof({ method: 'GET' })],
  ['proof_htm', withProof({ method: 'post' })],
  ['proof_htu', withProof({ url: 'https://as.example.com/' })],
  ['proof_ath', { accessToken: 'token' }],
  ['proof_ath', { accessToken: '' }],
  ['proof_ath', { ...withProof({ accessToken: 'other' }), accessToken: 'token' }],
  ['proof_expired', withProof({ now: now - 61 })],
  ['proof_from_future', withProof({ now: now + 31 })],
])('is rejected with %s', async (reason, request) => {
  expect(await reasonOf(request)).toBe(reason)
})

test('an "ath" is not required without an access token, and must match the one that is passed', async () => {
  const request = withProof({ accessToken: 'token' })
  expect(await reasonOf(request)).toBe('verified')
  expect(await reasonOf({ ...request, accessToken: 'token' })).toBe('verified')
})

test('the url is compared normalised, without query and fragment', async () => {
  expect(await reasonOf({ url: 'HTTPS://AS.example.com:443/%74oken?a=b#c' })).toBe('verified')
  expect(await reasonOf(withProof({ url: 'https://as.example.com/x/../token?a=b' }))).toBe('verified')
})

test('a proof is verified once if its use is remembered', async () => {
  const replay = memoryReplayStore({ clock: () => now })
  const request = withProof({})
  expect(await reasonOf(request, { replayStore: replay })).toBe('verified')
  expect(await reasonOf(request, { replayStore: replay })).toBe('proof_replayed')
  expect(await reasonOf({}, { replayStore: replay })).toBe('verified')
})

test('a proof that fails a check does not count as used', async () => {
  const replay = memoryReplayStore({ clock: () => now })
  const request = withProof({})
  expect(await reasonOf({ ...request, method: 'GET' }, { replayStore: replay })).toBe('proof_htm')
  expect(await reasonOf(request, { replayStore: replay })).toBe('verified')
})

test('a full store has its own reason', async () => {
  const replay = memoryReplayStore({ clock: () => now, maxEntries: 1 })
  expect(await reasonOf({}, { replayStore: replay })).toBe('verified')
  expect(await reasonOf({}, { replayStore: replay })).toBe('replay_store_full')
})

test('the system clock is the default', async () => {
  const seconds = Math.floor(Date.now() / 1000)
  expect(await reasonOf(withProof({ now: seconds }), { clock: undefined })).toBe('verified')
  expect(await reasonOf(withProof({ now: seconds - 120 }), { clock: undefined })).toBe('proof_expired')
})

describe('a request of the wrong shape is a TypeError:', () => {
  test.each<[what: string, request: Record<string, unknown>]>([
    ['no url', { url: undefined }],
    ['a relative url', { url: '/token' }],
    ['a url of another scheme', { url: 'ftp://as.example.com/token' }],
    ['a url with a userinfo', { url: 'https://user@as.example.com/token' }],
    ['a URL object', { url: new URL(target.url) }],
    ['no method', { method: undefined }],
    ['no headers', { headers: undefined }],
    ['req.headers', { headers: { dpop: 'a.b.c' } }],
    ['an access token that is not a string', { headers: ['DPoP', proofWith()], accessToken: 5 }],
  ])('%s', async (_, changed) => {
    const request = mistyped<ProofRequest>({ ...target, headers: [], ...changed })
    await expect(verifyProof(request, options)).rejects.toThrow(TypeError)
  })

  test.each([undefined, null])('%s instead of one', async (request) => {
    await expect(verifyProof(mistyped(request), options)).rejects.toThrow(TypeError)
  })
})

test('of proofs that a guard verifies at once, those that an attacker signed are rejected', async () => {
  const { guard, request, mint, client: victim } = createScene()
  const accessToken = mint()
  const attacker = createProofClient()
  const good = () => request({ accessToken })
  const forged = () => {
    const proof = attacker.proof({
      method: 'GET',
      url: 'https://api.example.com/orders',
      now,
      accessToken,
      header: { jwk: victim.jwk },
    })
    return { method: 'GET', target: '/orders', headers: ['Authorization', `DPoP ${accessToken}`, 'DPoP', proof] }
  }
  expect(await outcome(guard, good())).toBe('accepted')
  const requests = [good(), forged(), good(), forged()]
  const outcomes = await Promise.all(requests.map((one) => outcome(guard, one)))
  expect(outcomes).toEqual(['accepted', '401 proof_signature', 'accepted', '401 proof_signature'])
})

test.each<[what: string, request: object, said: string]>([
  ['no method', { method: undefined }, 'dpop-guard: verifyProof() needs the request method'],
  [
    'no url',
    { url: undefined },
    'dpop-guard: verifyProof() needs the url as an https URL (http only on a loopback host)',
  ],
  [
    'a path',
    { url: '/token' },
    'dpop-guard: verifyProof() needs the url as an https URL (http only on a loopback host)',
  ],
])('the error names the missing part of a request: %s', async (_, given, said) => {
  const request = mistyped<ProofRequest>({ ...target, headers: ['DPoP', proofWith()], ...given })
  await expect(verifyProof(request, options)).rejects.toEqual(new TypeError(said))
})

test('a clock that breaks during a check is an error, not a rejection', async () => {
  const times = [now, Number.NaN]
  const verifying = verifyProof(
    { ...target, headers: ['DPoP', proofWith()] },
    { replayStore: memoryReplayStore({ clock: () => now }), clock: () => times.shift() ?? Number.NaN },
  )
  await expect(verifying).rejects.toEqual(new TypeError('the clock does not return a time'))
})

describe("with freshness: 'adaptive' and a nonce service", () => {
  function createService(state = { isDown: false }) {
    const issue = vi.fn(async () => {
      if (state.isDown) throw new Error('connection lost')
      return 'nonce-2'
    })
    const check = (nonce: string) => ['nonce-1', 'nonce-2'].includes(nonce)
    const used = new Set<string>()
    const replayStore = { addIfAbsent: (key: string) => !used.has(key) && used.add(key) !== undefined }
    const send = (headers: readonly string[]) =>
      verifyProof(
        { ...target, headers },
        { ...options, replayStore, freshness: 'adaptive', nonce: { issue, check, lifetimeSeconds: 300 } },
      )
    return { issue, send }
  }

  test.each([
    ['a good clock', ['DPoP', proofWith()], { verified: true }],
    ['no proof', [], { reason: 'proof_missing' }],
    ['a malformed proof', ['DPoP', 'a.b.c'], { reason: 'proof_malformed' }],
    ['a proof for another URL', ['DPoP', proofWith({ url: 'https://other.example' })], { reason: 'proof_htu' }],
  ])(
    'a client with %s costs it no call, so it does not matter that the service is down',
    async (_, headers, result) => {
      const { issue, send } = createService({ isDown: true })
      expect(await send(headers)).toMatchObject({ ...result, nonce: undefined })
      expect(issue).not.toHaveBeenCalled()
    },
  )

  test.each<[who: string, parts: Partial<ProofParts>, result: object]>([
    ['has a wrong clock', { now: now - 3600 }, { reason: 'iat_needs_nonce', error: 'use_dpop_nonce' }],
    ['sends a nonce', { now: now - 3600, claims: { nonce: 'nonce-1' } }, { verified: true }],
    [
      'sends a wrong nonce',
      { claims: { nonce: 'nonce-0' } },
      { reason: 'nonce_not_accepted', error: 'use_dpop_nonce' },
    ],
  ])('a client that %s gets the newest nonce, with one call', async (_, parts, result) => {
    const { issue, send } = createService()
    expect(await send(['DPoP', proofWith(parts)])).toMatchObject({ ...result, nonce: 'nonce-2' })
    expect(issue).toHaveBeenCalledTimes(1)
  })

  test('while it is down, a client with a wrong clock cannot be answered', async () => {
    const { send } = createService({ isDown: true })
    const result = await send(['DPoP', proofWith({ now: now - 3600 })])
    expect(result).toMatchObject({ verified: false, reason: 'nonces_unavailable', error: undefined, nonce: undefined })
  })

  test('a proof with a nonce that came while it was down is not used up', async () => {
    const state = { isDown: true }
    const { send } = createService(state)
    const headers = ['DPoP', proofWith({ claims: { nonce: 'nonce-1' } })]
    expect(await send(headers)).toMatchObject({ verified: false, reason: 'nonces_unavailable', error: undefined })
    state.isDown = false
    expect(await send(headers)).toMatchObject({ verified: true, nonce: 'nonce-2' })
    expect(await send(headers)).toMatchObject({ verified: false, reason: 'proof_replayed', nonce: 'nonce-2' })
  })
})
