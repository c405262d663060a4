// For authors of framework plugins: what every plugin needs besides the guard itself. Not needed to use one.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import type { Auth } from './access-token/auth.js'
import { readStepUpOption, type StepUpOptions } from './access-token/step-up.js'
import { type FailureRule, failures } from './failures.js'
import { checkRequest, createGuard, type Guard, type Verdict } from './guard.js'
import { invalidOption, readChoiceOption } from './option-readers.js'
import { type GuardOptions, readScopesOption } from './options.js'
import { type HeaderSource, receivedHeaders } from './plugin/received-headers.js'
import type { GuardRequest } from './request/fields.js'
import { applyHeaders, type HeaderTarget, type ResponseHeaders } from './response/headers.js'
import type { Rejection } from './response/rejection.js'

export { loggable } from './loggable-error.js'
export { invalidOption, nearest, readObjectOption, readSecondsOption } from './option-readers.js'
export { type HeaderSource, receivedHeaders }

/** Node's own request and response, over HTTP/1.1 or HTTP/2. */
export type NodeRequest = IncomingMessage | Http2ServerRequest
export type NodeResponse = ServerResponse | Http2ServerResponse

/** What to do with a request that is turned away. */
export interface RejectionOptions {
  /**
   * `respond` (default) answers it directly. `error` hands a {@link RejectionError} to the framework's own error path
   * instead; the challenge is on the response already, and on `error.headers`.
   */
  onRejected?: 'respond' | 'error' | undefined
}

/** Options of a framework plugin: those of `createGuard`, or a guard that was made before. */
export type PluginOptions = (GuardOptions | { guard: Guard<Auth | undefined> }) & RejectionOptions

/** A plugin at work: its options, checked. */
export interface Plugin {
  readonly guard: Guard<Auth | undefined>
  readonly onRejected: 'respond' | 'error'
}

/** Throws a TypeError that names what is wrong with the options. */
export function readPluginOptions(options: PluginOptions): Plugin {
  if (typeof options !== 'object' || options === null) throw new TypeError('dpop-guard: options must be an object')
  if ('rawHeaders' in options) {
    throw new TypeError(
      'dpop-guard: this is a request; call dpopGuard with its options: dpopGuard({ issuer, resource })',
    )
  }
  const { onRejected, ...rest } = options
  if ('guard' in rest && Object.keys(rest).length > 1) {
    throw new TypeError('dpop-guard: give either "guard" or the options of a guard, not both')
  }
  return {
    guard: 'guard' in rest ? readGuard(rest) : createGuard(rest),
    onRejected: readChoiceOption('onRejected', onRejected, 'respond', ['respond', 'error']),
  }
}

function readGuard(options: { guard: Guard<Auth | undefined> }): Guard<Auth | undefined> {
  const { guard } = options
  if (typeof guard?.check !== 'function') throw invalidOption('guard', guard, 'what createGuard() gives')
  return guard
}

/** A rejection on its way through a framework's error handling. Its message is fit for clients. */
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
  }
}

/** Puts a rejection's headers on the response and gives the error to hand on; the framework writes the body. */
export function toError(rejection: Rejection, response: HeaderTarget): RejectionError {
  const { 'content-type': _, ...headers } = rejection.headers
  applyHeaders(headers, response)
  // As they are now: frameworks put an error's headers on the response once more.
  const applied = Object.keys(headers).map((name) => [name, response.getHeader(name)])
  return new RejectionError(rejection, Object.fromEntries(applied))
}

/** What is known of a request that was let in. */
interface Checked {
  readonly plugin: Plugin
  readonly auth: Auth | undefined
}

/**
 * Checks a request. `request` is the framework's own object, by which guards that meet on one request use its proof once.
 */
export function checkFacts(
  { guard }: Plugin,
  facts: GuardRequest,
  request: object,
): Promise<Verdict<Auth | undefined>> {
  return checkRequest(guard, facts, request)
}

