import { type FailureRule, failures } from '../failures.js'
import type { HeaderTarget, ResponseHeaders } from '../response/headers.js'
import type { Rejection } from '../response/rejection.js'
import type { Answer } from './answer.js'

/** Known to every copy of this package: an error handler may have another one than the guard. */
const brand = Symbol.for('@dpop-guard/core: a rejection error')

/** A rejection on its way through a framework's error handling. Its message may be sent to clients. */
export class RejectionError extends Error {
  override readonly name = 'RejectionError'
  /** HTTP status, under both names that frameworks look for. */
  readonly status: number
  readonly statusCode: number
  /** Response headers, the challenges among them. */
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

/** Whether an error in a framework's error handler is a rejection of a guard, whichever copy of this package made it. */
export function isRejectionError(error: unknown): error is RejectionError {
  return error instanceof Error && Reflect.get(error, brand) === true
}

/**
 * The error to hand to the framework's error path; undefined for an answer to send. Call it when the answer's headers are on
 * the response: the error has them as they are there, because frameworks set an error's headers once more.
 */
export function createRejectionError(
  { via, rejection, headers }: Answer,
  response: HeaderTarget,
): RejectionError | undefined {
  if (via === 'response' || rejection === undefined) return undefined
  const written = Object.entries(headers).map(([name, value]) => [name, response.getHeader(name) ?? value])
  return new RejectionError(rejection, Object.fromEntries(written))
}
