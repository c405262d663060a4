import type { Auth, Verdict } from '@dpop-guard/core'
import { describe, expect, test } from 'vitest'
import { createScene, now, outcome } from '../../../support/guard-scene.js'

const nonces = { freshness: 'both', nonce: { secrets: ['s'.repeat(32)] } } as const

describe('a guard with nonces', () => {
  test.each(['when-new', 'always'] as const)(
    'sends one to a caller whose proof does not have the newest, and to all others only with sendNonce always: %s',
    async (sendNonce) => {
      const scene = createScene({ ...nonces, sendNonce, mode: 'bearer-and-dpop', credentials: 'optional' })
      const { guard, request, mint, clock } = scene
      const nonceFor = async (headers: readonly string[]) => {
        const verdict = await guard.check({ ...request(), headers: ['Host', 'api.example.com', ...headers] })
        return [verdict.accepted, verdict.headers['dpop-nonce'] !== undefined]
      }
      const always = sendNonce === 'always'
      expect(await nonceFor([])).toEqual([true, always])
      expect(await nonceFor(['Authorization', `Bearer ${mint({ cnf: undefined })}`])).toEqual([true, always])
      const nonce = String((await guard.check(request())).headers['dpop-nonce'])
      expect((await guard.check(request({ proof: { nonce } }))).headers['dpop-nonce'] !== undefined).toBe(always)
      clock.now += 60
      const { accepted, headers } = await guard.check(request({ proof: { nonce } }))
      expect([accepted, headers['dpop-nonce'] === nonce]).toEqual([true, false])
      expect(headers).toMatchObject({ 'dpop-nonce': expect.any(String), 'cache-control': 'no-store' })
    },
  )

  test('answers 503 without a nonce if its clock breaks while it rejects a request', async () => {
    let readings = Number.POSITIVE_INFINITY
    const { guard, request } = createScene({ ...nonces, clock: () => (readings-- > 0 ? now : Number.NaN) })
    const withoutCredentials = { ...request(), headers: ['Host', 'api.example.com'] }
    expect(await guard.check(withoutCredentials)).toMatchObject({ status: 401, reason: 'credentials_missing' })
    readings = 1
    const verdict = await guard.check(withoutCredentials)
    expect(verdict).toMatchObject({ status: 503, reason: 'internal_error', body: '' })
    expect(verdict.headers).toEqual({})
  })
})

describe('a guard with adaptive freshness sends a nonce', () => {
  const createAdaptive = () => createScene({ ...nonces, freshness: 'adaptive' })
  const nonceOf = ({ headers }: Verdict<Auth | undefined>) => headers['dpop-nonce']
  const late = { claims: { iat: now - 3600 } }

  test('to a client with a wrong clock, and then only if the client used another one', async () => {
    const { guard, request, clock } = createAdaptive()
    const asked = await guard.check(request({ proof: late }))
    expect(asked).toMatchObject({ accepted: false, reason: 'iat_needs_nonce' })
    const nonce = String(nonceOf(asked))
    const withNewest = await guard.check(request({ proof: { ...late, nonce } }))
    expect([withNewest.accepted, withNewest.headers]).toEqual([true, {}])
    clock.now += 60
    const accepted = await guard.check(request({ proof: { ...late, nonce } }))
    expect([accepted.accepted, nonceOf(accepted)]).toEqual([true, expect.stringMatching(/./)])
    expect(nonceOf(accepted)).not.toBe(nonce)
    const rejected = await guard.check(request({ method: 'PUT', proof: { method: 'POST', nonce } }))
    expect(rejected).toMatchObject({ reason: 'proof_htm', headers: { 'dpop-nonce': nonceOf(accepted) } })
  })

  test('to no client with a good clock', async () => {
    const { guard, request } = createAdaptive()
    const { accepted, headers } = await guard.check(request())
    expect([accepted, headers]).toEqual([true, {}])
    for (const bad of [{ ...request(), headers: [] }, request({ proof: { method: 'PUT' } })]) {
      const rejected = await guard.check(bad)
      expect([rejected.accepted, nonceOf(rejected)]).toEqual([false, undefined])
    }
  })

  test('with no answer to an outage, unless the client sent one', async () => {
    const { another, request, guard } = createAdaptive()
    const broken = another({ replayStore: { addIfAbsent: () => Promise.reject(new Error('down')) } })
    const withoutNonce = await broken.check(request())
    expect(withoutNonce).toMatchObject({ status: 503, reason: 'replay_store_unavailable' })
    expect(nonceOf(withoutNonce)).toBeUndefined()
    const nonce = String(nonceOf(await guard.check(request({ proof: late }))))
    expect(nonceOf(await broken.check(request({ proof: { nonce } })))).toBe(nonce)
  })
})

test('the nonce of a service that answers later is in the verdict', async () => {
  const nonce = { issue: async () => 'newest', check: async () => true }
  const { guard, request } = createScene({ freshness: 'both', nonce })
  const withNonce = { 'dpop-nonce': 'newest', 'cache-control': 'no-store' }
  const accepted = await guard.check(request({ proof: { nonce: 'older' } }))
  expect(accepted).toMatchObject({ accepted: true, auth: { subject: 'alice' }, headers: withNonce })
  expect(await guard.check(request())).toMatchObject({ reason: 'nonce_missing', headers: withNonce })
})

test('a guard without nonces never sends one', async () => {
  const { guard, request } = createScene()
  expect((await guard.check(request())).headers).toEqual({})
  expect((await guard.check({ ...request(), headers: [] })).headers).not.toHaveProperty('cache-control')
  expect(await outcome(guard, request())).toBe('accepted')
})
