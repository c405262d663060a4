import type { Auth, Guard, GuardOptions, Rejection, RequiredClaims, StepUpOptions } from '@dpop-guard/core'
import { invalidOption } from '@dpop-guard/core/internal'
import {
  admit,
  answerMetadata,
  type CallerCheck,
  createAnyScopeCheck,
  createClaimsCheck,
  createDpopCheck,
  createScopeCheck,
  createStepUpCheck,
  type RejectionOptions,
  readPluginOptions,
  recallAuth,
  recallOptionalAuth,
  requireMetadata,
} from '@dpop-guard/core/plugin'
import { type DpopHost, received } from './received.js'
import { applyPending, keepHeaders, respond } from './response.js'

export type * from '@dpop-guard/core'
export { atproto, createGuard, fapi2, mcp, memoryReplayStore } from '@dpop-guard/core'
export type { DpopHost } from './received.js'

/** Options of {@link dpopGuard}: the options of `createGuard` (or `{ guard }`), and `reportOnly`. */
export type DpopGuardOptions = (GuardOptions | { guard: Guard<Auth | undefined> }) &
  Pick<RejectionOptions, 'reportOnly'>

/** A request that may go on to its handler. */
export interface Accepted<Caller extends Auth | undefined = Auth> {
  readonly response?: undefined
  /**
   * The caller. Undefined only with `credentials: 'optional'`, for a request without credentials, and with `reportOnly`, for a
   * request whose check did not pass.
   */
  readonly auth: Caller
  /**
   * Puts the guard's headers on the handler's response: a nonce with `Cache-Control: no-store`, and the names that scripts may
   * read. Returns the response to send. It is a copy if the headers of your response are immutable. Call it for every response,
   * also for errors and redirects. The body may be a stream.
   */
  apply(response: Response): Response
}

/** A request that the guard has answered. */
export interface Answered {
  /** The answer to send. */
  readonly response: Response
  /** Why the request was rejected. Undefined for the resource metadata. */
  readonly rejection: Rejection | undefined
}

/** What a guard returns for a request. */
export type Checked<Caller extends Auth | undefined = Auth> = Accepted<Caller> | Answered

/** Returns undefined if the request may go on, or else the response to send. */
export type DpopCheck = (request: Request) => Response | undefined

/** A guard for web-standard requests. */
export interface DpopGuard<Caller extends Auth | undefined = Auth> {
  /**
   * Checks a request. Resolves to `response`, which you send, or to the caller. `host` has Node's own request, if there is one.
   * Rejects only if you pass something that is not a request.
   */
  (request: Request, host?: DpopHost): Promise<Checked<Caller>>
  /**
   * Makes a handler that calls yours only for accepted requests, and puts the guard's headers on its response. `checks` run
   * between the guard and the handler, in their order. If your handler throws, the host answers, without the guard's headers.
   */
  protect<Received extends Request, Rest extends unknown[]>(
    handler: (request: Received, ...rest: Rest) => Response | Promise<Response>,
    ...checks: ((request: Received) => Response | undefined | Promise<Response | undefined>)[]
  ): (request: Received, ...rest: Rest) => Promise<Response>
}

/**
 * Accepts only requests with a valid access token that is bound to a key, and with a fresh DPoP proof of that key for this
 * request (RFC 9449 section 7). For all other requests it returns a response with a status and a challenge that tell the client
 * what to do. Never reads a body, and never the origin of `request.url`. Throws a TypeError for invalid options.
 *
 * Does NOT protect the body, the query and the other headers (RFC 9449 section 11.7). Checks no permissions but scopes:
 * see {@link requireClaims}.
 *
 * `C` is the type of your own claims on `auth`. No check compares a token with it.
 *
 * @example
 * const guard = dpopGuard({ issuer: 'https://as.example.com', resource: 'https://api.example.com' })
 * const checked = await guard(request)
 * if (checked.response) return checked.response
 * return checked.apply(Response.json({ for: checked.auth.subject }))
 */
export function dpopGuard<C extends object = object>(
  options: DpopGuardOptions & ({ credentials: 'optional' } | { reportOnly: boolean }),
): DpopGuard<Auth<C> | undefined>
export function dpopGuard<C extends object = object>(options: DpopGuardOptions): DpopGuard<Auth<C>>
export function dpopGuard(options: DpopGuardOptions): DpopGuard<Auth | undefined> {
  const plugin = readOptions(options)

  async function dpopGuard(request: Request, host: DpopHost = {}): Promise<Checked<Auth | undefined>> {
    const admission = await admit(plugin, received(request, host), request)
    if (!admission.admitted) return { response: respond(request, admission), rejection: admission.rejection }
    keepHeaders(request, admission)
    return { auth: admission.auth, apply: (response) => applyPending(request, response) }
  }

  const protect: DpopGuard['protect'] = (handler, ...checks) =>
    async function protectedHandler(request, ...rest) {
      const checked = await dpopGuard(request)
      if (checked.response) return checked.response
      for (const check of checks) {
        const response = await check(request)
        if (response !== undefined) return checked.apply(response)
      }
      return checked.apply(await handler(request, ...rest))
    }

  return Object.assign(dpopGuard, { protect })
}

