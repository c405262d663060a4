import { AcceptanceWindows } from './acceptance-windows.js'
import { memoryReplayStore } from './memory-store.js'
import type { ReplayStore } from './store.js'
import { UseHistory } from './use-history.js'

/** What the guards of one clock share. */
export interface ClockState {
  readonly windows: AcceptanceWindows
  readonly history: UseHistory
}

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
  readonly system: ClockState
  readonly byClock: WeakMap<() => number, ClockState>
  readonly byRequest: WeakMap<object, RequestUses>
}

const slot = Symbol.for('@dpop-guard/core: replay state of this process, version 1')

function processReplayState(): ProcessReplayState {
  const shared = globalThis as { [slot]?: ProcessReplayState }
  shared[slot] ??= {
    store: undefined,
    system: { windows: new AcceptanceWindows(), history: new UseHistory(() => performance.now() / 1000) },
    byClock: new WeakMap(),
    byRequest: new WeakMap(),
  }
  return shared[slot]
}

/** The store of every guard that has neither the option `replay` nor a clock of its own. */
export function defaultReplayStore(): ReplayStore {
  const state = processReplayState()
  state.store ??= memoryReplayStore()
  return state.store
}

/** `ownClock` is undefined for the system clock, which all guards share. */
export function clockState(ownClock: (() => number) | undefined): ClockState {
  const { system, byClock } = processReplayState()
  if (ownClock === undefined) return system
  const known = byClock.get(ownClock) ?? { windows: new AcceptanceWindows(), history: new UseHistory() }
  byClock.set(ownClock, known)
  return known
}

/** The uses that guards have asked about for this request, which is the framework's own object. */
export function usesOfRequest(request: object): RequestUses {
  const { byRequest } = processReplayState()
  const known = byRequest.get(request) ?? new Map()
  byRequest.set(request, known)
  return known
}
