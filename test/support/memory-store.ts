import { memoryReplayStore, type ReplayStore } from '@dpop-guard/core'
import { now } from './guard-scene.js'

/** A store and its clock. */
export function createMemory(options: { maxEntries?: number } = {}) {
  const clock = { now }
  const store = memoryReplayStore({ ...options, clock: () => clock.now })
  const claim = (key: string, ttlSeconds: number) => store.addIfAbsent(key, ttlSeconds)
  const advance = (seconds: number) => {
    clock.now += seconds
  }
  return { store, claim, clock, advance }
}

/** A store that treats every proof as new, and records its calls. */
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
