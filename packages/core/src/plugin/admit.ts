import type { Auth } from '../access-token/auth.js'
import { checkRequest } from '../guard.js'
import type { GuardRequest } from '../request/fields.js'
import type { ResponseHeaders } from '../response/headers.js'
import { type Answer, answerRejection } from './answer.js'
import { isCheckedBy, lastChecked, rememberChecked } from './checked-requests.js'
import { type LateHeaders, splitLateHeaders } from './late-headers.js'
import { answerMetadata } from './metadata-answer.js'
import type { Plugin } from './plugin-options.js'
import type { ReportedChecks } from './report-only.js'

/** A request that may go on to its handler. */
export interface Admitted {
  readonly admitted: true
  /**
   * False with `reportOnly`: the request passes even if its check failed. Then the adapter must not put the caller where
   * other middleware may put its own, such as `request.auth`.
   */
  readonly enforced: boolean
  /** Undefined only with `credentials: 'optional'`, and for a request whose check did not pass with `reportOnly`. */
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
 * Resolves to an answer to send, or to the caller and headers for the response. With `reportOnly`, every request is admitted, and
 * there are no headers. Rejects only for mistakes of the host, never for a client's request.
 */
export async function admit(plugin: Plugin, request: GuardRequest, requestKey: object): Promise<Admitted | Answer> {
  const document = answerMetadata(plugin, request)
  const { reported } = plugin
  if (reported !== undefined) return report(plugin, reported, document === undefined ? request : undefined, requestKey)
  if (document !== undefined) return document
  if (isCheckedBy(plugin, requestKey)) {
    return { admitted: true, enforced: true, auth: lastChecked(requestKey).auth, headers: {}, lateHeaders: undefined }
  }
  const verdict = await checkRequest(plugin.guard, request, requestKey)
  if (!verdict.accepted) {
    // An error handler may let the request go on. Then no check behind it passes.
    rememberChecked(requestKey, { plugin, accepted: false, auth: undefined })
    return answerRejection(verdict, plugin)
  }
  const { auth } = verdict
  rememberChecked(requestKey, { plugin, accepted: true, auth })
  return { admitted: true, enforced: true, auth, ...splitLateHeaders(verdict.headers) }
}

/** Lets a request pass, even if its check fails. `request` is undefined if it needs no check. */
async function report(
  plugin: Plugin,
  reported: ReportedChecks,
  request: GuardRequest | undefined,
  requestKey: object,
): Promise<Admitted> {
  if (!isCheckedBy(plugin, requestKey)) {
    const check = (checked: GuardRequest) => checkRequest(plugin.guard, checked, requestKey)
    const verdict = request && (await reported.verdict(request, check))
    const accepted = verdict?.accepted === true
    rememberChecked(requestKey, { plugin, accepted, auth: accepted ? verdict.auth : undefined })
  }
  const { auth } = lastChecked(requestKey)
  return { admitted: true, enforced: false, auth, headers: {}, lateHeaders: undefined }
}
