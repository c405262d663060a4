import { invalidOption, readMemberOption } from '../option-readers.js'
import type { AcceptanceWindow } from './acceptance-windows.js'
import { memoryReplayStore } from './memory-store.js'
import { defaultReplayStore } from './process-replay-state.js'
import type { ReplayStore } from './store.js'
import { ReplayProtection } from './use-once.js'

/** Reads the option `replayStore`. `ownClock` is undefined for the system clock. */
export function readReplayStoreOption(value: unknown, ownClock: (() => number) | undefined): ReplayStore | 'off' {
  if (value === undefined) return ownClock === undefined ? defaultReplayStore() : memoryReplayStore({ clock: ownClock })
  if (value === 'off') return value
  const addIfAbsent = readMemberOption('replayStore', value, 'addIfAbsent')
  if (typeof addIfAbsent !== 'function') {
    throw invalidOption('replayStore', value, 'a replay store with an addIfAbsent() method, or "off"')
  }
  return value as ReplayStore
}

/** Undefined if used proofs are not remembered. `ownClock` is undefined for the system clock. */
export function createReplayProtection(
  store: ReplayStore | 'off',
  clock: () => number,
  ownClock: (() => number) | undefined,
  window: AcceptanceWindow,
): ReplayProtection | undefined {
  return store === 'off' ? undefined : new ReplayProtection(store, clock, ownClock, window)
}
