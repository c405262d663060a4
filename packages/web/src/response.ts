import { applyHeaders, type ResponseHeaders } from '@dpop-guard/core'
import type { Admitted, Answer, LateHeaders } from '@dpop-guard/core/plugin'

type GuardHeaders = Pick<Admitted, 'headers' | 'lateHeaders'>

/** The headers for the response to each request, of all guards that checked it. Of several nonces, the last one counts. */
const pending = new WeakMap<Request, { readonly headers: ResponseHeaders; readonly lateHeaders: LateHeaders }>()

const none = { headers: {}, lateHeaders: {} }

/** Keeps the headers that `admit` returned, until there is a response. */
export function keepHeaders(request: Request, { headers, lateHeaders }: GuardHeaders): void {
  const before = pending.get(request) ?? none
  pending.set(request, {
    headers: { ...before.headers, ...headers },
    lateHeaders: lateHeaders ?? before.lateHeaders,
  })
}

/** The response for an answer of a guard. It has the headers of the guards that accepted the request before. */
export function respond(request: Request, { status, headers, lateHeaders, body }: Answer): Response {
  keepHeaders(request, { headers: {}, lateHeaders })
  const response = new Response(body === '' ? null : body, { status })
  applyHeaders({ ...pending.get(request)?.headers, ...headers }, targetOf(response.headers))
  return response
}

/**
 * Sets the kept headers on a response. Returns this response, or a copy if its headers are immutable, as those of
 * `Response.redirect()` and of a response of `fetch` are.
 */
export function applyPending(request: Request, response: Response): Response {
  const { headers, lateHeaders } = pending.get(request) ?? none
  const all = { ...headers, ...lateHeaders }
  try {
    applyHeaders(all, targetOf(response.headers))
    return response
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
  }
  const copy = new Response(response.body, response)
  applyHeaders(all, targetOf(copy.headers))
  return copy
}

function targetOf(headers: Headers) {
  return {
    getHeader: (name: string) => headers.get(name) ?? undefined,
    setHeader(name: string, value: string | string[]) {
      headers.delete(name)
      for (const line of [value].flat()) headers.append(name, line)
    },
  }
}
