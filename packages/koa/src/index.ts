import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Auth, applyHeaders, type Rejection, type StepUpOptions } from '@dpop-guard/core'
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
 * What the middleware needs of Koa's context: written so that it fits the types of Koa 2 and 3 alike. Koa adds these types to
 * the context of every middleware behind this one, so each of them is Koa's own, and your own handler keeps its types.
 */
export interface DpopContext<State = object> {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly originalUrl: string
  readonly state: State
  status: number
  body: unknown
}

/** What a body parser may have added. */
interface ParsedContext extends DpopContext<OptionalDpopState> {
  readonly request?: { readonly body?: unknown }
}

/** A middleware of Koa 2 and 3. `State` is what it adds to `ctx.state`. */
export type DpopMiddleware<State = object> = (
  context: DpopContext<State>,
  next: () => Promise<unknown>,
) => Promise<unknown>

/** What a guard adds to `ctx.state`. */
export interface DpopState {
  /** The caller. */
  auth: Auth
}

/** What a guard with `credentials: 'optional'` adds to `ctx.state`. */
export interface OptionalDpopState {
  /** The caller; undefined for a request that came without credentials. */
  auth?: Auth | undefined
}

/**
 * Lets in only requests with a valid access token that is bound to a key, and a fresh DPoP proof of that key for this very
 * request (RFC 9449 section 7). Everything else is answered with the status and challenge that tells the client what to do.
 * Puts the caller on `ctx.state.auth`. Put it before body parsers and routes, and after CORS. Throws a TypeError for wrong
 * options.
 *
 * Does NOT cover the body, the query and other headers (RFC 9449 section 11.7), nor authorization beyond scopes.
 *
 * @example
 * app.use(dpopGuard({ issuer: 'https://as.example.com', resource: 'https://api.example.com' }))
 */
export function dpopGuard(options: DpopGuardOptions & { credentials: 'optional' }): DpopMiddleware<OptionalDpopState>
export function dpopGuard(options: DpopGuardOptions): DpopMiddleware<DpopState>
export function dpopGuard(options: DpopGuardOptions): DpopMiddleware<OptionalDpopState> {
  const plugin = readPluginOptions(options)
  const metadata = serveMetadata(plugin)
  const guard = checkRequests(plugin)
  return named('dpopGuard', (context, next) => metadata(context, () => guard(context, next)))
}

function checkRequests(plugin: Plugin): DpopMiddleware<OptionalDpopState> {
  return async (context, next) => {
    const { req, res, request, originalUrl }: ParsedContext = context
    if (wasCheckedBy(plugin, req)) return next()
    const { method } = req
    const facts = { method, target: originalUrl, headers: receivedHeaders(req), body: request?.body, incoming: req }
    const verdict = await checkFacts(plugin, facts, req)
    if (!verdict.accepted) return refuse(verdict, plugin, context)
    applyAcceptance(verdict.headers, res, res)
    rememberAuth(req, plugin, verdict.auth)
    context.state.auth = verdict.auth
    return next()
  }
}

/**
 * Lets in only callers whose token has all of these scopes; others get 403 `insufficient_scope` with the scopes that are
 * needed. Goes behind {@link dpopGuard}. Throws a TypeError for what is no scope.
 *
 * @example
 * router.get('/orders', requireScopes('orders:read'), (ctx) => { ctx.body = { for: ctx.state.auth.subject } })
 */
export function requireScopes(...scopes: string[]): DpopMiddleware<DpopState> {
  return named('requireScopes', enforce(createScopeCheck(scopes)))
}

/**
 * Lets in only callers whose user authenticated like this, and as recently (RFC 9470); others get 401
 * `insufficient_user_authentication` with what is needed. Goes behind {@link dpopGuard}. Throws a TypeError for no requirement.
 *
 * @example
 * router.post('/payments', requireStepUp({ acrValues: ['urn:example:mfa'], maxAgeSeconds: 300 }), pay)
 */
export function requireStepUp(required: StepUpOptions): DpopMiddleware<DpopState> {
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
  return async (context, next) => {
    const { req, res, originalUrl } = context
    const document = answerMetadata(plugin.guard, { method: req.method, target: originalUrl }, req)
    if (document === undefined) return next()
    context.status = document.status
    context.body = document.status === 204 ? null : document.body
    applyHeaders(document.headers, res)
    return undefined
  }
}

function enforce(check: CallerCheck): DpopMiddleware<DpopState> {
  return async (context, next) => {
    const refused = check(context.req)
    return refused === undefined ? next() : refuse(refused.rejection, refused.plugin, context)
  }
}

/** The caller. Throws an Error where no guard ran, or the request came without credentials (`credentials: 'optional'`). */
export function getAuth(context: { readonly req: IncomingMessage }): Auth {
  return recallAuth(context.req)
}

/** The caller, or undefined for a request that came without credentials. Throws an Error where no guard ran. */
export function getOptionalAuth(context: { readonly req: IncomingMessage }): Auth | undefined {
  return recallOptionalAuth(context.req)
}

function refuse(rejection: Rejection, plugin: Plugin, context: DpopContext): undefined {
  dropLateHeaders(context.res)
  // Also for an error middleware that sends without a status of its own.
  context.status = rejection.status
  if (plugin.onRejected === 'error') throw toError(rejection, context.res)
  context.body = rejection.body
  // Koa took the body for plain text.
  context.res.removeHeader('Content-Type')
  applyHeaders(rejection.headers, context.res)
  return undefined
}
