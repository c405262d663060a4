import { invalidOption, missingOption } from '@dpop-guard/core/internal'
import { isLoopback } from './http-url.js'

/** Where clients find an API, and where it listens in a test. */
export interface ApiAddress {
  /** A base URL, with the path that a proxy strips. */
  readonly publicUrl: string
  /** Undefined if nothing listens: `inject`. */
  readonly baseUrl: string | undefined
}

/**
 * The `htu` of a request: its public URL, without query and fragment (RFC 9449 section 4.2). A path, or a URL at the
 * address where the API listens in the test, is appended to the public URL. Any other URL is public already.
 */
export function publicUrlOf(url: string, { publicUrl, baseUrl }: ApiAddress): string {
  const [written = ''] = url.split(/[?#]/, 1)
  if (written.startsWith('/')) return publicUrl.replace(/\/$/, '') + written
  if (!URL.canParse(written)) throw invalidOption('url', url, 'a URL, or a path that begins with "/"')
  const parsed = new URL(written)
  const listens = isLoopback(parsed) || (baseUrl !== undefined && parsed.origin === new URL(baseUrl).origin)
  if (!listens) return written
  const path = parsed.pathname.slice(pathBehind(parsed, baseUrl).length)
  return publicUrl.replace(/\/$/, '') + path
}

/** The path of the base URL, if the URL is below it. */
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
