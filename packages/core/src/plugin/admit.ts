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
  /** For the response, whatever it will be. */
  readonly headers: ResponseHeaders
  /**
   * For the response too, written with its head, so that they win over what the handler sets and survive the framework's
   * error handling. Undefined where there are none.
   */
  readonly lateHeaders: LateHeaders | undefined
}

/**
 * What an adapter does with every request: the resource metadata document, one check for each guard and request, the memory
 * of it. `requestKey` is the framework's own request object: guards that meet on it use its proof once, and `recallAuth` finds
 * the caller by it.
 *
 * Returns data: an answer to send, or the caller and headers for the response. Rejects only for a host's own mistakes.
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
