// The cost of one check, counted instead of timed. More of any operation is a slower guard, so it must be intentional.
import { createHook } from 'node:async_hooks'
import * as crypto from 'node:crypto'
import type { Auth, Guard, GuardOptions, GuardRequest } from '@dpop-guard/core'
import { admit, readPluginOptions } from '@dpop-guard/core/plugin'
import { describe, expect, test, vi } from 'vitest'
import { createScene, now, resource, type Scene } from '../../support/guard-scene.js'
import { createProofClient } from '../../support/proof-client.js'

vi.mock('node:crypto', async (importOriginal) => {
  const original = await importOriginal<typeof import('node:crypto')>()
  const { hash, verify, createHmac, createPublicKey } = original
  const counted = { hash, verify, createHmac, createPublicKey }
  return { ...original, ...Object.fromEntries(Object.entries(counted).map(([name, call]) => [name, vi.fn(call)])) }
})

/** Every operation that is expensive compared with the code around it. An expectation without one means that it did not run. */
interface Operations {
  /** Of proofs and access tokens, on any thread. */
  verifications?: number
  keyImports?: number
  hashes?: number
  macs?: number
  jsonParses?: number
  jsonTexts?: number
  buffers?: number
}

const counters = {
  verifications: vi.mocked(crypto.verify),
  keyImports: vi.mocked(crypto.createPublicKey),
  hashes: vi.mocked(crypto.hash),
  macs: vi.mocked(crypto.createHmac),
  jsonParses: vi.spyOn(JSON, 'parse'),
  jsonTexts: vi.spyOn(JSON, 'stringify'),
  buffers: vi.spyOn(Buffer, 'from'),
}

/** The operations of this one check, and its result. */
async function count(guard: Guard<Auth | undefined>, request: GuardRequest): Promise<[string, Operations]> {
  for (const counter of Object.values(counters)) counter.mockClear()
  const verdict = await guard.check(request)
  const taken = Object.entries(counters).map(([name, counter]) => [name, counter.mock.calls.length])
  return [verdict.accepted ? 'accepted' : verdict.reason, Object.fromEntries(taken.filter(([, calls]) => calls))]
}

/** A scene whose client and access token the guard has seen before. */
async function warm(options?: Parameters<typeof createScene>[0]): Promise<{ scene: Scene; accessToken: string }> {
  const scene = createScene(options)
  const accessToken = scene.mint()
  await scene.guard.check(scene.request({ accessToken }))
  return { scene, accessToken }
}

/** Counts the second time, because each answer is written once and reused. */
async function countAgain(guard: Guard<Auth | undefined>, request: GuardRequest): Promise<[string, Operations]> {
  await guard.check(request)
  return await count(guard, request)
}

const secret = 'a secret of at least thirty-two bytes, for nonces'

describe('a request with a token of an unknown tenant takes', () => {
  const tenant = (number: number) => ({ token: { iss: `https://tenant-${number}.example.com` } })

  test('one hash and one call of your function for each identifier, no verification and no import of a key', async () => {
    const find = vi.fn(() => undefined)
    const fetch = vi.fn(() => Promise.reject(new Error('nothing is to be fetched')))
    const { guard, request } = createScene({ issuer: find, fetch })
    // Each answer is written once and reused.
    await guard.check(request(tenant(0)))
    const first = request(tenant(1))
    const cost = ['token_issuer', { hashes: 1, jsonParses: 2, buffers: 3 }]
    expect(await count(guard, first)).toEqual(cost)
    expect(await count(guard, first)).toEqual(cost)
    expect(await count(guard, request(tenant(2)))).toEqual(cost)
    expect(find).toHaveBeenCalledTimes(3)
    expect(fetch).not.toHaveBeenCalled()
  })
})

