import type { ResponseHeaders } from '../response/headers.js'
import type { Rejection } from '../response/rejection.js'
import type { LateHeaders } from './late-headers.js'
import type { Plugin } from './plugin-options.js'

/** An answer to send instead of the handler's. */
export interface Answer {
  readonly admitted: false
  readonly status: number
  readonly headers: ResponseHeaders
  /** The late headers that replace those of earlier guards on this request. Empty removes them, undefined keeps them. */
  readonly lateHeaders: LateHeaders | undefined
  readonly body: string
  /** How to send it. `error`: pass `createRejectionError(answer, response)` to the framework, which writes the body. */
  readonly via: 'response' | 'error'
  /** Undefined for the resource metadata. */
  readonly rejection: Rejection | undefined
}

/** The answer for a rejected request, according to the plugin's `onRejected`. */
export function answerRejection(rejection: Rejection, { onRejected }: Plugin): Answer {
  const { status, headers, body } = rejection
  // The nonce comes from the guard that rejects the request, not from one that accepted it before.
  const lateHeaders = {}
  if (onRejected === 'respond')
    return { admitted: false, status, headers, lateHeaders, body, via: 'response', rejection }
  const { 'content-type': _, ...others } = headers
  return { admitted: false, status, headers: others, lateHeaders, body: '', via: 'error', rejection }
}
