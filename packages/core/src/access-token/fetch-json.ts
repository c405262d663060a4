import { loggable } from '../loggable-error.js'

const maxBytes = 1024 * 1024

/** There is no such document here, as opposed to a server that cannot answer. */
export class NotFound extends Error {}

/**
 * Gets a JSON document of an issuer. Follows no redirect, reads at most 1 MiB and gives up when `signal` says so. Throws
 * {@link NotFound} for a status of 3xx or 4xx, and for what is not JSON: servers answer unknown paths in all these ways.
 */
export async function fetchJson(url: URL, signal: AbortSignal): Promise<unknown> {
  const response = await fetch(url, { headers: { accept: 'application/json' }, redirect: 'manual', signal })
  if (response.status !== 200) {
    await response.body?.cancel()
    const message = `${url.href} answered ${response.status}`
    throw loggable(response.status < 500 ? new NotFound(message) : new Error(message))
  }
  const text = await readBounded(response)
  try {
    return JSON.parse(text)
  } catch {
    throw loggable(new NotFound(`${url.href} is not JSON`))
  }
}

/** Reads a body of at most 1 MiB. */
export async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.byteLength
    if (length > maxBytes) throw loggable(new Error(`${response.url} is longer than ${maxBytes} bytes`))
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