describe('an accepted check takes', () => {
  test('one verification, three hashes and one parse when key and token are known', async () => {
    const { scene, accessToken } = await warm()
    expect(await count(scene.guard, scene.request({ accessToken }))).toEqual([
      'accepted',
      { verifications: 1, hashes: 3, jsonParses: 1, buffers: 3 },
    ])
  })

  test('no more with a nonce, within its time step', async () => {
    const { scene, accessToken } = await warm({ freshness: 'nonce', nonce: { secrets: [secret] } })
    const { headers } = await scene.guard.check(scene.request({ accessToken }))
    const nonce = String(headers['dpop-nonce'])
    await scene.guard.check(scene.request({ accessToken, proof: { nonce } }))
    expect(await count(scene.guard, scene.request({ accessToken, proof: { nonce } }))).toEqual([
      'accepted',
      { verifications: 1, hashes: 3, jsonParses: 1, buffers: 4 },
    ])
  })

  test('the verification of the token as well, when only the key is known', async () => {
    const { scene } = await warm()
    expect(await count(scene.guard, scene.request())).toEqual([
      'accepted',
      { verifications: 2, hashes: 3, jsonParses: 4, buffers: 8 },
    ])
  })

  test('no import when the known key is in a header with another spelling', async () => {
    const { scene, accessToken } = await warm()
    const request = scene.request({ accessToken, proof: { header: { more: 1 } } })
    expect(await count(scene.guard, request)).toEqual([
      'accepted',
      { verifications: 1, hashes: 4, jsonParses: 2, jsonTexts: 1, buffers: 7 },
    ])
  })

  test('one import, two verifications and four hashes when nothing is known', async () => {
    const { scene } = await warm()
    const client = createProofClient()
    const accessToken = scene.mint({ cnf: { jkt: client.jkt } })
    const proof = client.proof({ method: 'GET', url: `${resource}/orders`, now, accessToken })
    const headers = ['Authorization', `DPoP ${accessToken}`, 'DPoP', proof]
    expect(await count(scene.guard, { method: 'GET', target: '/orders', headers })).toEqual([
      'accepted',
      { verifications: 2, keyImports: 1, hashes: 4, jsonParses: 5, jsonTexts: 1, buffers: 12 },
    ])
  })
})

test('an adapter adds no such operation, if one guard checks the request', async () => {
  const { scene, accessToken } = await warm()
  const plugin = readPluginOptions({ guard: scene.guard })
  const request = scene.request({ accessToken })
  for (const counter of Object.values(counters)) counter.mockClear()
  expect((await admit(plugin, request, {})).admitted).toBe(true)
  expect(counters.hashes).toHaveBeenCalledTimes(3)
  expect(counters.buffers).toHaveBeenCalledTimes(3)
})

/** The promises of a check. The least of several counts, because others of this process may be counted too. */
async function countPromises(checks: readonly (() => Promise<unknown>)[]): Promise<number> {
  let made = 0
  const hook = createHook({ init: (_, type) => void (type === 'PROMISE' && made++) })
  const counts = []
  for (const check of checks) {
    made = 0
    hook.enable()
    await check()
    hook.disable()
    counts.push(made)
  }
  return Math.min(...counts)
}

describe('a check makes, except its own promise, at most', () => {
  const times = Array.from({ length: 5 })

  test('two when key and token are known: that of the signature, and the wait for it', async () => {
    const { scene, accessToken } = await warm()
    const requests = times.map(() => scene.request({ accessToken }))
    const nothing = await countPromises(times.map(() => async () => undefined))
    const all = await countPromises(requests.map((request) => () => scene.guard.check(request)))
    expect(all - nothing).toBeLessThanOrEqual(2)
  })

  test('sixteen when nothing is known', async () => {
    const { scene } = await warm()
    const requests = times.map(() => {
      const client = createProofClient()
      const accessToken = scene.mint({ cnf: { jkt: client.jkt } })
      const proof = client.proof({ method: 'GET', url: `${resource}/orders`, now, accessToken })
      return { method: 'GET', target: '/orders', headers: ['Authorization', `DPoP ${accessToken}`, 'DPoP', proof] }
    })
    const nothing = await countPromises(times.map(() => async () => undefined))
    const all = await countPromises(requests.map((request) => () => scene.guard.check(request)))
    expect(all - nothing).toBeLessThanOrEqual(16)
  })
})

