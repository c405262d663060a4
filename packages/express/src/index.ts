import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Auth, RequiredClaims, StepUpOptions } from '@dpop-guard/core'
import {
  type Answer,
  admit,
  answerMetadata,
  type CallerCheck,
  createAnyScopeCheck,
  createClaimsCheck,
  createDpopCheck,
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

/** Options of {@link dpopGuard}: the options of `createGuard` (or `{ guard }`), and `onRejected`. */
export type DpopGuardOptions = PluginOptions

/**
 * The parts of Express's request that the middleware needs. It fits the types of Express 4 and 5. It leaves out `body`, `params`
 * and `query`, because a route infers their types from its handlers. So your own handlers keep their types.
 */
export interface DpopRequest extends IncomingMessage {
  originalUrl?: string
}

/** The same request with a body, if a body parser has run. */
interface ParsedRequest extends DpopRequest {
  body?: unknown
}

type Next = (error?: unknown) => void

/** A middleware for Express 4 and 5. */
export type DpopMiddleware = (request: DpopRequest, response: ServerResponse, next: Next) => void

/**
 * Accepts only requests with a valid access token that is bound to a key, and with a fresh DPoP proof of that key for this
 * request (RFC 9449 section 7). Answers all other requests with a status and a challenge that tell the client what to do. Put it
 * before body parsers and routes, and after CORS. Throws a TypeError for invalid options.
 *
 * Does NOT protect the body, the query and the other headers (RFC 9449 section 11.7). Checks no permissions but scopes:
 * see {@link requireClaims}.
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
        if (admission.enforced) Object.assign(request, { auth: admission.auth })
        next()
      })
      .catch(next)
  }
}

/**
 * Accepts only callers whose token has all of these scopes. Others get 403 `insufficient_scope` with the scopes that are needed.
 * Put it after {@link dpopGuard}. Throws a TypeError for an invalid scope.
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
 * Accepts only callers whose token has at least one of these scopes. Others get 403 `insufficient_scope` with all of them. Put it
 * after {@link dpopGuard}. Throws a TypeError for an invalid scope.
 *
 * @example
 * app.get('/orders', requireAnyScope('orders:read', 'orders:admin'), list)
 */
export function requireAnyScope(...scopes: string[]): DpopMiddleware {
  const check = createAnyScopeCheck(scopes)
  return function requireAnyScope(...parts) {
    enforce(check, ...parts)
  }
}

/**
 * Accepts only callers for whose claims your function returns true. Others get 403 `insufficient_scope`. If it throws, or does
 * not return a boolean, the answer is 503. `C` is the type of your own claims, and no check compares a token with it. Put it
 * after {@link dpopGuard}. Throws a TypeError for an async function.
 *
 * @example
 * app.get('/reports', requireClaims<{ roles?: string[] }>(({ roles }) => roles?.includes('auditor') ?? false), report)
 */
export function requireClaims<C extends object = object>(isAllowed: RequiredClaims<C>): DpopMiddleware {
  const check = createClaimsCheck(isAllowed as RequiredClaims)
  return function requireClaims(...parts) {
    enforce(check, ...parts)
  }
}

/**
 * Accepts only callers who sent a DPoP proof, on a route of a guard with `mode: 'bearer-and-dpop'`. A caller with a Bearer token
 * gets 401 with a challenge for DPoP only. Put it after {@link dpopGuard}.
 *
 * @example
 * app.post('/payments', requireDpop(), pay)
 */
export function requireDpop(): DpopMiddleware {
  const check = createDpopCheck()
  return function requireDpop(...parts) {
    enforce(check, ...parts)
  }
}

/**
 * Accepts only callers whose user authenticated as required, and recently enough (RFC 9470). Others get 401
 * `insufficient_user_authentication` with the requirement. Put it after {@link dpopGuard}. Throws a TypeError for an invalid
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
 * Serves the resource metadata document (RFC 9728) of a guard. You need it only if the guard is mounted below a path, because
 * requests for the document do not reach the guard there. Takes the guard's options, or `{ guard }`. Throws a TypeError without
 * `resourceMetadata`.
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
 * The caller. `C` is the type of your own claims, as in `getAuth<{ roles?: string[] }>(request).claims.roles`. No check compares
 * a token with it. Throws an Error if no guard ran, or if the request has no credentials (`credentials: 'optional'`).
 */
export function getAuth<C extends object = object>(request: IncomingMessage): Auth<C> {
  return recallAuth(request)
}

/** The caller, or undefined for a request without credentials. `C` is as in {@link getAuth}. Throws an Error if no guard ran. */
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
  // Set it also for an error handler that sends no status of its own.
  response.statusCode = answer.status
  writeHeaders(answer, response)
  const error = createRejectionError(answer, response)
  if (error === undefined) response.end(answer.body)
  else next(error)
}
