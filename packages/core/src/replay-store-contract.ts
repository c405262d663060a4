import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
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
      assert.equal(await store.addIfAbsent(keyOf('a'), 60), true)
      assert.equal(await store.addIfAbsent(keyOf('a'), 60), false)
    },
  },
  {
    name: 'keeps keys apart',
    run: async ({ store }) => {
      assert.equal(await store.addIfAbsent(keyOf('a'), 60), true)
      assert.equal(await store.addIfAbsent(keyOf('b'), 60), true)
      assert.equal(await store.addIfAbsent(keyOf('a'), 60), false)
    },
  },
  {
    name: 'keeps apart keys that differ in case only',
    run: async ({ store }) => {
      const key = 'A'.repeat(43)
      assert.equal(await store.addIfAbsent(key, 60), true)
      assert.equal(await store.addIfAbsent(key.toLowerCase(), 60), true)
    },
  },
  {
    name: 'returns true for exactly one of many simultaneous calls',
    run: async ({ store, peer = store }) => {
      const claims = Array.from({ length: 50 }, (_, index) =>
        (index % 2 === 0 ? store : peer).addIfAbsent(keyOf('a'), 60),
      )
      const answers = await Promise.all(claims)
      assert.equal(answers.filter((answer) => answer === true).length, 1)
      assert.equal(answers.filter((answer) => answer === false).length, 49)
    },
  },
  {
    name: 'shares its entries with its peers',
    run: async ({ store, peer = store }) => {
      assert.equal(await store.addIfAbsent(keyOf('a'), 60), true)
      assert.equal(await peer.addIfAbsent(keyOf('a'), 60), false)
    },
  },
  {
    name: 'remembers a key until its time is over',
    run: async ({ store, advance }) => {
      assert.equal(await store.addIfAbsent(keyOf('a'), 3), true)
      await advance(2)
      assert.equal(await store.addIfAbsent(keyOf('a'), 3), false)
    },
  },
  {
    name: 'does not extend the time of a key that is added again',
    run: async ({ store, advance }) => {
      assert.equal(await store.addIfAbsent(keyOf('a'), 2), true)
      await advance(1)
      assert.equal(await store.addIfAbsent(keyOf('a'), 60), false)
      await advance(2)
      assert.equal(await store.addIfAbsent(keyOf('a'), 60), true)
    },
  },
  {
    name: 'accepts the shortest time, one second',
    run: async ({ store, advance }) => {
      assert.equal(await store.addIfAbsent(keyOf('a'), 1), true)
      assert.equal(await store.addIfAbsent(keyOf('a'), 1), false)
      await advance(2)
      assert.equal(await store.addIfAbsent(keyOf('a'), 1), true)
    },
  },
  {
    name: 'remembers each of a thousand keys',
    run: async ({ store }) => {
      const keys = Array.from({ length: 1000 }, (_, index) => keyOf(String(index)))
      for (const key of keys) assert.equal(await store.addIfAbsent(key, 60), true)
      for (const key of keys) assert.equal(await store.addIfAbsent(key, 60), false)
    },
  },
]