test('first requests with one token, at the same time, verify it once and import the key once', async () => {
  const scene = createScene()
  await scene.guard.check(scene.request())
  const client = createProofClient()
  const accessToken = scene.mint({ cnf: { jkt: client.jkt } })
  const requests = Array.from({ length: 10 }, (_, index): GuardRequest => {
    const proof = client.proof({ method: 'GET', url: `${resource}/orders`, now, accessToken, jti: `proof-${index}` })
    return { method: 'GET', target: '/orders', headers: ['Authorization', `DPoP ${accessToken}`, 'DPoP', proof] }
  })
  for (const counter of Object.values(counters)) counter.mockClear()
  const verdicts = await Promise.all(requests.map((request) => scene.guard.check(request)))
  expect(verdicts.map(({ accepted }) => accepted)).toEqual(requests.map(() => true))
  expect(counters.verifications).toHaveBeenCalledTimes(11)
  expect(counters.keyImports).toHaveBeenCalledTimes(1)
})

test('cache: the guard keeps as many keys and tokens as it says, the most recent ones', async () => {
  const requestOf = (
    scene: Scene,
    client = createProofClient(),
    accessToken = scene.mint({ cnf: { jkt: client.jkt } }),
  ) => {
    let sent = 0
    return (): GuardRequest => {
      const parts = { method: 'GET', url: `${resource}/orders`, now, accessToken, jti: `proof-${sent++}` }
      const headers = ['Authorization', `DPoP ${accessToken}`, 'DPoP', client.proof(parts)]
      return { method: 'GET', target: '/orders', headers }
    }
  }
  const costs = async (cache: GuardOptions['cache']) => {
    const scene = createScene({ cache })
    const [first, second] = [requestOf(scene), requestOf(scene)]
    for (const request of [first(), second(), first(), second()]) await scene.guard.check(request)
    const [verdict, { verifications = 0, keyImports = 0 }] = await count(scene.guard, first())
    return [verdict, verifications, keyImports]
  }
  expect(await costs({ keys: 2, tokens: 2 })).toEqual(['accepted', 1, 0])
  expect(await costs({ keys: 1, tokens: 2 })).toEqual(['accepted', 1, 1])
  expect(await costs({ keys: 2, tokens: 1 })).toEqual(['accepted', 2, 0])
  expect(await costs(undefined)).toEqual(['accepted', 1, 0])
})

