/** The state that all guards of one process share: the default store, and the time for which used proofs are remembered. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { createGuard, type GuardOptions, memoryReplayStore, type ReplayStore, verifyProof } from '@dpop-guard/core'
import { admit, readPluginOptions } from '@dpop-guard/core/plugin'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createScene, now, outcome } from '../../../support/guard-scene.js'
import { createMemory, createRecordingStore } from '../../../support/memory-store.js'

/** Guards with the system clock, as users have them, for proofs that are made now. */
function createSystemScene(options: Partial<GuardOptions> = {}) {
  const scene = createScene({ clock: undefined, ...options })
  scene.clock.now = Math.floor(Date.now() / 1000)
  const again = (more: Partial<GuardOptions> = {}) =>
    createScene({ clock: undefined, ...options, ...more }, scene.issuer).guard
  return { ...scene, again }
}

describe('without the option replayStore', () => {
  test('a guard knows the proofs that another guard of the process accepted', async () => {
    const { guard, again, request } = createSystemScene()
    const once = request()
    expect(await outcome(guard, once)).toBe('accepted')
    expect(await outcome(again(), once)).toBe('401 proof_replayed')
  })

  test('a guard with its own clock has its own memory', async () => {
    const { guard, again, request, clock } = createSystemScene()
    const once = request()
    expect(await outcome(guard, once)).toBe('accepted')
    expect(await outcome(again({ clock: () => clock.now }), once)).toBe('accepted')
  })

  test('a guard of another copy of the package knows them too', async () => {
    const root = fileURLToPath(new URL('../../../../', import.meta.url))
    const copy = mkdtempSync(`${root}packages/core/.tmp-copy-`)
    onTestFinished(() => rmSync(copy, { recursive: true }))
    cpSync(`${root}packages/core/dist`, copy, { recursive: true })
    const other = await import(pathToFileURL(`${copy}/index.js`).href)
    expect(other.createGuard).not.toBe(createGuard)

    const { guard, issuer, request } = createSystemScene()
    const second = other.createGuard({
      issuer: { issuer: issuer.issuer, jwks: issuer.jwks },
      resource: 'https://api.example.com',
    })
    const once = request()
    expect(await outcome(guard, once)).toBe('accepted')
    expect(await outcome(second, once)).toBe('401 proof_replayed')
  })
})

describe('of guards with different windows', () => {
  const wide = { proof: { maxAgeSeconds: 300 } }

  test('the one with the larger window does not accept what the other one has accepted', async () => {
    const memory = createMemory()
    const clock = () => memory.clock.now
    const narrow = createScene({ replayStore: memory.store, clock })
    const large = createScene({ replayStore: memory.store, clock, ...wide }, narrow.issuer)
    const once = narrow.request()
    expect(await outcome(narrow.guard, once)).toBe('accepted')
    for (const seconds of [92, 208]) {
      memory.advance(seconds)
      expect(await outcome(large.guard, once)).toBe('401 proof_replayed')
    }
  })

  test('a guard that is made later treats proofs that may be forgotten as expired', async () => {
    const memory = createMemory()
    const clock = () => memory.clock.now
    const narrow = createScene({ replayStore: memory.store, clock })
    const once = narrow.request()
    const unused = narrow.request()
    expect(await outcome(narrow.guard, once)).toBe('accepted')
    const large = createScene({ replayStore: memory.store, clock, ...wide }, narrow.issuer)
    memory.advance(61)
    expect(await outcome(large.guard, once)).toBe('401 proof_expired')
    expect(await outcome(large.guard, unused)).toBe('401 proof_expired')

    const fresh = large.request({ proof: { now: now + 31 } })
    memory.advance(200)
    expect(await outcome(large.guard, fresh)).toBe('accepted')
  })

  test('a guard that is made before any proof was used has its whole window', async () => {
    const memory = createMemory()
    const clock = () => memory.clock.now
    const narrow = createScene({ replayStore: memory.store, clock })
    const large = createScene({ replayStore: memory.store, clock, ...wide }, narrow.issuer)
    const old = large.request({ proof: { now: now - 200 } })
    expect(await outcome(large.guard, old)).toBe('accepted')
  })

  test('verifyProof counts among them', async () => {
    const { store: replay, ttls } = createRecordingStore()
    const clock = () => now
    const { guard, request, client } = createScene({ replayStore: replay, clock })
    const url = 'https://as.example.com/token'
    const proof = client.proof({ method: 'POST', url, now })
    await verifyProof(
      { method: 'POST', url, headers: ['DPoP', proof] },
      { replayStore: replay, clock, maxAgeSeconds: 120 },
    )
    await guard.check(request())
    expect(ttls).toEqual([151, 151])
  })

  test('a proof with a nonce is remembered for as long as a guard with nonces can accept it', async () => {
    const { store: replay, ttls } = createRecordingStore()
    const clock = () => now
    const byIat = createScene({ replayStore: replay, clock })
    const service = { issue: () => 'nonce', check: () => true, lifetimeSeconds: 500 }
    createScene({ replayStore: replay, clock, freshness: 'nonce', nonce: service }, byIat.issuer)
    await byIat.guard.check(byIat.request())
    await byIat.guard.check(byIat.request({ proof: { nonce: 'nonce' } }))
    expect(ttls).toEqual([91, 531])
  })
})

