import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import type { Auth, HeaderTarget, StepUpOptions } from '@dpop-guard/core'
import {
  type Answer,
  admit,
  answerMetadata,
  type CallerCheck,
  createRejectionError,
  createScopeCheck,
  createStepUpCheck,
  invalidOption,
  type PluginOptions,
  readPluginOptions,
  recallAuth,
  recallOptionalAuth,
  receivedRequest,
  requireMetadata,
  writeHeaders,
} from '@dpop-guard/core/plugin'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { type DpopRouteConfig, declareRouteChecks, findRouteChecks } from './route-config.js'

export type * from '@dpop-guard/core'
export { atproto, createGuard, fapi2, mcp, memoryReplayStore } from '@dpop-guard/core'
export { isRejectionError, type RejectionError } from '@dpop-guard/core/plugin'

export type { DpopRouteConfig } from './route-config.js'

/** Options of {@link dpopGuard}: those of `createGuard` (or `{ guard }`), `onRejected` and `requestProperty`. */
export type DpopGuardOptions = PluginOptions & {
  /**
   * The property of Fastify's request that has the caller. Default `auth`. Another name is for applications that decorate their
   * requests with `auth` themselves; `getAuth(request)` works with any.
   */
  requestProperty?: string | undefined
}

/** A hook that lets in only some callers. */
export type CallerHook = (request: HookRequest, reply: HookReply) => Promise<unknown>

/** What a hook needs of Fastify's request: written so that it fits servers of HTTP/1.1 and HTTP/2 alike. */
export interface HookRequest {
  readonly raw: IncomingMessage | Http2ServerRequest
}

/** What a hook needs of Fastify's reply. */
export interface HookReply {
  readonly raw: ServerResponse | Http2ServerResponse
  code(status: number): unknown
  getHeader(name: string): number | string | string[] | undefined
  header(name: string, value: string | string[]): unknown
  /** Takes what the route's type of replies says. */
  send(payload: never): unknown
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The caller. Null where no guard ran: on a route with `dpop: false`, or without credentials if these are optional. */
    auth: Auth | null
  }
  interface FastifyContextConfig {
    /** What this route needs, or `false` to leave it unguarded. */
    dpop?: DpopRouteConfig | false
  }
  interface FastifyInstance {
    /** Makes a hook for `onRequest` or `preHandler`. Throws a TypeError for what is no scope. */
    requireScopes(...scopes: string[]): CallerHook
    /** Makes a hook for `onRequest` or `preHandler`. Throws a TypeError for what is no requirement. */
    requireStepUp(required: StepUpOptions): CallerHook
  }
}

/**
 * Lets in only requests with a valid access token that is bound to a key, and a fresh DPoP proof of that key for this very
 * request (RFC 9449 section 7). Everything else is answered, before any body is read, with the status and challenge that
 * tells the client what to do. Covers every route of the instance it is registered on and of its children, the not-found
 * handler too; `config: { dpop: false }` leaves a route out, `config: { dpop: { scopes: [...] } }` asks for scopes. Throws a
 * TypeError for wrong options.
 *
 * Does NOT cover the body, the query and other headers (RFC 9449 section 11.7), nor authorization beyond scopes.
 *
 * @example
 * await app.register(dpopGuard, { issuer: 'https://as.example.com', resource: 'https://api.example.com' })
 */
export const dpopGuard = fp<DpopGuardOptions>(install, { fastify: '5.x', name: '@dpop-guard/fastify' })

async function install(fastify: FastifyInstance, options: DpopGuardOptions): Promise<void> {
  const { requestProperty = 'auth', ...others } = options
  const plugin = readPluginOptions(others)
  decorate(fastify, requestProperty)
  fastify.addHook('onRoute', declareRouteChecks)
  fastify.addHook('onRequest', async (request, reply) => {
    const checks = findRouteChecks(request.routeOptions)
    if (checks === 'unguarded') return undefined
    const { originalUrl, raw } = request
    const admission = await admit(plugin, receivedRequest(raw, originalUrl), raw)
    if (!admission.admitted) return send(admission, reply)
    writeHeaders(admission, reply.raw, headersOf(reply))
    Object.assign(request, { [requestProperty]: admission.auth ?? null })
    for (const check of checks) {
      const answer = check(raw)
      if (answer !== undefined) return send(answer, reply)
    }
    return undefined
  })
}

