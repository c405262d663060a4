import { isWithin } from '../encoding/json.js'
import { loggable } from '../loggable-error.js'
import { callFetch, discard, type FetchFunction, type FetchResponse, readBytes, withinTime } from './fetch.js'

const maxBytes = 1024 * 1024

const maxLevels = 32

/** Members, objects and lists. Enough for 350 keys. */
const maxParts = 3000

/**
 * Fetches a JSON document of an issuer. Follows no redirect, reads at most 1 MiB, 32 levels and 3000 members, and stops when
 * `signal` aborts, with any `fetch`. Throws an error whose message begins with the URL.
 */
export async function fetchJson({ href }: URL, signal: AbortSignal, fetch: FetchFunction): Promise<unknown> {
  const text = await withinTime(href, signal, async () => {
    const headers = { accept: 'application/json' }
    const response = await callFetch(fetch, href, { method: 'GET', headers, redirect: 'manual', signal })
    if (response.status === 200) return readBounded(response, href, signal, () => maxParts)
    discard(response)
    throw loggable(new Error(`${href} answered ${response.status}`))
  })
  try {
    return JSON.parse(text)
  } catch {
    // The parser's own message quotes its input.
    throw loggable(new Error(`${href} is not JSON`))
  }
}

/** Reads a body of at most 1 MiB and 32 levels. JSON.parse takes long for many members, and for deep ones. */
export async function readBounded(
  response: FetchResponse,
  href: string,
  signal: AbortSignal,
  partsOf: (body: Buffer) => number,
): Promise<string> {
  const body = await readBytes(response, href, signal, maxBytes)
  if (!isWithin(body, { levels: maxLevels, parts: partsOf(body) })) {
    throw loggable(new Error(`${href} is not JSON, or has more levels or members than such a document needs`))
  }
  return body.toString('utf8')
}