/** In the order in which guards let the request in. */
const checkedRequests = new WeakMap<NodeRequest, readonly Checked[]>()

/** Notes that a request was let in, so that `getAuth` and `requireScopes` find out by whom and as whom. */
export function rememberAuth(request: NodeRequest, plugin: Plugin, auth: Auth | undefined): void {
  checkedRequests.set(request, [...(checkedRequests.get(request) ?? []), { plugin, auth }])
}

/** Whether this very guard has let the request in: its proof is used up, so it must not be checked again. */
export function wasCheckedBy({ guard }: Plugin, request: NodeRequest): boolean {
  return checkedRequests.get(request)?.some(({ plugin }) => plugin.guard === guard) ?? false
}

/** What the last guard found out. */
function recall(request: NodeRequest): Checked {
  const checked = checkedRequests.get(request)?.at(-1)
  if (checked === undefined) throw new Error('dpop-guard: no guard ran for this request; put dpopGuard before this')
  return checked
}

/** The caller. Throws an Error where no guard ran, and where the request has no identity (`credentials: 'optional'`). */
export function recallAuth(request: NodeRequest): Auth {
  const { auth } = recall(request)
  if (auth === undefined) {
    throw new Error("dpop-guard: the request has no identity (credentials: 'optional'); ask getOptionalAuth() instead")
  }
  return auth
}

/** The caller, or undefined for a request without credentials. Throws an Error where no guard ran. */
export function recallOptionalAuth(request: NodeRequest): Auth | undefined {
  return recall(request).auth
}

/** A request that was let in but not to this, and the plugin that has to answer it. */
export interface CallerRejection {
  readonly rejection: Rejection
  readonly plugin: Plugin
}

/** Finds the rejection for a request that was let in; undefined lets it pass. Throws an Error where no guard ran. */
export type CallerCheck = (request: NodeRequest) => CallerRejection | undefined

/** Makes the check behind `requireScopes`. Throws a TypeError here for what is no scope, or none at all. */
export function createScopeCheck(scopes: readonly string[]): CallerCheck {
  if (Array.isArray(scopes[0]))
    throw new TypeError("dpop-guard: requireScopes('a', 'b') takes scopes one by one, not a list")
  const wanted = readScopesOption('scopes', scopes)
  if (wanted.length === 0) throw new TypeError('dpop-guard: at least one scope is needed')
  return createCallerCheck((guard, auth) => guard.checkScopes(auth, wanted))
}

/** Makes the check behind `requireStepUp`. Throws a TypeError here for what is no requirement. */
export function createStepUpCheck(required: StepUpOptions): CallerCheck {
  readStepUpOption(required)
  return createCallerCheck((guard, auth) => guard.checkStepUp(auth, required))
}

function createCallerCheck(
  check: (guard: Plugin['guard'], auth: Auth | undefined) => Rejection | undefined,
): CallerCheck {
  return (request) => {
    const { plugin, auth } = recall(request)
    const rejection = check(plugin.guard, auth)
    return rejection && { rejection, plugin }
  }
}

/** Gives a middleware the name under which frameworks, profilers and stack traces show it. */
export function named<Middleware extends object>(name: string, middleware: Middleware): Middleware {
  return Object.defineProperty(middleware, 'name', { value: name })
}

/** An answer with the Protected Resource Metadata document, or to the preflight of a request for it. */
export interface MetadataAnswer {
  readonly status: 200 | 204
  readonly headers: ResponseHeaders
  readonly body: string
}

/** RFC 9728 section 3: the document is public, for scripts of other origins too. */
const metadataHeaders: ResponseHeaders = {
  'content-type': 'application/json; charset=utf-8',
  'access-control-allow-origin': '*',
  'cache-control': 'public, max-age=600',
}

/** A script may send any header: the answer depends on none. `*` does not cover Authorization. */
const preflightHeaders: ResponseHeaders = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, HEAD',
  'access-control-allow-headers': '*, Authorization',
  'access-control-max-age': '600',
}

