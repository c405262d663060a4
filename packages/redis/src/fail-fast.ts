import { loggable } from '@dpop-guard/core/plugin'

/**
 * Sends commands to a server that may not answer, so that waiting requests do not pile up. After a timeout, only one command at
 * a time is sent, to find out whether the server is back. All others fail at once. A reply in time ends that. An error does not,
 * because it may be the client's own timeout.
 */
export class FailFast {
  readonly #timeoutSeconds: number
  #silent = false
  #probing = false

  constructor(timeoutSeconds: number) {
    this.#timeoutSeconds = timeoutSeconds
  }

  async ask<Answer>(question: () => Promise<Answer>): Promise<Answer> {
    if (!this.#silent) return this.#withTimeout(question)
    if (this.#probing) throw loggable(new Error('the server does not answer'))
    this.#probing = true
    try {
      return await this.#withTimeout(question)
    } finally {
      this.#probing = false
    }
  }

  async #withTimeout<Answer>(question: () => Promise<Answer>): Promise<Answer> {
    let timer: NodeJS.Timeout | undefined
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        this.#silent = true
        reject(loggable(new Error(`no answer in ${this.#timeoutSeconds} seconds`)))
      }, this.#timeoutSeconds * 1000)
    })
    try {
      const answer = await Promise.race([question(), timeout])
      this.#silent = false
      return answer
    } finally {
      clearTimeout(timer)
    }
  }
}
