/** The total time for several requests that follow each other. */
export class TimeBudget {
  readonly #endsAt: number

  constructor(seconds: number) {
    this.#endsAt = performance.now() + seconds * 1000
  }

  /** Returns the signal for the next of `requests` requests. Each of them gets the same share of the time that is left. */
  share(requests: number): AbortSignal {
    const left = Math.max(0, this.#endsAt - performance.now())
    return AbortSignal.timeout(Math.ceil(left / requests))
  }
}

/** Waits for the work until `signal` aborts, even if the work ignores the signal. Rejects with the reason of the signal then. */
export function waitFor<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    work()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', stop))
  })
}
