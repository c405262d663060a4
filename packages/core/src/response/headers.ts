import { mergeExposedHeaders } from './cors.js'

/** Response headers by name, in lower case. A list is sent as one field line for each item. */
export type ResponseHeaders = Readonly<Record<string, string | readonly string[]>>

/** The headers for a nonce, if there is one (RFC 9449 section 8.2). A response with a nonce must not be cached. */
export function nonceHeaders(nonce: string | undefined): ResponseHeaders {
  return nonce === undefined ? {} : { 'dpop-nonce': nonce, 'cache-control': 'no-store' }
}

/** The part of a response that {@link applyHeaders} needs. Node's ServerResponse has it. */
export interface HeaderTarget {
  getHeader(name: string): number | string | string[] | undefined
  setHeader(name: string, value: string | string[]): unknown
}

/**
 * Sets a verdict's headers on a response. Extends an existing `access-control-expose-headers`, and replaces all other headers.
 */
export function applyHeaders(headers: ResponseHeaders, response: HeaderTarget): void {
  for (const [name, value] of Object.entries(headers)) {
    if (name === 'access-control-expose-headers') {
      response.setHeader(name, mergeExposedHeaders(response.getHeader(name), String(value)))
    } else {
      response.setHeader(name, typeof value === 'string' ? value : [...value])
    }
  }
}
