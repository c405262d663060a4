const maxWarnings = 16

/**
 * Emits process warnings about an issuer's documents, if the guard can continue without them. Each warning once, and sixteen at
 * most, because documents are fetched again and again.
 */
export class IssuerWarnings {
  readonly #said = new Set<string>()

  say(messages: readonly string[]): void {
    for (const message of messages) {
      if (this.#said.has(message) || this.#said.size >= maxWarnings) continue
      this.#said.add(message)
      process.emitWarning(`dpop-guard: ${message}`, { code: 'DPOP_GUARD_ISSUER' })
    }
  }
}
