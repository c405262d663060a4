import { setTimeout as sleep } from 'node:timers/promises'

/** Returns a function that waits for the turn of the next request: at most this many start in a second. */
export function createPace(perSecond: number): () => Promise<void> {
  const gap = 1000 / perSecond
  let next = 0
  return async () => {
    const now = performance.now()
    const turn = Math.max(now, next)
    next = turn + gap
    if (turn > now) await sleep(turn - now)
  }
}
