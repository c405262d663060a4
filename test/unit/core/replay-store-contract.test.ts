import type { ReplayStore } from '@dpop-guard/core'
import { type ReplayStoreContext, replayStoreContract } from '@dpop-guard/core/replay-store-contract'
import { describe, expect, test } from 'vitest'
import { mistyped } from '../../support/guard-scene.js'

describe('the contract', () => {
  interface Change {
    forget?: boolean
    fold?: boolean
    confuse?: boolean
    extend?: boolean
    factor?: number
    /** Multiplies each ttlSeconds. */
    less?: number
  }

  /** A correct store. Each row breaks one part of it. */
  function createMap(change: Change = {}) {
    let time = 0
    const expiries = new Map<string, number>()
    const store: ReplayStore = {
      addIfAbsent(key, ttlSeconds) {
        const name = change.confuse ? '' : change.fold ? key.toLowerCase() : key
        const live = (expiries.get(name) ?? 0) > time
        if (!live || change.extend) expiries.set(name, time + ttlSeconds * (change.factor ?? 1) - (change.less ?? 0))
        if (change.forget && expiries.size > 100) expiries.delete(expiries.keys().next().value ?? '')
        return !live
      },
    }
    const advance = (seconds: number) => {
      time += seconds
    }
    return { store, advance }
  }

  const keep = { advance: () => {} }

  const wrong: [name: string, create: () => ReplayStoreContext, broken: RegExp][] = [
    ['always says true', () => ({ store: { addIfAbsent: () => true }, ...keep }), /^returns true for a key/],
    ['always says false', () => ({ store: { addIfAbsent: () => false }, ...keep }), /^returns true for a key/],
    ['answers with numbers', () => answering((first) => mistyped(first ? 1 : 0)), /^returns true for a key/],
    ['answers with strings', () => answering((first) => mistyped(first ? 'OK' : null)), /^returns true for a key/],
    [
      'rejects',
      () => ({ store: { addIfAbsent: () => Promise.reject(new Error('down')) }, ...keep }),
      /^returns true for a key/,
    ],
    ['forgets under load', () => createMap({ forget: true }), /thousand keys/],
    ['confuses all keys', () => createMap({ confuse: true }), /^keeps keys apart/],
    ['folds case', () => createMap({ fold: true }), /case only/],
    ['extends the time of a replay', () => createMap({ extend: true }), /does not extend/],
    ['forgets at half the time', () => createMap({ factor: 0.5 }), /until its time is over/],
    ['never forgets', () => createMap({ factor: 1000 }), /does not extend/],
    ['reads seconds as milliseconds', () => createMap({ factor: 0.001 }), /until its time is over/],
    ['ends one second early', () => createMap({ less: 1 }), /shortest time/],
    ['looks first and writes later', createRacy, /simultaneous/],
    ['shares nothing', () => ({ ...createMap(), peer: createMap().store }), /peers/],
    ['shares nothing under load', () => ({ ...createMap(), peer: createMap().store }), /simultaneous/],
    ['knows one key only', createAmnesiac, /keeps keys apart|thousand/],
  ]

  test.each(wrong)('fails a store that %s', async (_, create, broken) => {
    expect(await failing(create)).toEqual(expect.arrayContaining([expect.stringMatching(broken)]))
  })

  test('passes a correct store', async () => {
    expect(await failing(createMap)).toEqual([])
  })

  test('says which answer of the store is wrong', async () => {
    const messages: (string | undefined)[] = []
    const remember = (error: Error) => messages.push(error.message.split('\n', 1)[0])
    for (const answer of [false, 1]) {
      const store: ReplayStore = { addIfAbsent: () => mistyped(answer) }
      await replayStoreContract[0]?.run({ store, ...keep }).catch(remember)
    }
    await replayStoreContract[0]?.run(answering(() => true)).catch(remember)
    expect(messages).toEqual([
      'addIfAbsent() must return true for a key that is absent or expired, got false',
      'addIfAbsent() must return true for a key that is absent or expired, got 1',
      'addIfAbsent() must return false for a key that is present, got true',
    ])
  })

  test('uses keys in the form that the guard makes', async () => {
    const keys: string[] = []
    const { store, advance } = createMap()
    const claim: ReplayStore['addIfAbsent'] = (key, ttlSeconds) => {
      keys.push(key)
      return store.addIfAbsent(key, ttlSeconds)
    }
    for (const { run } of replayStoreContract) await run({ store: { addIfAbsent: claim }, advance }).catch(() => {})
    expect(keys.filter((key) => !/^[\w-]{43}$/.test(key))).toEqual([])
  })

  async function failing(create: () => ReplayStoreContext): Promise<string[]> {
    const names: string[] = []
    for (const { name, run } of replayStoreContract) await run(create()).catch(() => names.push(name))
    return names
  }

  function answering(answer: (first: boolean) => boolean): ReplayStoreContext {
    const { store, advance } = createMap()
    return { store: { addIfAbsent: (key, ttlSeconds) => answer(store.addIfAbsent(key, ttlSeconds) === true) }, advance }
  }

  function createRacy(): ReplayStoreContext {
    const used = new Set<string>()
    const claim = async (key: string) => {
      const first = !used.has(key)
      await Promise.resolve()
      used.add(key)
      return first
    }
    return { store: { addIfAbsent: claim }, ...keep }
  }

  function createAmnesiac(): ReplayStoreContext {
    let last = ''
    const claim = (key: string) => {
      const first = key !== last
      last = key
      return first
    }
    return { store: { addIfAbsent: claim }, ...keep }
  }
})
