import type { ResponseHeaders } from '../response/headers.js'
import type { Rejection } from '../response/rejection.js'
import type { LateHeaders } from './late-headers.js'
import type { Plugin } from './plugin-options.js'

/** An answer to send in place of the handler's. */
export interface Answer {
  readonly admitted: false
  readonly status: number
  readonly headers: ResponseHeaders
  /** Of earlier guards on this request: empty to drop them, undefined to leave them. */
  readonly lateHeaders: LateHeaders | undefined
  readonly body: string
  /** How to send it. `error`: hand `createRejectionError(answer, response)` to the framework, which writes the body. */
  readonly via: 'response' | 'error'
  /** Undefined for the resource metadata. */
  readonly rejection: Rejection | undefined
}

/** The answer for a rejected request, as the plugin's `onRejected` says. */
export function answerRejection(rejection: Rejection, { onRejected }: Plugin): Answer {
  const { status, headers, body } = rejection
  // The nonce is that of the guard that rejects, not of one that accepted the request before.
  const lateHeaders = {}
  if (onRejected === 'respond')
    return { admitted: false, status, headers, lateHeaders, body, via: 'response', rejection }
  const { 'content-type': _, ...others } = headers
  return { admitted: false, status, headers: others, lateHeaders, body: '', via: 'error', rejection }
}
