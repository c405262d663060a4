import { AcceptanceWindows } from './acceptance-windows.js'
import { memoryReplayStore } from './memory-store.js'
import type { ReplayStore } from './store.js'
import { UseHistory } from './use-history.js'

/** A use of a proof that a store was asked about on behalf of one request, by the store and the key. */
export type RequestUses = Map<ReplayStore, Map<string, Promise<void> | undefined>>

/**
 * What all guards of this process share: replay protection is a promise of the process, not of one guard. It hangs on
 * `globalThis` and is versioned, so that two copies of this package share it too: the one global state of the core besides
 * the batch of proofs. Nothing is made at import.
 */
interface ProcessReplayState {
  /** The default store. */
  store: ReplayStore | undefined
  /** Of the guards that go by the system clock, whatever their stores. */
  readonly windows: AcceptanceWindows
  /** Of guards with clocks of their own. */
  readonly windowsByStore: WeakMap<ReplayStore, AcceptanceWindows>
  /** Of the system clock. */
  readonly history: UseHistory
  readonly historyByClock: WeakMap<() => number, UseHistory>
  readonly byRequest: WeakMap<object, RequestUses>
}

const slot = Symbol.for('@dpop-guard/core: replay state of this process, version 1')

function processReplayState(): ProcessReplayState {
  const shared = globalThis as { [slot]?: ProcessReplayState }
  shared[slot] ??= {
    store: undefined,
    windows: new AcceptanceWindows(),
    windowsByStore: new WeakMap(),
    history: new UseHistory(() => performance.now() / 1000),
    historyByClock: new WeakMap(),
    byRequest: new WeakMap(),
  }
  return shared[slot]
}

/** The store of every guard that has neither the option `replayStore` nor a clock of its own. */
export function defaultReplayStore(): ReplayStore {
  const state = processReplayState()
  state.store ??= memoryReplayStore()
  return state.store
}

/** `ownClock` is undefined for the system clock. */
export function windowsOf(store: ReplayStore, ownClock: (() => number) | undefined): AcceptanceWindows {
  const { windows, windowsByStore } = processReplayState()
  if (ownClock === undefined) return windows
  const known = windowsByStore.get(store) ?? new AcceptanceWindows()
  windowsByStore.set(store, known)
  return known
}

/** `ownClock` is undefined for the system clock. */
export function historyOf(ownClock: (() => number) | undefined): UseHistory {
  const { history, historyByClock } = processReplayState()
  if (ownClock === undefined) return history
  const known = historyByClock.get(ownClock) ?? new UseHistory()
  historyByClock.set(ownClock, known)
  return known
}

/** The uses that guards have asked about for this request, which is the framework's own object. */
export function usesOfRequest(request: object): RequestUses {
  const { byRequest } = processReplayState()
  const known = byRequest.get(request) ?? new Map()
  byRequest.set(request, known)
  return known
}
