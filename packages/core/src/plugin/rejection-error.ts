import { type FailureRule, failures } from '../failures.js'
import type { HeaderTarget, ResponseHeaders } from '../response/headers.js'
import type { Rejection } from '../response/rejection.js'
import type { Answer } from './answer.js'

/** A registered symbol, because an error handler may use another copy of this package than the guard. */
const brand = Symbol.for('@dpop-guard/core: a rejection error')

/** A rejection as an error, for a framework's error handling. You may send its message to clients. */
export class RejectionError extends Error {
  override readonly name = 'RejectionError'
  /** HTTP status, under both names that frameworks use. */
  readonly status: number
  readonly statusCode: number
  /** Response headers, with the challenges. */
  readonly headers: ResponseHeaders
  readonly expose = true
  readonly rejection: Rejection

  constructor(rejection: Rejection, headers: ResponseHeaders) {
    const { description = 'Unauthorized' }: FailureRule = failures[rejection.reason]
    super(rejection.status === 503 ? 'Service Unavailable' : description)
    this.status = rejection.status
    this.statusCode = rejection.status
    this.headers = headers
    this.rejection = rejection
    Object.defineProperty(this, brand, { value: true })
  }
}

/** Whether an error in a framework's error handler is a rejection of a guard. Works with any copy of this package. */
export function isRejectionError(error: unknown): error is RejectionError {
  return error instanceof Error && Reflect.get(error, brand) === true
}

/**
 * The error to pass to the framework's error handling. Undefined if the answer is to be sent directly. Call it after the answer's
 * headers were set on the response. The error copies them from there, because frameworks set the headers of an error again.
 */
export function createRejectionError(
  { via, rejection, headers }: Answer,
  response: HeaderTarget,
): RejectionError | undefined {
  if (via === 'response' || rejection === undefined) return undefined
  const written = Object.entries(headers).map(([name, value]) => [name, response.getHeader(name) ?? value])
  return new RejectionError(rejection, Object.fromEntries(written))
}