describe('a rejected check takes', () => {
  const get = (headers: string[]): GuardRequest => ({ method: 'GET', target: '/orders', headers })

  test.each([
    ['credentials_missing', get([])],
    ['credentials_missing', get(['Host', 'api.example.com', 'Cookie', 'a=b'])],
    ['scheme_unsupported', get(['Authorization', `Basic ${'a'.repeat(8000)}`])],
    ['authorization_malformed', get(['Authorization', `DPoP ${'a'.repeat(8000)} b`])],
    ['authorization_repeated', get(['Authorization', 'DPoP a', 'Authorization', 'DPoP b'])],
    ['proof_missing', get(['Authorization', 'DPoP a.b.c'])],
    ['proof_malformed', get(['Authorization', 'DPoP a.b.c', 'DPoP', 'a.b'])],
    ['proof_too_long', get(['Authorization', 'DPoP a.b.c', 'DPoP', 'a'.repeat(9000)])],
    ['target_malformed', { method: 'GET', target: '/a/../b', headers: ['Authorization', 'DPoP a'] }],
  ])('no such operation for %s', async (reason, request) => {
    expect(await countAgain(createScene().guard, request)).toEqual([reason, {}])
  })

  test.each([
    ['proof_typ', { proof: { header: { typ: 'JWT' } } }, { hashes: 1, jsonParses: 1, buffers: 1 }],
    ['proof_algorithm', { proof: { header: { alg: 'none' } } }, { hashes: 1, jsonParses: 1, buffers: 1 }],
    ['proof_header', { proof: { header: { crit: ['b64'] } } }, { hashes: 1, jsonParses: 1, buffers: 1 }],
    ['proof_key', { proof: { header: { jwk: {} } } }, { hashes: 1, jsonParses: 1, buffers: 1 }],
    ['proof_claims', { proof: { claims: { jti: undefined } } }, { hashes: 1, jsonParses: 1, buffers: 2 }],
  ] as const)('no verification for %s', async (reason, parts, taken) => {
    const { scene, accessToken } = await warm()
    expect(await countAgain(scene.guard, scene.request({ accessToken, ...parts }))).toEqual([reason, taken])
  })

  test('neither import nor verification for a key that the token is not bound to', async () => {
    const { scene, accessToken } = await warm()
    const proof = createProofClient().proof({ method: 'GET', url: `${resource}/orders`, now, accessToken })
    const request = get(['Authorization', `DPoP ${accessToken}`, 'DPoP', proof])
    expect(await countAgain(scene.guard, request)).toEqual([
      'token_key_mismatch',
      { hashes: 2, jsonParses: 2, jsonTexts: 1, buffers: 5 },
    ])
  })

  test('as much as an accepted one, for a replay', async () => {
    const { scene, accessToken } = await warm()
    const request = scene.request({ accessToken })
    await scene.guard.check(request)
    expect(await countAgain(scene.guard, request)).toEqual([
      'proof_replayed',
      { verifications: 1, hashes: 3, jsonParses: 1, buffers: 3 },
    ])
  })

  test.each([
    ['proof_htm', { proof: { method: 'POST' } }],
    ['proof_htu', { proof: { url: `${resource}/other` } }],
    ['proof_ath', { proof: { accessToken: 'other' } }],
    ['proof_expired', { proof: { now: now - 100 } }],
  ] as const)('no call of the replay store for %s', async (reason, parts) => {
    const { scene, accessToken } = await warm()
    expect(await countAgain(scene.guard, scene.request({ accessToken, ...parts }))).toEqual([
      reason,
      { verifications: 1, hashes: 1, jsonParses: 1, buffers: 3 },
    ])
  })

  test.each([
    ['token_issuer', { token: { iss: 'https://other.example' } }, { hashes: 1, jsonParses: 2, buffers: 3 }],
    ['token_malformed', { accessToken: 'a.b.c' }, { hashes: 1, buffers: 1 }],
  ] as const)('no verification of a token for %s', async (reason, parts, taken) => {
    const { scene } = await warm()
    expect(await countAgain(scene.guard, scene.request(parts))).toEqual([reason, taken])
  })

  test.each([
    ['token_issuer', { iss: 'https://other.example' }],
    ['token_typ', { typ: 'JWT' }],
    ['token_key_unknown', { kid: 'other' }],
    ['token_signature', {}],
  ])('no parse of the claims of a token for %s', async (reason, { iss, ...header }: Record<string, string>) => {
    const { scene } = await warm()
    const claims = { ...(iss === undefined ? {} : { iss }), unsigned: 'claim' }
    const [head, payload] = scene.issuer.mint({ now, cnf: {}, ...claims }, { header }).split('.')
    const accessToken = `${head}.${payload}.${scene.mint().split('.')[2]}`
    expect((await count(scene.guard, scene.request({ accessToken })))[0]).toBe(reason)
    expect(counters.jsonParses.mock.calls.filter(([text]) => text.includes('unsigned'))).toEqual([])
  })

  test('one verification of the token and none of the proof for a token that the issuer did not sign', async () => {
    const { scene } = await warm()
    const [header, payload] = scene.mint().split('.')
    const accessToken = `${header}.${payload}.${scene.mint().split('.')[2]}`
    expect(await countAgain(scene.guard, scene.request({ accessToken }))).toEqual([
      'token_signature',
      { verifications: 1, hashes: 1, jsonParses: 2, buffers: 4 },
    ])
  })
})
