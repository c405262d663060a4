import { missingOption } from '@dpop-guard/core/plugin'
import { isLoopback } from './http-url.js'

/** Where clients find an API, and where a test has it listen. */
export interface ApiAddress {
  /** A base URL, with a path where a proxy strips one. */
  readonly publicUrl: string
  /** Undefined where nothing listens: `inject`. */
  readonly baseUrl: string | undefined
}

/**
 * The `htu` of a request: its public URL, without query and fragment (RFC 9449 section 4.2). A path, and a URL at the
 * address where the test has the API listen, are put behind the public URL; any other URL is public already.
 */
export function publicUrlOf(url: string, { publicUrl, baseUrl }: ApiAddress): string {
  const [written = ''] = url.split(/[?#]/, 1)
  if (written.startsWith('/')) return publicUrl.replace(/\/$/, '') + written
  const parsed = new URL(written)
  const listens = isLoopback(parsed) || (baseUrl !== undefined && parsed.origin === new URL(baseUrl).origin)
  if (!listens) return written
  const path = parsed.pathname.slice(pathBehind(parsed, baseUrl).length)
  return publicUrl.replace(/\/$/, '') + path
}

/** The path of the base URL, as far as a URL is below it. */
function pathBehind({ origin, pathname }: URL, baseUrl: string | undefined): string {
  if (baseUrl === undefined) return ''
  const base = new URL(baseUrl)
  const prefix = base.pathname.replace(/\/$/, '')
  return base.origin === origin && pathname.startsWith(`${prefix}/`) ? prefix : ''
}

/** Where a request is sent. */
export function sentUrlOf(url: string, { baseUrl }: ApiAddress): string {
  if (!url.startsWith('/')) return url
  if (baseUrl === undefined) {
    throw missingOption('baseUrl', 'where the API listens, for a client that fetches a path')
  }
  return baseUrl.replace(/\/$/, '') + url
}

/** Path and query of a request as they are sent. */
export function sentTargetOf(url: string, address: ApiAddress): string {
  const sent = url.startsWith('/') && address.baseUrl === undefined ? `http://localhost${url}` : sentUrlOf(url, address)
  const { pathname, search } = new URL(sent)
  return pathname + search
}
