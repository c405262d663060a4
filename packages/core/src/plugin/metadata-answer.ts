import { missingOption } from '../option-readers.js'
import type { GuardRequest } from '../request/fields.js'
import type { ResponseHeaders } from '../response/headers.js'
import type { Answer } from './answer.js'
import type { Plugin } from './plugin-options.js'

/** RFC 9728 section 3: the document is public, also for scripts of other origins. */
const documentHeaders: ResponseHeaders = {
  'content-type': 'application/json; charset=utf-8',
  'access-control-allow-origin': '*',
  'cache-control': 'public, max-age=600',
}

/** A script may send any header, because the answer does not depend on it. `*` does not include Authorization. */
const preflightHeaders: ResponseHeaders = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, HEAD',
  'access-control-allow-headers': '*, Authorization',
  'access-control-max-age': '600',
}

/** The answer to a request for the guard's resource metadata, or to its CORS preflight. Undefined for any other request. */
export function answerMetadata(
  { guard: { resourceMetadata } }: Pick<Plugin, 'guard'>,
  { method, target = '', headers }: GuardRequest,
): Answer | undefined {
  if (resourceMetadata === undefined || target.split('?', 1)[0] !== resourceMetadata.path) return undefined
  if (method === 'GET' || method === 'HEAD') return answer(200, documentHeaders, resourceMetadata.body)
  return method === 'OPTIONS' && isPreflight(headers) ? answer(204, preflightHeaders, '') : undefined
}

/** Throws a TypeError if the plugin's guard has no document. */
export function requireMetadata({ guard }: Plugin): void {
  if (guard.resourceMetadata === undefined)
    throw missingOption('resourceMetadata', 'the guard has no document to serve without it')
}

function answer(status: 200 | 204, headers: ResponseHeaders, body: string): Answer {
  return { admitted: false, status, headers, lateHeaders: undefined, body, via: 'response', rejection: undefined }
}

/** Fetch standard, section "CORS-preflight request". */
function isPreflight(headers: readonly string[]): boolean {
  return headers.some((name, index) => index % 2 === 0 && name.toLowerCase() === 'access-control-request-method')
}