/**
 * The answer to a request for the guard's metadata document, and to the CORS preflight of one; undefined for any other request.
 * `received` is the host's own request, whose headers tell a preflight from another OPTIONS.
 */
export function answerMetadata(
  { resourceMetadata: metadata }: Plugin['guard'],
  { method, target = '' }: Pick<GuardRequest, 'method' | 'target'>,
  received: HeaderSource = {},
): MetadataAnswer | undefined {
  if (metadata === undefined || target.split('?', 1)[0] !== metadata.path) return undefined
  if (method === 'GET' || method === 'HEAD') return { status: 200, headers: metadataHeaders, body: metadata.body }
  return method === 'OPTIONS' && isPreflight(received)
    ? { status: 204, headers: preflightHeaders, body: '' }
    : undefined
}

/** Fetch standard, section "CORS-preflight request". */
function isPreflight(received: HeaderSource): boolean {
  const headers = receivedHeaders(received)
  return headers.some((name, index) => index % 2 === 0 && name.toLowerCase() === 'access-control-request-method')
}

/** Throws a TypeError where a plugin's guard has no document. */
export function requireMetadata({ guard }: Plugin): void {
  if (guard.resourceMetadata === undefined)
    throw new TypeError('dpop-guard: this guard has no "resourceMetadata" to serve')
}

/** Headers that go on a response when its head is written. */
type LateHeaders = Readonly<Record<string, string>>

/** What each response will get late: what the last guard said. */
const lateHeaders = new WeakMap<NodeResponse, LateHeaders>()

/**
 * Puts the headers of an accepted request on its response. A nonce, and `Cache-Control: no-store` with it (RFC 9449 section
 * 8.2), go on when the head is written, so that they win over what the handler sets and survive a framework's error handling.
 * `raw` is Node's own response, where the framework has another one. Of several guards, the last one that has a nonce wins.
 */
export function applyAcceptance(headers: ResponseHeaders, response: HeaderTarget, raw: NodeResponse): void {
  const { 'dpop-nonce': nonce, 'cache-control': cacheControl, ...others } = headers
  applyHeaders(others, response)
  if (typeof nonce !== 'string' || typeof cacheControl !== 'string') return
  if (!lateHeaders.has(raw)) writeHeadersLate(raw)
  lateHeaders.set(raw, { 'dpop-nonce': nonce, 'cache-control': cacheControl })
}

/** For a rejection: it has the nonce of the guard that rejects, not of one that accepted the request before. */
export function dropLateHeaders(raw: NodeResponse): void {
  if (lateHeaders.has(raw)) lateHeaders.set(raw, {})
}

function writeHeadersLate(raw: NodeResponse): void {
  const writeHead = raw.writeHead.bind(raw) as (...parts: unknown[]) => ServerResponse
  raw.writeHead = (...parts: unknown[]) => {
    const late = lateHeaders.get(raw) ?? {}
    for (const name of Object.keys(late)) raw.removeHeader(name)
    const given = parts.at(-1)
    if (typeof given === 'object' && given !== null) return writeHead(...parts.slice(0, -1), merge(given, late))
    for (const [name, value] of Object.entries(late)) raw.setHeader(name, value)
    return writeHead(...parts)
  }
}

/** `writeHead` takes headers as an object, or as a list, flat or of pairs, in which names may repeat. */
function merge(given: object, late: LateHeaders): unknown {
  const isLate = (name: unknown) => Object.hasOwn(late, String(name).toLowerCase())
  if (!Array.isArray(given)) {
    return { ...Object.fromEntries(Object.entries(given).filter(([name]) => !isLate(name))), ...late }
  }
  const list: readonly unknown[] = Array.isArray(given[0]) ? given.flat() : given
  const kept = list.filter((_, index) => !isLate(list[index - (index % 2)]))
  return [...kept, ...Object.entries(late).flat()]
}
