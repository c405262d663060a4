import { memoryReplayStore } from '@dpop-guard/core'
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
