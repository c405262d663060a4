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

test('a guard without nonces never sends one', async () => {
  const { guard, request } = createScene()
  expect((await guard.check(request())).headers).toEqual({})
  expect((await guard.check({ ...request(), headers: [] })).headers).not.toHaveProperty('cache-control')
  expect(await outcome(guard, request())).toBe('accepted')
})
