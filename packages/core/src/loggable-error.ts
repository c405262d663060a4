import { isNativeError } from 'node:util/types'
import { printable } from './printable.js'

/** Registered, because a store may have another copy of this package. */
const messageHoldsNoSecret = Symbol.for('dpop-guard.messageHoldsNoSecret')

/**
 * Marks an error whose message holds no secret: `NODE_DEBUG=dpop-guard` prints it. Of any other error it prints the name and the
 * code alone. For authors of replay stores and hooks. Returns the error. Says nothing of its `cause`, which has a mark or has
 * none.
 *
 * @example
 * throw loggable(new Error('the server answered neither OK nor nil'))
 */
export function loggable<E extends Error>(error: E): E {
  return Object.defineProperty(error, messageHoldsNoSecret, { value: true })
}

/** What may be printed of an error. */
export interface ErrorDescription {
  readonly name: string
  readonly code: string | number | undefined
  readonly message: string | undefined
  readonly cause: ErrorDescription | string | undefined
}

/** Also ends a chain of causes that is a circle. */
const maxCauses = 4

/** Of a value that is not an error its type. Never throws, whatever a hook has thrown. */
export function describeError(error: unknown, causes = maxCauses): ErrorDescription | string {
  try {
    if (!isNativeError(error) && !(error instanceof Error)) return typeof error
    const { name, message, cause } = error
    return {
      name: isWord(name) ? name : 'Error',
      code: codeOf(error),
      message: messageHoldsNoSecret in error ? printable(String(message)) : undefined,
      cause: cause === undefined || causes === 0 ? undefined : describeError(cause, causes - 1),
    }
  } catch {
    return 'an error that cannot be read'
  }
}

/** Undefined for any other value. Never throws, whatever a hook has thrown. */
export function codeOf(error: unknown): string | number | undefined {
  try {
    const { code } = error as { code?: unknown }
    return typeof code === 'number' || isWord(code) ? code : undefined
  } catch {
    return undefined
  }
}

/** A sentence, a URL and a JSON document are none. */
function isWord(value: unknown): value is string {
  return typeof value === 'string' && /^[\w.-]{1,64}$/.test(value)
}
