import type { GuardRequest } from '@dpop-guard/core'
import { type NodeRequest, receivedRequest } from '@dpop-guard/core/plugin'

/** What a host on Node has in addition to the web-standard request. */
export interface DpopHost {
  /**
   * Node's own request. The guard then reads method, target and headers from it, exactly as the client sent them. A `Request`
   * has a normalised URL, and joins repeated fields with a comma. Hono has it in `c.env.incoming`, srvx (h3 2) in
   * `event.runtime.node.req`.
   */
  readonly incoming?: NodeRequest | undefined
}

/**
 * The scheme and the host of a URL. A `Request` takes them from Host, so nothing may depend on them. A URL with a user, which Bun
 * allows, stays whole: the guard rejects it. So does a longer name than hosts have. Without limits, a long URL would take time.
 */
const origin = /^[a-z][a-z\d+.-]{0,30}:\/\/[^/?#\\@]{0,300}(?=[/?#\\]|$)/i

const credentials: ReadonlySet<string> = new Set(['authorization', 'dpop'])

/** Throws a TypeError if this is not a `Request`. */
export function received(request: Request, { incoming }: DpopHost): GuardRequest {
  if (typeof request?.url !== 'string' || typeof request.headers?.forEach !== 'function') {
    throw new TypeError('dpop-guard: the guard needs a web-standard Request, such as c.req.raw of Hono')
  }
  if (incoming !== undefined) return receivedRequest(incoming, incoming.url)
  const { method, url, headers } = request
  // Not parsed: some hosts leave dot segments in the URL, and the guard rejects them.
  // The credentials by name, because the entries of Deno's `Headers` hide an empty value in front of another one. Not all fields:
  // there, each `get` reads the whole list.
  const fields = [...headers].flatMap(([name, value]) => [
    name,
    credentials.has(name) ? (headers.get(name) ?? '') : value,
  ])
  return { method, target: url.replace(origin, ''), headers: fields }
}
