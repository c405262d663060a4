import { UsageError } from './terminal.js'

const token = /^[!#$%&'*+.^`|~\w-]+$/

/** RFC 9110 section 9.1. */
export function readMethod(name: string, text: string): string {
  if (token.test(text)) return text
  throw new UsageError(`${name} has to be a method, such as GET`)
}
