/** The time that several requests, one after the other, may take together. */
export class TimeBudget {
  readonly #endsAt: number

  constructor(seconds: number) {
    this.#endsAt = performance.now() + seconds * 1000
  }

  /** Ends the next request of `requests` that are still to come, so that each of them gets the same share of what is left. */
  share(requests: number): AbortSignal {
    const left = Math.max(0, this.#endsAt - performance.now())
    return AbortSignal.timeout(Math.ceil(left / requests))
  }
}
