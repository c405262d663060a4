import { UsageError } from './terminal.js'

/** A number of seconds. Undefined where the option is not given. */
export function readNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value)) throw new UsageError(`--${name} has to be a number of seconds`)
  return value
}
