import { isNativeError } from 'node:util/types'
import { codeOf, isLoggable, isWord } from '../loggable-error.js'
import { printable } from './redaction.js'

/** What may be printed of an error. */
export interface ErrorDescription {
  readonly name: string
  readonly code: string | number | undefined
  readonly message: string | undefined
  readonly cause: ErrorDescription | string | undefined
}

/** Also ends a circular chain of causes. */
const maxCauses = 4

/** Describes an error; of any other value, only its type. Never throws, whatever a hook has thrown. */
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
