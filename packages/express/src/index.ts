import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Auth, applyHeaders, type Rejection, type StepUpOptions, type Verdict } from '@dpop-guard/core'
import {
  answerMetadata,
  applyAcceptance,
  type CallerCheck,
  checkFacts,
  createScopeCheck,
  createStepUpCheck,
  dropLateHeaders,
  named,
  type Plugin,
  type PluginOptions,
  readPluginOptions,
  recallAuth,
  recallOptionalAuth,
  receivedHeaders,
  rememberAuth,
  requireMetadata,
  toError,
  wasCheckedBy,
} from '@dpop-guard/core/plugin'

export type { Auth, BearerAuth, DpopAuth, Guard, GuardOptions, Rejection, ReplayStore } from '@dpop-guard/core'
export { atproto, createGuard, fapi2, mcp, memoryReplayStore } from '@dpop-guard/core'
export { RejectionError } from '@dpop-guard/core/plugin'

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

/** A middleware of Express 4 and 5. */
export type DpopMiddleware = (request: DpopRequest, response: ServerResponse, next: (error?: unknown) => void) => void

/**
 * Lets in only requests with a valid access token that is bound to a key, and a fresh DPoP proof of that key for this very
 * request (RFC 9449 section 7). Everything else is answered with the status and challenge that tells the client what to do.
 * Put it before body parsers and routes, and after CORS. Throws a TypeError for wrong options.
 *
 * Does NOT cover the body, the query and other headers (RFC 9449 section 11.7), nor authorization beyond scopes.
 *
 * @example
 * app.use(dpopGuard({ issuer: 'https://as.example.com', resource: 'https://api.example.com' }))
 */
export function dpopGuard(options: DpopGuardOptions): DpopMiddleware {
  const plugin = readPluginOptions(options)
  const metadata = serveMetadata(plugin)
  const guard = checkRequests(plugin)
  return named('dpopGuard', (request, response, next) =>
    metadata(request, response, () => guard(request, response, next)),
  )
}

function checkRequests(plugin: Plugin): DpopMiddleware {
  return (request, response, next) => {
    if (wasCheckedBy(plugin, request)) {
      next()
      return
    }
    const { method, url, originalUrl = url, body }: ParsedRequest = request
    const facts = { method, target: originalUrl, headers: receivedHeaders(request), body, incoming: request }
    const answer = (verdict: Verdict<Auth | undefined>) => {
      if (response.headersSent) return
      if (!verdict.accepted) {
        refuse(verdict, plugin, response, next)
        return
      }
      applyAcceptance(verdict.headers, response, response)
      rememberAuth(request, plugin, verdict.auth)
      Object.assign(request, { auth: verdict.auth })
      next()
    }
    checkFacts(plugin, facts, request).then(answer).catch(next)
  }
}

/**
 * Lets in only callers whose token has all of these scopes; others get 403 `insufficient_scope` with the scopes that are
 * needed. Goes behind {@link dpopGuard}. Throws a TypeError for what is no scope.
 *
 * @example
 * app.get('/orders', requireScopes('orders:read'), (req, res) => res.json({ for: getAuth(req).subject }))
 */
export function requireScopes(...scopes: string[]): DpopMiddleware {
  return named('requireScopes', enforce(createScopeCheck(scopes)))
}

/**
 * Lets in only callers whose user authenticated like this, and as recently (RFC 9470); others get 401
 * `insufficient_user_authentication` with what is needed. Goes behind {@link dpopGuard}. Throws a TypeError for no requirement.
 *
 * @example
 * app.post('/payments', requireStepUp({ acrValues: ['urn:example:mfa'], maxAgeSeconds: 300 }), pay)
 */
export function requireStepUp(required: StepUpOptions): DpopMiddleware {
  return named('requireStepUp', enforce(createStepUpCheck(required)))
}

/**
 * Serves the Protected Resource Metadata document (RFC 9728) of a guard that is mounted below `/`, where requests for the
 * document do not reach it. Takes the guard's options, or `{ guard }`. Throws a TypeError without `resourceMetadata`.
 */
export function protectedResourceMetadata(options: DpopGuardOptions): DpopMiddleware {
  const plugin = readPluginOptions(options)
  requireMetadata(plugin)
  return named('protectedResourceMetadata', serveMetadata(plugin))
}

function serveMetadata(plugin: Plugin): DpopMiddleware {
  return (request, response, next) => {
    const { method, url, originalUrl = url } = request
    const document = answerMetadata(plugin.guard, { method, target: originalUrl }, request)
    if (document === undefined) {
      next()
      return
    }
    response.statusCode = document.status
    applyHeaders(document.headers, response)
    response.end(document.body)
  }
}

function enforce(check: CallerCheck): DpopMiddleware {
  return (request, response, next) => {
    const refused = check(request)
    if (refused === undefined) next()
    else refuse(refused.rejection, refused.plugin, response, next)
  }
}

/** The caller. Throws an Error where no guard ran, or the request came without credentials (`credentials: 'optional'`). */
export function getAuth(request: IncomingMessage): Auth {
  return recallAuth(request)
}

/** The caller, or undefined for a request that came without credentials. Throws an Error where no guard ran. */
export function getOptionalAuth(request: IncomingMessage): Auth | undefined {
  return recallOptionalAuth(request)
}

function refuse(rejection: Rejection, plugin: Plugin, response: ServerResponse, next: (error: unknown) => void): void {
  dropLateHeaders(response)
  // Also for an error handler that sends without a status of its own.
  response.statusCode = rejection.status
  if (plugin.onRejected === 'error') {
    next(toError(rejection, response))
    return
  }
  applyHeaders(rejection.headers, response)
  response.end(rejection.body)
}
