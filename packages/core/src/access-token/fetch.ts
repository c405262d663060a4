import { types } from 'node:util'
import { codeOf, isLoggable, loggable } from '../loggable-error.js'
import { readFunctionOption } from '../option-readers.js'
import { waitFor } from './time-budget.js'

/**
 * A function like the global `fetch`, for an egress proxy, a private certificate authority, or tests. It must use `init` as it is
 * passed: add members, and change none. If it throws or rejects, the server counts as unreachable: 503.
 */
export type FetchFunction = (url: string, init: FetchInit) => Promise<FetchResponse>

/** What the guard asks for. It fits the second argument of the global `fetch`. */
export interface FetchInit {
  readonly method: 'GET' | 'POST'
  readonly headers: Record<string, string>
  /** Only for introspection. */
  readonly body?: URLSearchParams
  /** A redirect is never followed. */
  readonly redirect: 'manual'
  /** Aborts when the time is over. The guard does not wait longer, even if your function ignores it. */
  readonly signal: AbortSignal
}

/** The parts of a `Response` that the guard reads. */
export interface FetchResponse {
  readonly status: number
  readonly headers: { get(name: string): string | null }
  /** A stream of bytes, as of `Response`. It needs an async iterator. */
  readonly body: object | null
  /** True if a redirect was followed. Such a response is not used. */
  readonly redirected?: boolean
}

/** The global function of this moment, because a test or a tracing library may replace it. */
export const globalFetch: FetchFunction = (url, init) => fetch(url, init)

export function readFetchOption(value: unknown): FetchFunction | undefined {
  return readFunctionOption<FetchFunction>('fetch', value)
}

/**
 * Runs `receive`, which fetches from `href`, and waits no longer than `signal` allows. Rejects with an error whose message begins
 * with the URL, and that holds no secret.
 */
export async function withinTime<Result>(
  href: string,
  signal: AbortSignal,
  receive: () => Promise<Result>,
): Promise<Result> {
  try {
    return await waitFor(signal, receive)
  } catch (error) {
    throw explain(href, error, signal)
  }
}

/** Errors of `fetch` do not name the URL, and say only in their cause what happened. */
function explain(href: string, error: unknown, signal: AbortSignal): unknown {
  if (holdsNoSecret(error)) return error
  if (signal.aborted) return loggable(new Error(`${href} did not answer in time`, { cause: error }))
  const code = codeOf(causeOf(error)) ?? codeOf(error)
  const why = code === undefined ? '' : `: ${code}`
  return loggable(new Error(`${href} cannot be reached${why}`, { cause: error }))
}

/** Never throws, for any value that a function can throw. */
function holdsNoSecret(error: unknown): boolean {
  try {
    return error instanceof Error && isLoggable(error)
  } catch {
    return false
  }
}

function causeOf(error: unknown): unknown {
  try {
    return (error as { cause?: unknown }).cause
  } catch {
    return undefined
  }
}

/** Calls the function. Rejects if it follows a redirect, or does not return a response. */
export async function callFetch(call: FetchFunction, href: string, init: FetchInit): Promise<FetchResponse> {
  const response: FetchResponse | undefined = await call(href, init)
  if (typeof response?.status !== 'number' || typeof response.headers?.get !== 'function') {
    throw loggable(new TypeError(`fetch() must return a Response, for ${href}`))
  }
  if (response.redirected === true) {
    discard(response)
    throw loggable(new Error(`${href} was redirected, and redirects must not be followed`))
  }
  return response
}

/** Reads the body, and stops after `maxBytes` or when `signal` aborts. */
export async function readBytes(
  { body }: FetchResponse,
  href: string,
  signal: AbortSignal,
  maxBytes: number,
): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of iterable(body, href)) {
    if (!types.isUint8Array(chunk)) throw notBytes(href)
    length += chunk.byteLength
    if (length > maxBytes) throw loggable(new Error(`${href} is longer than ${maxBytes} bytes`))
    signal.throwIfAborted()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function iterable(body: object | null | undefined, href: string): AsyncIterable<unknown> | readonly unknown[] {
  if (body === null || body === undefined) return []
  if (!(Symbol.asyncIterator in body)) throw notBytes(href)
  return body as AsyncIterable<unknown>
}

function notBytes(href: string): TypeError {
  return loggable(new TypeError(`fetch() must return a Response whose body is a stream of bytes, for ${href}`))
}

/** Closes the connection of a response that nobody reads. */
export function discard({ body }: FetchResponse): void {
  const { cancel, destroy } = (body ?? {}) as { cancel?: () => unknown; destroy?: () => unknown }
  new Promise((resolve) => resolve(typeof cancel === 'function' ? cancel.call(body) : destroy?.call(body))).catch(
    () => {},
  )
}
