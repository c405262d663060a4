import type { RequestFields } from '../request/fields.js'

const exposed = ['WWW-Authenticate', 'DPoP-Nonce']

const exposeHeaders = { 'access-control-expose-headers': exposed.join(', ') }

/** Scripts of other origins can read these headers only if the response says so (RFC 9449 section 7.1). */
export function corsHeaders({ origin }: RequestFields): Readonly<Record<string, string>> {
  return origin.length > 0 ? exposeHeaders : {}
}

/** The value of `Access-Control-Expose-Headers`: the names that are there already, and each of ours once. */
export function mergeExposedHeaders(present: number | string | string[] | undefined): string {
  const names = [present ?? []].flat().flatMap((value) => String(value).split(','))
  const kept = names.map((name) => name.trim()).filter((name) => name !== '')
  const known = new Set(kept.map((name) => name.toLowerCase()))
  return [...kept, ...exposed.filter((name) => !known.has(name.toLowerCase()))].join(', ')
}
