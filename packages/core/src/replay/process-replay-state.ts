import { AcceptanceWindows } from './acceptance-windows.js'
import { memoryReplayStore } from './memory-store.js'
import type { ReplayStore } from './store.js'
import { UseHistory } from './use-history.js'

/** A use of a proof that a store was asked about for one request. There are as many as guards that meet on the request. */
export interface RequestUse {
  readonly store: ReplayStore
  readonly key: string
  readonly using: Promise<void> | undefined
}

/**
 * The state that all guards of this process share, because a proof must be accepted once by the process, not once by each guard.
 * It is a versioned property of `globalThis`, so that two copies of this package share it too. The core has no other global
 * state except the batch of proofs. Nothing is created at import.
 */
interface ProcessReplayState {
  /** The default store. */
  store: ReplayStore | undefined
  /** For the guards that use the system clock, with any store. */
  readonly windows: AcceptanceWindows
  /** For guards with their own clocks. */
  readonly windowsByStore: WeakMap<ReplayStore, AcceptanceWindows>
  /** For the system clock. */
  readonly history: UseHistory
  readonly historyByClock: WeakMap<() => number, UseHistory>
  readonly byRequest: WeakMap<object, RequestUse[]>
}

const slot = Symbol.for('@dpop-guard/core: replay state of this process, version 2')

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

/** The store of every guard without the options `replayStore` and `clock`. */
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

/** The uses that guards have asked about for this request. `request` is the framework's own object. */
export function usesOfRequest(request: object): RequestUse[] {
  const { byRequest } = processReplayState()
  const known = byRequest.get(request)
  if (known !== undefined) return known
  const uses: RequestUse[] = []
  byRequest.set(request, uses)
  return uses
}
