const maxBytes = 1024 * 1024

/** An answer that is not the document that was asked for, as opposed to no answer at all. */
export class NotFound extends Error {}

/**
 * Gets a JSON document of an issuer. Follows no redirect, reads at most 1 MiB and gives up when `signal` says so. Throws
 * {@link NotFound} for another status than 200 or for what is not JSON.
 */
export async function fetchJson(url: URL, signal: AbortSignal): Promise<unknown> {
  const response = await fetch(url, { headers: { accept: 'application/json' }, redirect: 'manual', signal })
  if (response.status !== 200) {
    await response.body?.cancel()
    throw new NotFound(`${url.href} answered ${response.status}`)
  }
  const text = await readBounded(response)
  try {
    return JSON.parse(text)
  } catch {
    throw new NotFound(`${url.href} is not JSON`)
  }
}

/** Reads a body of at most 1 MiB. */
export async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.byteLength
    if (length > maxBytes) throw new Error(`${response.url} is longer than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
