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
 * The parts of Koa's context that the middleware needs. It fits the types of Koa 2 and 3. Koa adds these types to the context of
 * every later middleware. So each of them is Koa's own type, and your own handlers keep their types.
 */
export interface DpopContext<State = object> {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly originalUrl: string
  readonly state: State
  status: number
  body: unknown
}

/** The same context with a body, if a body parser has run. */
interface ParsedContext extends DpopContext {
  readonly request?: { readonly body?: unknown }
}

/** A middleware for Koa 2 and 3. `State` is the type of the members that it adds to `ctx.state`. */
export type DpopMiddleware<State = object> = (
  context: DpopContext<State>,
  next: () => Promise<unknown>,
) => Promise<unknown>

/** The members that a guard adds to `ctx.state`. */
export interface DpopState<C extends object = object> {
  /** The caller. */
  auth: Auth<C>
}

/** The members that a guard with `credentials: 'optional'` adds to `ctx.state`. With `reportOnly: true`, it adds none. */
export interface OptionalDpopState<C extends object = object> {
  /** The caller. Undefined for a request without credentials. */
  auth?: Auth<C> | undefined
}

/**
 * Accepts only requests with a valid access token that is bound to a key, and with a fresh DPoP proof of that key for this
 * request (RFC 9449 section 7). Answers all other requests with a status and a challenge that tell the client what to do. Puts
 * the caller on `ctx.state.auth`. Put it before body parsers and routes, and after CORS. Throws a TypeError for invalid options.
 *
 * Does NOT protect the body, the query and the other headers (RFC 9449 section 11.7). Checks no permissions but scopes:
 * see {@link requireClaims}.
 *
 * `C` is the type of your own claims on `ctx.state.auth`. No check compares a token with it.
 *
 * @example
 * app.use(dpopGuard({ issuer: 'https://as.example.com', resource: 'https://api.example.com' }))
 */
export function dpopGuard<C extends object = object>(
  options: DpopGuardOptions & ({ credentials: 'optional' } | { reportOnly: boolean }),
): DpopMiddleware<OptionalDpopState<C>>
export function dpopGuard<C extends object = object>(options: DpopGuardOptions): DpopMiddleware<DpopState<C>>
export function dpopGuard(options: DpopGuardOptions): DpopMiddleware<OptionalDpopState> {
  const plugin = readPluginOptions(options)
  return async function dpopGuard(context, next) {
    const admission = await admit(plugin, receive(context), context.req)
    if (!admission.admitted) return send(admission, context)
    writeHeaders(admission, context.res)
    if (admission.enforced) context.state.auth = admission.auth
    return next()
  }
}

/**
 * Accepts only callers whose token has all of these scopes. Others get 403 `insufficient_scope` with the scopes that are needed.
 * Put it after {@link dpopGuard}. Throws a TypeError for an invalid scope.
 *
 * @example
 * router.get('/orders', requireScopes('orders:read'), (ctx) => { ctx.body = { for: ctx.state.auth.subject } })
 */
export function requireScopes(...scopes: string[]): DpopMiddleware<DpopState> {
  const check = createScopeCheck(scopes)
  return async function requireScopes(context, next) {
    return enforce(check, context, next)
  }
}

/**
 * Accepts only callers whose token has at least one of these scopes. Others get 403 `insufficient_scope` with all of them. Put it
 * after {@link dpopGuard}. Throws a TypeError for an invalid scope.
 *
 * @example
 * router.get('/orders', requireAnyScope('orders:read', 'orders:admin'), list)
 */
export function requireAnyScope(...scopes: string[]): DpopMiddleware<DpopState> {
  const check = createAnyScopeCheck(scopes)
  return async function requireAnyScope(context, next) {
    return enforce(check, context, next)
  }
}

/**
 * Accepts only callers for whose claims your function returns true. Others get 403 `insufficient_scope`. If it throws, or does
 * not return a boolean, the answer is 503. `C` is the type of your own claims, and no check compares a token with it. Put it
 * after {@link dpopGuard}. Throws a TypeError for an async function.
 *
 * @example
 * router.get('/reports', requireClaims<{ roles?: string[] }>(({ roles }) => roles?.includes('auditor') ?? false), report)
 */
export function requireClaims<C extends object = object>(isAllowed: RequiredClaims<C>): DpopMiddleware<DpopState> {
  const check = createClaimsCheck(isAllowed as RequiredClaims)
  return async function requireClaims(context, next) {
    return enforce(check, context, next)
  }
}

/**
 * Accepts only callers who sent a DPoP proof, on a route of a guard with `mode: 'bearer-and-dpop'`. A caller with a Bearer token
 * gets 401 with a challenge for DPoP only. Put it after {@link dpopGuard}.
 *
 * @example
 * router.post('/payments', requireDpop(), pay)
 */
export function requireDpop(): DpopMiddleware<DpopState> {
  const check = createDpopCheck()
  return async function requireDpop(context, next) {
    return enforce(check, context, next)
  }
}

/**
 * Accepts only callers whose user authenticated as required, and recently enough (RFC 9470). Others get 401
 * `insufficient_user_authentication` with the requirement. Put it after {@link dpopGuard}. Throws a TypeError for an invalid
 * requirement.
 *
 * @example
 * router.post('/payments', requireStepUp({ acrValues: ['urn:example:mfa'], maxAgeSeconds: 300 }), pay)
 */
export function requireStepUp(required: StepUpOptions): DpopMiddleware<DpopState> {
  const check = createStepUpCheck(required)
  return async function requireStepUp(context, next) {
    return enforce(check, context, next)
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
  return async function protectedResourceMetadata(context, next) {
    const document = answerMetadata(plugin, receive(context))
    return document === undefined ? next() : send(document, context)
  }
}

/**
 * The caller. `C` is the type of your own claims, as in `getAuth<{ roles?: string[] }>(ctx).claims.roles`. No check compares a
 * token with it. Throws an Error if no guard ran, or if the request has no credentials (`credentials: 'optional'`).
 */
export function getAuth<C extends object = object>(context: { readonly req: IncomingMessage }): Auth<C> {
  return recallAuth(context.req)
}

/** The caller, or undefined for a request without credentials. `C` is as in {@link getAuth}. Throws an Error if no guard ran. */
export function getOptionalAuth<C extends object = object>(context: {
  readonly req: IncomingMessage
}): Auth<C> | undefined {
  return recallOptionalAuth(context.req)
}

function receive({ req, originalUrl, request }: ParsedContext) {
  return receivedRequest(req, originalUrl, request?.body)
}

function enforce(check: CallerCheck, context: DpopContext, next: () => Promise<unknown>): Promise<unknown> | undefined {
  const answer = check(context.req)
  return answer === undefined ? next() : send(answer, context)
}

function send(answer: Answer, context: DpopContext): undefined {
  const { res } = context
  // Set it also for an error middleware that sends no status of its own.
  context.status = answer.status
  if (answer.via === 'response') {
    context.body = answer.status === 204 ? null : answer.body
    // Koa sets the type of plain text for a string.
    res.removeHeader('Content-Type')
  }
  writeHeaders(answer, res)
  const error = createRejectionError(answer, res)
  if (error !== undefined) throw error
}
