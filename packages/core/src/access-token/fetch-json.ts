import { isWithin } from '../encoding/json.js'
import { codeOf, loggable } from '../loggable-error.js'

const maxBytes = 1024 * 1024

const maxLevels = 32

/** Members, objects and lists. Enough for 350 keys. */
const maxParts = 3000

/**
 * Fetches a JSON document of an issuer. Follows no redirect, reads at most 1 MiB, 32 levels and 3000 members, and stops when
 * `signal` aborts. Throws an error whose message begins with the URL.
 */
export async function fetchJson(url: URL, signal: AbortSignal): Promise<unknown> {
  const text = await fetchText(url, signal).catch((error: unknown) => {
    throw explain(url, error)
  })
  try {
    return JSON.parse(text)
  } catch {
    // The parser's own message quotes its input.
    throw loggable(new Error(`${url.href} is not JSON`))
  }
}

async function fetchText(url: URL, signal: AbortSignal): Promise<string> {
  const response = await fetch(url, { headers: { accept: 'application/json' }, redirect: 'manual', signal })
  if (response.status !== 200) {
    await response.body?.cancel()
    throw loggable(new Error(`${url.href} answered ${response.status}`))
  }
  return readBounded(response, url.href, () => maxParts)
}

/** Errors of `fetch` do not name the URL, and say only in their cause what happened. */
function explain(url: URL, error: unknown): unknown {
  if (!(error instanceof Error)) return error
  if (error.name === 'TimeoutError') return loggable(new Error(`${url.href} did not answer in time`, { cause: error }))
  if (!(error instanceof TypeError)) return error
  const code = codeOf(error.cause)
  const why = code === undefined ? '' : `: ${code}`
  return loggable(new Error(`${url.href} cannot be reached${why}`, { cause: error }))
}

/** Reads a body of at most 1 MiB and 32 levels. JSON.parse takes long for many members, and for deep ones. */
export async function readBounded(
  response: Response,
  href: string,
  partsOf: (body: Buffer) => number,
): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.byteLength
    if (length > maxBytes) throw loggable(new Error(`${href} is longer than ${maxBytes} bytes`))
    chunks.push(chunk)
  }
  const body = Buffer.concat(chunks)
  if (!isWithin(body, { levels: maxLevels, parts: partsOf(body) })) {
    throw loggable(new Error(`${href} is not JSON, or has more levels or members than such a document needs`))
  }
  return body.toString('utf8')
}
