/** The values of options, as a person typed them. Each function throws a {@link UsageError} for an invalid value. */
import { readFile } from 'node:fs/promises'
import { isSecureUrl } from '@dpop-guard/core/internal'
import { UsageError } from './terminal.js'

const methodToken = /^[!#$%&'*+.^`|~\w-]+$/

/** RFC 9110 section 9.1. */
export function readMethodOption(name: string, text: string): string {
  if (methodToken.test(text)) return text
  throw new UsageError(`${name} must be a method, such as GET`)
}

/** A number of seconds; undefined if the option is missing. */
export function readNumberOption(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value)) throw new UsageError(`--${name} must be a number of seconds`)
  return value
}

const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/i

const maxSeconds = 100_000_000_000

/** A point in time, as seconds since the epoch. */
export function readTimeOption(name: string, text: string): number {
  const seconds = iso.test(text) ? Date.parse(text) / 1000 : text.trim() === '' ? Number.NaN : Number(text)
  if (seconds >= maxSeconds) throw new UsageError(`--${name} is in seconds, this looks like milliseconds`)
  if (seconds >= 0) return seconds
  throw new UsageError(`--${name} must be a number of seconds since 1970, or a time such as 2023-11-14T22:13:20Z`)
}

/** An absolute http(s) URL. The error shows the expected form, and no password. */
export function readUrlOption(name: string, text: string): URL {
  const url = parseHttpUrl(text)
  if (url === undefined) throw new UsageError(`${name} must be a whole URL, ${complete(text)}`)
  if (url.username !== '' || url.password !== '') {
    throw new UsageError(`${name} has a user name or a password in it: leave them out`)
  }
  return url
}

/** An absolute http(s) URL; undefined for anything else. */
export function parseHttpUrl(text: string): URL | undefined {
  return /^https?:\/\//i.test(text) && URL.canParse(text) ? new URL(text) : undefined
}

const host = /^(?:localhost|(?:[a-z\d-]{1,63}\.)+[a-z\d-]{1,63}|\[[\da-f:]+\])(?::\d+)?(?=\/|$)/i

/** Adds the scheme if only that is missing. Otherwise an example, because the value may be anything, an access token too. */
function complete(text: string): string {
  const [whole = ''] = text.split(/[?#]/, 1)
  const address = whole.replace(/^(?:[a-z]+:)?\/\//i, '')
  const url = parseHttpUrl(`https://${address}`)
  if (url === undefined || !host.test(address) || address.startsWith('eyJ')) {
    return 'such as https://api.example.com/orders'
  }
  const http = url.href.replace('https:', 'http:')
  return isSecureUrl(http) ? http : url.href
}

const meanings: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EISDIR: 'it is a directory',
  EACCES: 'permission denied',
}

/** Reads the file that an option names. No error shows the name, because it may be a token by mistake. */
export async function readOptionFile(option: string, file: string): Promise<Buffer> {
  try {
    return await readFile(file)
  } catch (error) {
    throw unusableFile(`${option} cannot be read`, error)
  }
}

export function unusableFile(what: string, error: unknown): UsageError {
  const { code = 'unknown' } = error as NodeJS.ErrnoException
  const meaning = meanings[code]
  return new UsageError(`${what}: ${meaning === undefined ? code : `${meaning} (${code})`}`)
}
