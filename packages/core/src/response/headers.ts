import { mergeExposedHeaders } from './cors.js'

/** Response headers by name, in lower case; a list is one field line for each item. */
export type ResponseHeaders = Readonly<Record<string, string | readonly string[]>>

/** A nonce, if there is one (RFC 9449 section 8.2). A response with a nonce must not be cached. */
export function nonceHeaders(nonce: string | undefined): ResponseHeaders {
  return nonce === undefined ? {} : { 'dpop-nonce': nonce, 'cache-control': 'no-store' }
}

/** The part of a response that {@link applyHeaders} needs; Node's ServerResponse has it. */
export interface HeaderTarget {
  getHeader(name: string): number | string | string[] | undefined
  setHeader(name: string, value: string | string[]): unknown
}

/** Puts a verdict's headers on a response. Adds to the `access-control-expose-headers` that are there, replaces the others. */
export function applyHeaders(headers: ResponseHeaders, response: HeaderTarget): void {
  for (const [name, value] of Object.entries(headers)) {
    if (name === 'access-control-expose-headers') {
      response.setHeader(name, mergeExposedHeaders(response.getHeader(name)))
    } else {
      response.setHeader(name, typeof value === 'string' ? value : [...value])
    }
  }
}