/** A guard inside the reach of another one finds the decorators there. */
function decorate(fastify: FastifyInstance, requestProperty: string): void {
  if (typeof requestProperty !== 'string' || requestProperty === '') {
    throw invalidOption('requestProperty', requestProperty, 'the name of a property')
  }
  const ours = (name: string) => `@dpop-guard/fastify: ${name}`
  if (!fastify.hasDecorator(ours(`request.${requestProperty}`))) {
    if (fastify.hasRequestDecorator(requestProperty)) {
      throw new TypeError(
        `dpop-guard: this application decorates its requests with "${requestProperty}" already; choose another name for the ` +
          'caller with the option "requestProperty", such as \'dpopAuth\'',
      )
    }
    fastify.decorateRequest(requestProperty, null)
    fastify.decorate(ours(`request.${requestProperty}`), true)
  }
  const hooks: Readonly<Record<string, unknown>> = {
    requireScopes: (...scopes: string[]): CallerHook => {
      const check = createScopeCheck(scopes)
      return async function requireScopes(request, reply) {
        return enforce(check, request, reply)
      }
    },
    requireStepUp: (required: StepUpOptions): CallerHook => {
      const check = createStepUpCheck(required)
      return async function requireStepUp(request, reply) {
        return enforce(check, request, reply)
      }
    },
  }
  for (const [name, hook] of Object.entries(hooks)) {
    if (fastify.hasDecorator(ours(name))) continue
    if (fastify.hasDecorator(name)) {
      throw new TypeError(
        `dpop-guard: this application is decorated with "${name}" already; rename its decorator, or register the guard before ` +
          'it in a child of its own',
      )
    }
    fastify.decorate(name, hook)
    fastify.decorate(ours(name), true)
  }
}

/**
 * Serves the Protected Resource Metadata document (RFC 9728) of a guard that is registered in a child with a prefix, where
 * requests for the document do not reach it. Takes the guard's options, or `{ guard }`. Register it on the root. Throws a
 * TypeError without `resourceMetadata`.
 */
export const protectedResourceMetadata = fp<DpopGuardOptions>(installMetadata, {
  fastify: '5.x',
  name: '@dpop-guard/fastify/metadata',
})

async function installMetadata(fastify: FastifyInstance, options: DpopGuardOptions): Promise<void> {
  const { requestProperty: _, ...others } = options
  const plugin = readPluginOptions(others)
  requireMetadata(plugin)
  // Not a route: the path may hold what a router takes for a pattern.
  fastify.addHook('onRequest', async ({ originalUrl, raw }, reply) => {
    const document = answerMetadata(plugin, receivedRequest(raw, originalUrl))
    return document && send(document, reply)
  })
}

/**
 * The caller. `C` types claims of your own: `getAuth<{ roles?: string[] }>(request).claims.roles`; no check compares a token with it.
 * Throws an Error where no guard ran, and for a request without credentials (`credentials: 'optional'`).
 */
export function getAuth<C extends object = object>(request: HookRequest): Auth<C> {
  return recallAuth(request.raw)
}

/** The caller, or undefined for a request without credentials. `C` as in {@link getAuth}. Throws an Error where no guard ran. */
export function getOptionalAuth<C extends object = object>(request: HookRequest): Auth<C> | undefined {
  return recallOptionalAuth(request.raw)
}

function enforce(check: CallerCheck, request: HookRequest, reply: HookReply): unknown {
  const answer = check(request.raw)
  return answer && send(answer, reply)
}

function send(answer: Answer, reply: HookReply): unknown {
  const headers = headersOf(reply)
  // Also for an error handler that sends without a status of its own.
  reply.code(answer.status)
  writeHeaders(answer, reply.raw, headers)
  const error = createRejectionError(answer, headers)
  if (error !== undefined) throw error
  // A route may say that its own replies are never strings.
  return Reflect.apply(reply.send, reply, answer.body === '' ? [] : [answer.body])
}

function headersOf(reply: HookReply): HeaderTarget {
  return {
    getHeader: (name) => reply.getHeader(name),
    setHeader: (name, value) => reply.header(name, value),
  }
}
