import type { Reason } from '../failures.js'
import type { RequestFields } from '../request/fields.js'

const exposeHeaders = { 'access-control-expose-headers': 'WWW-Authenticate, DPoP-Nonce' }

/** A script sees the server's time in `Date`, and can compare it with its own clock. */
const exposeDate = { 'access-control-expose-headers': 'WWW-Authenticate, DPoP-Nonce, Date' }

/**
 * Scripts of other origins can read these headers only if the response says so (RFC 9449 section 7.1). `reason` is undefined for
 * an accepted request.
 */
export function corsHeaders({ origin }: RequestFields, reason?: Reason): Readonly<Record<string, string>> {
  if (origin.length === 0) return {}
  return reason === 'proof_expired' || reason === 'proof_from_future' ? exposeDate : exposeHeaders
}

/** The value of `Access-Control-Expose-Headers`: the names that are there already, and each of the `added` ones once. */
export function mergeExposedHeaders(present: number | string | string[] | undefined, added: string): string {
  const kept = [present ?? []].flat().flatMap((value) => namesIn(String(value)))
  const known = new Set(kept.map((name) => name.toLowerCase()))
  return [...kept, ...namesIn(added).filter((name) => !known.has(name.toLowerCase()))].join(', ')
}

function namesIn(value: string): string[] {
  return value.split(',').flatMap((name) => name.trim() || [])
}
