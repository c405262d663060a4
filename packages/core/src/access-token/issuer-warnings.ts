const maxWarnings = 16

/**
 * Tells operators, as process warnings, what is wrong with an issuer's documents where the guard can go on without them. Each
 * once, and not more than sixteen: documents are fetched again and again.
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