/**
 * Makes a check for callers whose token has all of these scopes. For others it returns 403 `insufficient_scope` with the scopes
 * that are needed. Call it behind {@link dpopGuard}. Throws a TypeError for an invalid scope.
 *
 * @example
 * export const GET = guard.protect((request) => Response.json({ for: getAuth(request).subject }), requireScopes('orders:read'))
 */
export function requireScopes(...scopes: string[]): DpopCheck {
  const check = createScopeCheck(scopes)
  return function requireScopes(request) {
    return enforce(check, request)
  }
}

/**
 * Makes a check for callers whose token has at least one of these scopes. For others it returns 403 `insufficient_scope` with all
 * of them. Call it behind {@link dpopGuard}. Throws a TypeError for an invalid scope.
 *
 * @example
 * export const GET = guard.protect(list, requireAnyScope('orders:read', 'orders:admin'))
 */
export function requireAnyScope(...scopes: string[]): DpopCheck {
  const check = createAnyScopeCheck(scopes)
  return function requireAnyScope(request) {
    return enforce(check, request)
  }
}

/**
 * Makes a check for callers for whose claims your function returns true. For others it returns 403 `insufficient_scope`. If your
 * function throws, or does not return a boolean, the answer is 503. `C` is the type of your own claims, and no check compares a
 * token with it. Call it behind {@link dpopGuard}. Throws a TypeError for an async function.
 *
 * @example
 * export const GET = guard.protect(
 *   report,
 *   requireClaims<{ roles?: string[] }>(({ roles }) => roles?.includes('auditor') ?? false),
 * )
 */
export function requireClaims<C extends object = object>(isAllowed: RequiredClaims<C>): DpopCheck {
  const check = createClaimsCheck(isAllowed as RequiredClaims)
  return function requireClaims(request) {
    return enforce(check, request)
  }
}

/**
 * Makes a check for callers who sent a DPoP proof, on a route of a guard with `mode: 'bearer-and-dpop'`. For a caller with a
 * Bearer token it returns 401 with a challenge for DPoP only. Call it behind {@link dpopGuard}.
 *
 * @example
 * export const POST = guard.protect(pay, requireDpop())
 */
export function requireDpop(): DpopCheck {
  const check = createDpopCheck()
  return function requireDpop(request) {
    return enforce(check, request)
  }
}

/**
 * Makes a check for callers whose user authenticated as required, and recently enough (RFC 9470). For others it returns 401
 * `insufficient_user_authentication` with the requirement. Call it behind {@link dpopGuard}. Throws a TypeError for an invalid
 * requirement.
 *
 * @example
 * export const POST = guard.protect(pay, requireStepUp({ acrValues: ['urn:example:mfa'], maxAgeSeconds: 300 }))
 */
export function requireStepUp(required: StepUpOptions): DpopCheck {
  const check = createStepUpCheck(required)
  return function requireStepUp(request) {
    return enforce(check, request)
  }
}

/**
 * Answers requests for the resource metadata document (RFC 9728) of a guard. You need it only if requests for the document do not
 * reach the guard, as in Next.js. Takes the guard's options, or `{ guard }`. Throws a TypeError without `resourceMetadata`.
 */
export function protectedResourceMetadata(
  options: DpopGuardOptions,
): (request: Request, host?: DpopHost) => Response | undefined {
  const plugin = readOptions(options)
  requireMetadata(plugin)
  return function protectedResourceMetadata(request, host = {}) {
    const document = answerMetadata(plugin, received(request, host))
    return document && respond(request, document)
  }
}

/**
 * The caller. `C` is the type of your own claims, as in `getAuth<{ roles?: string[] }>(request).claims.roles`. No check compares
 * a token with it. Throws an Error if no guard checked this object, or if the request has no credentials (`credentials:
 * 'optional'`).
 */
export function getAuth<C extends object = object>(request: Request): Auth<C> {
  return recallAuth(request)
}

/**
 * The caller, or undefined for a request without credentials. `C` is as in {@link getAuth}. Throws an Error if no guard checked
 * this object.
 */
export function getOptionalAuth<C extends object = object>(request: Request): Auth<C> | undefined {
  return recallOptionalAuth(request)
}

function readOptions(options: DpopGuardOptions) {
  const plugin = readPluginOptions(options)
  const onRejected: unknown = 'onRejected' in options ? options.onRejected : undefined
  if (onRejected !== undefined) throw invalidOption('onRejected', onRejected, 'left out: the guard returns its answer')
  return plugin
}

function enforce(check: CallerCheck, request: Request): Response | undefined {
  const answer = check(request)
  return answer && respond(request, answer)
}
