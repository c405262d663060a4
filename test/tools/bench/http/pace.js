// @ts-check

/**
 * Waits for points of time more precisely than timers do. It never sleeps, so it needs its own core. Call it in the order of the
 * times.
 */
export function createPace() {
  /** @type {{ time: number, resolve: () => void }[]} */
  const waiting = []
  let running = true
  const turn = () => {
    while (waiting[0] !== undefined && waiting[0].time <= performance.now()) waiting.shift()?.resolve()
    if (running) setImmediate(turn)
  }
  turn()
  return {
    /** @param {number} time @returns {Promise<void>} */
    until: (time) => new Promise((resolve) => void waiting.push({ time, resolve })),
    stop() {
      running = false
    },
  }
}
