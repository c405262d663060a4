import { memoryReplayStore, type ReplayStore } from '@dpop-guard/core'
import { now } from './guard-scene.js'

/** A store and the clock it runs by. */
export function createMemory(options: { maxEntries?: number } = {}) {
  const clock = { now }
  const store = memoryReplayStore({ ...options, clock: () => clock.now })
  const claim = (key: string, ttlSeconds: number) => store.addIfAbsent(key, ttlSeconds)
  const advance = (seconds: number) => {
    clock.now += seconds
  }
  return { store, claim, clock, advance }
}

/** A store that takes every proof for a new one, and what it was asked to remember. */
export function createRecordingStore() {
  const keys: string[] = []
  const ttls: number[] = []
  const store: ReplayStore = {
    addIfAbsent(key, ttlSeconds) {
      keys.push(key)
      ttls.push(ttlSeconds)
      return true
    },
  }
  return { store, keys, ttls }
}
