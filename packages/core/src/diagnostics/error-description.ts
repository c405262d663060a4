import { isNativeError } from 'node:util/types'
import { codeOf, isLoggable, isWord } from '../loggable-error.js'
import { printable } from './redaction.js'

/** The parts of an error that may be printed. */
export interface ErrorDescription {
  readonly name: string
  readonly code: string | number | undefined
  readonly message: string | undefined
  readonly cause: ErrorDescription | string | undefined
}

/** Also ends a circular chain of causes. */
const maxCauses = 4

/** Describes an error. For any other value, returns only its type. Never throws, for any value that a hook can throw. */
export function describeError(error: unknown, causes = maxCauses): ErrorDescription | string {
  try {
    if (!isNativeError(error) && !(error instanceof Error)) return typeof error
    const { name, message, cause } = error
    return {
      name: isWord(name) ? name : 'Error',
      code: codeOf(error),
      message: isLoggable(error) ? printable(String(message)) : undefined,
      cause: cause === undefined || causes === 0 ? undefined : describeError(cause, causes - 1),
    }
  } catch {
    return 'an error that cannot be read'
  }
}
