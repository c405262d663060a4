import type { Auth } from '../access-token/auth.js'
import { checkRequest } from '../guard.js'
import type { GuardRequest } from '../request/fields.js'
import type { ResponseHeaders } from '../response/headers.js'
import { type Answer, answerRejection } from './answer.js'
import { isCheckedBy, lastChecked, rememberChecked } from './checked-requests.js'
import { type LateHeaders, splitLateHeaders } from './late-headers.js'
import { answerMetadata } from './metadata-answer.js'
import type { Plugin } from './plugin-options.js'

/** A request that may go on to its handler. */
export interface Admitted {
  readonly admitted: true
  /** Undefined only with `credentials: 'optional'`. */
  readonly auth: Auth | undefined
  /** Headers for the response, with any status. */
  readonly headers: ResponseHeaders
  /**
   * More headers for the response. They are written together with its head, so that they replace those of the handler, and the
   * framework's error handling does not remove them. Undefined if there are no such headers.
   */
  readonly lateHeaders: LateHeaders | undefined
}

/**
 * Handles one request for an adapter. It answers requests for the resource metadata document. It checks each request once for
 * each guard, and remembers the caller. `requestKey` is the framework's own request object. Several guards that check it use its
 * proof once, and `recallAuth` finds the caller by it.
 *
 * Resolves to an answer to send, or to the caller and headers for the response. Rejects only for mistakes of the host, never for
 * a client's request.
 */
export async function admit(plugin: Plugin, request: GuardRequest, requestKey: object): Promise<Admitted | Answer> {
  const document = answerMetadata(plugin, request)
  if (document !== undefined) return document
  if (isCheckedBy(plugin, requestKey)) {
    return { admitted: true, auth: lastChecked(requestKey).auth, headers: {}, lateHeaders: undefined }
  }
  const verdict = await checkRequest(plugin.guard, request, requestKey)
  if (!verdict.accepted) return answerRejection(verdict, plugin)
  const { auth } = verdict
  rememberChecked(requestKey, { plugin, auth })
  return { admitted: true, auth, ...splitLateHeaders(verdict.headers) }
}
