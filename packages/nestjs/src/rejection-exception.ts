import type { Rejection, ResponseHeaders } from '@dpop-guard/core'
import type { RejectionError } from '@dpop-guard/core/plugin'
import { HttpException } from '@nestjs/common'

/**
 * A rejected request as Nest's own kind of exception, for exception filters: `@Catch(RejectionException)`. It exists only with
 * `onRejected: 'error'`. The response already has the status and the challenge then. You may send its message to clients.
 */
export class RejectionException extends HttpException {
  /** What an operator needs. Do not send it to clients. */
  readonly rejection: Rejection
  /** Response headers, with the challenges. */
  readonly headers: ResponseHeaders

  constructor(error: RejectionError) {
    super(error.message, error.status, { cause: error })
    this.rejection = error.rejection
    this.headers = error.headers
  }
}
