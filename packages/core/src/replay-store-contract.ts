import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { inspect } from 'node:util'
import type { ReplayStore } from './replay/store.js'

/** What each test needs. You make it for your store. */
export interface ReplayStoreContext {
  /** A new, empty store. */
  readonly store: ReplayStore
  /** A second store with the same entries, as another process would have it. Leave it out if your store is not shared. */
  readonly peer?: ReplayStore | undefined
  /** Moves the store's clock forward by this many seconds, or waits for that time. */
  readonly advance: (seconds: number) => unknown
}

/** A test for one rule of {@link ReplayStore}. `run` rejects with an AssertionError if the store breaks the rule. */
export interface ReplayStoreCase {
  readonly name: string
  readonly run: (context: ReplayStoreContext) => Promise<void>
}

async function expectAdded(store: ReplayStore, key: string, ttlSeconds: number): Promise<void> {
  const answer: unknown = await store.addIfAbsent(key, ttlSeconds)
  assert.equal(
    answer,
    true,
    `addIfAbsent() must return true for a key that is absent or expired, got ${inspect(answer)}`,
  )
}

async function expectPresent(store: ReplayStore, key: string, ttlSeconds: number): Promise<void> {
  const answer: unknown = await store.addIfAbsent(key, ttlSeconds)
  assert.equal(answer, false, `addIfAbsent() must return false for a key that is present, got ${inspect(answer)}`)
}

const keyOf = (text: string) => hash('sha256', text, 'base64url')

/**
 * Tests for your own replay store, for any test runner. They show whether the store does what the guard needs. Use a new store
 * for each test.
 *
 * @example
 * for (const { name, run } of replayStoreContract) test(name, () => run({ store: createStore(), advance }))
 */
export const replayStoreContract: readonly ReplayStoreCase[] = [
  {
    name: 'returns true for a key that is absent, and false for one that is there',
    run: async ({ store }) => {
      await expectAdded(store, keyOf('a'), 60)
      await expectPresent(store, keyOf('a'), 60)
    },
  },
  {
    name: 'keeps keys apart',
    run: async ({ store }) => {
      await expectAdded(store, keyOf('a'), 60)
      await expectAdded(store, keyOf('b'), 60)
      await expectPresent(store, keyOf('a'), 60)
    },
  },
  {
    name: 'keeps apart keys that differ in case only',
    run: async ({ store }) => {
      const key = 'A'.repeat(43)
      await expectAdded(store, key, 60)
      await expectAdded(store, key.toLowerCase(), 60)
    },
  },
  {
    name: 'returns true for exactly one of many simultaneous calls',
    run: async ({ store, peer = store }) => {
      const calls = Array.from({ length: 50 }, (_, index) =>
        (index % 2 === 0 ? store : peer).addIfAbsent(keyOf('a'), 60),
      )
      const answers = await Promise.all(calls)
      const count = (wanted: boolean) => answers.filter((answer) => answer === wanted).length
      assert.equal(count(true), 1, `1 of 50 simultaneous calls with one key must return true, ${count(true)} did`)
      assert.equal(count(false), 49, `49 of 50 simultaneous calls with one key must return false, ${count(false)} did`)
    },
  },
  {
    name: 'shares its entries with its peers',
    run: async ({ store, peer = store }) => {
      await expectAdded(store, keyOf('a'), 60)
      await expectPresent(peer, keyOf('a'), 60)
    },
  },
  {
    name: 'remembers a key until its time is over',
    run: async ({ store, advance }) => {
      await expectAdded(store, keyOf('a'), 3)
      await advance(2)
      await expectPresent(store, keyOf('a'), 3)
    },
  },
  {
    name: 'does not extend the time of a key that is added again',
    run: async ({ store, advance }) => {
      await expectAdded(store, keyOf('a'), 2)
      await advance(1)
      await expectPresent(store, keyOf('a'), 60)
      await advance(2)
      await expectAdded(store, keyOf('a'), 60)
    },
  },
  {
    name: 'accepts the shortest time, one second',
    run: async ({ store, advance }) => {
      await expectAdded(store, keyOf('a'), 1)
      await expectPresent(store, keyOf('a'), 1)
      await advance(2)
      await expectAdded(store, keyOf('a'), 1)
    },
  },
  {
    name: 'remembers each of a thousand keys',
    run: async ({ store }) => {
      const keys = Array.from({ length: 1000 }, (_, index) => keyOf(String(index)))
      for (const key of keys) await expectAdded(store, key, 600)
      for (const key of keys) await expectPresent(store, key, 600)
    },
  },
]
