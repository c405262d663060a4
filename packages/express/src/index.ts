import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Auth, StepUpOptions } from '@dpop-guard/core'
import {
  type Answer,
  admit,
  answerMetadata,
  type CallerCheck,
  createRejectionError,
  createScopeCheck,
  createStepUpCheck,
  type PluginOptions,
  readPluginOptions,
  recallAuth,
  recallOptionalAuth,
  receivedRequest,
  requireMetadata,
  writeHeaders,
} from '@dpop-guard/core/plugin'

export type * from '@dpop-guard/core'
export { atproto, createGuard, fapi2, mcp, memoryReplayStore } from '@dpop-guard/core'
export { isRejectionError, type RejectionError } from '@dpop-guard/core/plugin'

/** Options of {@link dpopGuard}: those of `createGuard` (or `{ guard }`), and `onRejected`. */
export type DpopGuardOptions = PluginOptions

/**
 * What the middleware needs of Express's request: written so that it fits the types of Express 4 and 5 alike. It names no
 * member whose type a route infers from its handlers (`body`, `params`, `query`), so that your own handler keeps its types.
 */
export interface DpopRequest extends IncomingMessage {
  originalUrl?: string
}

/** What a body parser may have added. */
interface ParsedRequest extends DpopRequest {
  body?: unknown
}

type Next = (error?: unknown) => void

/** A middleware of Express 4 and 5. */
export type DpopMiddleware = (request: DpopRequest, response: ServerResponse, next: Next) => void

/**
 * Accepts only requests with a valid access token that is bound to a key, and a fresh DPoP proof of that key for this very
 * request (RFC 9449 section 7). Answers all others with the status and challenge that tell the client what to do.
 * Put it before body parsers and routes, and after CORS. Throws a TypeError for invalid options.
 *
 * Does NOT cover the body, the query and other headers (RFC 9449 section 11.7), nor authorization beyond scopes.
 *
 * @example
 * app.use(dpopGuard({ issuer: 'https://as.example.com', resource: 'https://api.example.com' }))
 */
export function dpopGuard(options: DpopGuardOptions): DpopMiddleware {
  const plugin = readPluginOptions(options)
  return function dpopGuard(request, response, next) {
    admit(plugin, receive(request), request)
      .then((admission) => {
        if (response.headersSent) return
        if (!admission.admitted) {
          send(admission, response, next)
          return
        }
        writeHeaders(admission, response)
        Object.assign(request, { auth: admission.auth })
        next()
      })
      .catch(next)
  }
}

/**
 * Accepts only callers whose token has all of these scopes; others get 403 `insufficient_scope` with the scopes that are
 * needed. Goes behind {@link dpopGuard}. Throws a TypeError for an invalid scope.
 *
 * @example
 * app.get('/orders', requireScopes('orders:read'), (req, res) => res.json({ for: getAuth(req).subject }))
 */
export function requireScopes(...scopes: string[]): DpopMiddleware {
  const check = createScopeCheck(scopes)
  return function requireScopes(...parts) {
    enforce(check, ...parts)
  }
}

/**
 * Accepts only callers whose user authenticated like this, and as recently (RFC 9470); others get 401
 * `insufficient_user_authentication` with what is needed. Goes behind {@link dpopGuard}. Throws a TypeError for an invalid
 * requirement.
 *
 * @example
 * app.post('/payments', requireStepUp({ acrValues: ['urn:example:mfa'], maxAgeSeconds: 300 }), pay)
 */
export function requireStepUp(required: StepUpOptions): DpopMiddleware {
  const check = createStepUpCheck(required)
  return function requireStepUp(...parts) {
    enforce(check, ...parts)
  }
}

/**
 * Serves the Protected Resource Metadata document (RFC 9728) of a guard that is mounted below `/`, where requests for the
 * document do not reach it. Takes the guard's options, or `{ guard }`. Throws a TypeError without `resourceMetadata`.
 */
export function protectedResourceMetadata(options: DpopGuardOptions): DpopMiddleware {
  const plugin = readPluginOptions(options)
  requireMetadata(plugin)
  return function protectedResourceMetadata(request, response, next) {
    const document = answerMetadata(plugin, receive(request))
    if (document === undefined) next()
    else send(document, response, next)
  }
}

/**
 * The caller. `C` types claims of your own: `getAuth<{ roles?: string[] }>(request).claims.roles`; no check compares a token with it.
 * Throws an Error where no guard ran, and for a request without credentials (`credentials: 'optional'`).
 */
export function getAuth<C extends object = object>(request: IncomingMessage): Auth<C> {
  return recallAuth(request)
}

/** The caller, or undefined for a request without credentials. `C` as in {@link getAuth}. Throws an Error where no guard ran. */
export function getOptionalAuth<C extends object = object>(request: IncomingMessage): Auth<C> | undefined {
  return recallOptionalAuth(request)
}

function receive(request: ParsedRequest) {
  return receivedRequest(request, request.originalUrl ?? request.url, request.body)
}

function enforce(check: CallerCheck, request: IncomingMessage, response: ServerResponse, next: Next): void {
  const answer = check(request)
  if (answer === undefined) next()
  else send(answer, response, next)
}

function send(answer: Answer, response: ServerResponse, next: Next): void {
  // Also for an error handler that sends without a status of its own.
  response.statusCode = answer.status
  writeHeaders(answer, response)
  const error = createRejectionError(answer, response)
  if (error === undefined) response.end(answer.body)
  else next(error)
}
