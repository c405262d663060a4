import type { ServerResponse } from 'node:http'
import type { Http2ServerResponse } from 'node:http2'
import { applyHeaders, type HeaderTarget, type ResponseHeaders } from '../response/headers.js'

/** Node's own response, over HTTP/1.1 or HTTP/2. */
export type NodeResponse = ServerResponse | Http2ServerResponse

/** Headers that are set when the head of a response is written. */
export type LateHeaders = Readonly<Record<string, string>>

/** A nonce is late, and `Cache-Control: no-store` with it (RFC 9449 section 8.2). */
export function splitLateHeaders(headers: ResponseHeaders): {
  readonly headers: ResponseHeaders
  readonly lateHeaders: LateHeaders | undefined
} {
  if (headers['dpop-nonce'] === undefined) return { headers, lateHeaders: undefined }
  const { 'dpop-nonce': nonce, 'cache-control': cacheControl, ...others } = headers
  if (typeof nonce !== 'string' || typeof cacheControl !== 'string') return { headers: others, lateHeaders: undefined }
  return { headers: others, lateHeaders: { 'dpop-nonce': nonce, 'cache-control': cacheControl } }
}

/** The late headers of each response. Of several guards, the last one with a nonce counts. */
const pending = new WeakMap<NodeResponse, LateHeaders>()

/**
 * Sets the headers that `admit` returned on Node's response. `target` is the object in which the framework collects headers, if
 * it is not the response itself.
 */
export function writeHeaders(
  { headers, lateHeaders }: { readonly headers: ResponseHeaders; readonly lateHeaders: LateHeaders | undefined },
  response: NodeResponse,
  target: HeaderTarget = response,
): void {
  applyHeaders(headers, target)
  if (lateHeaders === undefined) return
  if (pending.has(response)) pending.set(response, lateHeaders)
  else if (Object.keys(lateHeaders).length > 0) {
    pending.set(response, lateHeaders)
    patchWriteHead(response)
  }
}

function patchWriteHead(response: NodeResponse): void {
  const writeHead = response.writeHead.bind(response) as (...parts: unknown[]) => ServerResponse
  response.writeHead = (...parts: unknown[]) => {
    const late = pending.get(response) ?? {}
    for (const name of Object.keys(late)) response.removeHeader(name)
    const given = parts.at(-1)
    if (typeof given === 'object' && given !== null) return writeHead(...parts.slice(0, -1), merge(given, late))
    for (const [name, value] of Object.entries(late)) response.setHeader(name, value)
    return writeHead(...parts)
  }
}

/** `writeHead` takes headers as an object, or as a list. The list is flat or has pairs, and may repeat names. */
function merge(given: object, late: LateHeaders): unknown {
  const isLate = (name: unknown) => Object.hasOwn(late, String(name).toLowerCase())
  if (!Array.isArray(given)) {
    return { ...Object.fromEntries(Object.entries(given).filter(([name]) => !isLate(name))), ...late }
  }
  const list: readonly unknown[] = Array.isArray(given[0]) ? given.flat() : given
  const kept = list.filter((_, index) => !isLate(list[index - (index % 2)]))
  return [...kept, ...Object.entries(late).flat()]
}
