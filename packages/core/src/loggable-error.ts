/** A registered symbol, because a store may use another copy of this package. */
const messageHoldsNoSecret = Symbol.for('dpop-guard.messageHoldsNoSecret')

/**
 * Marks an error whose message holds no secret, so that `NODE_DEBUG=dpop-guard` prints the message. For any other error, it
 * prints only the name and the code. For authors of replay stores and hooks. Returns the error. Does not mark its `cause`.
 *
 * @example
 * throw loggable(new Error('the server answered neither OK nor nil'))
 */
export function loggable<E extends Error>(error: E): E {
  return Object.defineProperty(error, messageHoldsNoSecret, { value: true })
}

/** Whether {@link loggable} marked this error. */
export function isLoggable(error: Error): boolean {
  return messageHoldsNoSecret in error
}

/** The code of an error. Undefined if it has none. Never throws, for any value that a hook can throw. */
export function codeOf(error: unknown): string | number | undefined {
  try {
    const { code } = error as { code?: unknown }
    return typeof code === 'number' || isWord(code) ? code : undefined
  } catch {
    return undefined
  }
}

/** False for a sentence, a URL or a JSON document. */
export function isWord(value: unknown): value is string {
  return typeof value === 'string' && /^[\w.-]{1,64}$/.test(value)
}