describe('several guards that check one request', () => {
  const meet = (options: Partial<GuardOptions> = {}) => {
    const scene = createScene(options)
    const plugin = (more: Partial<GuardOptions> = {}) =>
      readPluginOptions({ guard: createScene({ ...options, ...more }, scene.issuer).guard })
    return { ...scene, plugin }
  }

  test('use its proof once, and each of them accepts it', async () => {
    const replay = memoryReplayStore({ clock: () => now })
    const { request, plugin } = meet({ replayStore: replay })
    const once = request()
    const incoming = {}
    for (const one of [plugin(), plugin()]) expect(await admit(one, once, incoming)).toMatchObject({ admitted: true })
    expect(await admit(plugin(), once, {})).toMatchObject({ rejection: { reason: 'proof_replayed' } })
  })

  test('all get the answer of a slow store, and of one that fails', async () => {
    let asked = 0
    const replay: ReplayStore = {
      async addIfAbsent() {
        asked += 1
        throw new Error('down')
      },
    }
    const { request, plugin } = meet({ replayStore: replay })
    const once = request()
    const incoming = {}
    const verdicts = await Promise.all([plugin(), plugin()].map((one) => admit(one, once, incoming)))
    expect(verdicts.map((verdict) => 'rejection' in verdict && verdict.rejection?.reason)).toEqual([
      'replay_store_unavailable',
      'replay_store_unavailable',
    ])
    expect(asked).toBe(1)
  })

  test('all get the answer of a store that fails at once, and of one that is full', async () => {
    const replay = memoryReplayStore({ clock: () => now, maxEntries: 1 })
    const { guard, request, plugin } = meet({ replayStore: replay })
    expect(await outcome(guard, request())).toBe('accepted')
    const once = request()
    const incoming = {}
    for (const one of [plugin(), plugin()]) {
      expect(await admit(one, once, incoming)).toMatchObject({ rejection: { reason: 'replay_store_full' } })
    }
  })

  test('ask every store if they have different ones', async () => {
    const stores = [memoryReplayStore({ clock: () => now }), memoryReplayStore({ clock: () => now })]
    const { request, plugin } = meet()
    const once = request()
    const incoming = {}
    for (const replay of stores)
      expect(await admit(plugin({ replayStore: replay }), once, incoming)).toMatchObject({ admitted: true })
    for (const replay of stores) {
      expect(await admit(plugin({ replayStore: replay }), once, {})).toMatchObject({
        rejection: { reason: 'proof_replayed' },
      })
    }
  })

  test('each still make all other checks', async () => {
    const replay = memoryReplayStore({ clock: () => now })
    const { request, plugin } = meet({ replayStore: replay })
    const once = request()
    const incoming = {}
    expect(await admit(plugin(), once, incoming)).toMatchObject({ admitted: true })
    const strict = plugin({ requiredScopes: ['admin'] })
    expect(await admit(strict, once, incoming)).toMatchObject({ rejection: { reason: 'scope_insufficient' } })
    const elsewhere = plugin({ audience: 'https://other.example' })
    expect(await admit(elsewhere, once, incoming)).toMatchObject({ rejection: { reason: 'token_audience' } })
  })

  test('a guard that you call directly remembers no request', async () => {
    const { guard, request } = meet()
    const once = { ...request(), incoming: undefined }
    expect(await outcome(guard, once)).toBe('accepted')
    expect(await outcome(guard, once)).toBe('401 proof_replayed')
  })
})

describe('a nonce that makes a proof with any iat acceptable', () => {
  test('makes the store remember it for a guard that checks iat, up to ten minutes ahead', async () => {
    const { store: replay, ttls } = createRecordingStore()
    const clock = () => now
    const service = { issue: () => 'nonce', check: () => true, lifetimeSeconds: 50 }
    const byNonce = createScene({ replayStore: replay, clock, freshness: 'nonce', nonce: service })
    createScene({ replayStore: replay, clock }, byNonce.issuer)
    for (const ahead of [0, 300, 600, 90_000]) {
      const parts = { proof: { nonce: 'nonce', now: now + ahead } }
      expect(await outcome(byNonce.guard, byNonce.request(parts))).toBe('accepted')
    }
    expect(ttls).toEqual([91, 391, 691, 691])
  })
})

describe('a clock that is set back', () => {
  test('causes no rejection with a memory store that has forgotten nothing', async () => {
    const memory = createMemory()
    const { guard, request } = createScene({ replayStore: memory.store, clock: () => memory.clock.now })
    const once = request()
    expect(await outcome(guard, once)).toBe('accepted')
    memory.advance(3600)
    expect(await outcome(guard, request({ proof: { now: memory.clock.now }, token: { exp: now + 9999 } }))).toBe(
      'accepted',
    )
    memory.advance(-3600)
    expect(await outcome(guard, request())).toBe('accepted')
    expect(await outcome(guard, once)).toBe('401 proof_replayed')
  })

  test('by less than the margin causes no rejection with a nonce service', async () => {
    const memory = createMemory()
    const clock = () => memory.clock.now
    const service = { issue: () => 'nonce', check: () => true, lifetimeSeconds: 100 }
    const replay = { addIfAbsent: () => true }
    const { guard, request } = createScene({ replayStore: replay, clock, freshness: 'nonce', nonce: service })
    const send = () => outcome(guard, request({ proof: { nonce: 'nonce' }, token: { exp: now + 9999 } }))
    for (let second = 0; second < 300; second += 10) {
      expect(await send()).toBe('accepted')
      memory.advance(10)
    }
    memory.advance(-25)
    expect(await send()).toBe('accepted')
    memory.advance(-100)
    expect(await send()).toBe('503 replay_store_unavailable')
  })
})

test("adapters call the method with which an application has replaced a guard's own", async () => {
  const { guard, request } = createScene()
  const rejection = await guard.check({ method: 'GET', target: '/orders', headers: [] })
  const changed = readPluginOptions({ guard: { ...guard, check: async () => rejection } })
  expect(await admit(changed, request(), {})).toMatchObject({ rejection: { reason: 'credentials_missing' } })
})
