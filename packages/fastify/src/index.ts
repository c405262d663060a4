import type { Auth, RequiredClaims, StepUpOptions } from '@dpop-guard/core'
import {
  admit,
  answerMetadata,
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
import { type CallerHook, decorateHooks, decorateRequest, readRequestPropertyOption } from './decorators.js'
import { type HookRequest, headersOf, send } from './reply.js'
import { type DpopRouteConfig, declareRouteChecks, findRouteChecks } from './route-config.js'

export type * from '@dpop-guard/core'
export { atproto, createGuard, fapi2, mcp, memoryReplayStore } from '@dpop-guard/core'
export { isRejectionError, type RejectionError } from '@dpop-guard/core/plugin'

export type { CallerHook } from './decorators.js'
export type { HookReply, HookRequest } from './reply.js'
export type { DpopRouteConfig } from './route-config.js'

/** Options of {@link dpopGuard}: the options of `createGuard` (or `{ guard }`), `onRejected` and `requestProperty`. */
export type DpopGuardOptions = PluginOptions & {
  /**
   * The property of Fastify's request that has the caller. Default `auth`. Choose another name if your application decorates its
   * requests with `auth`. `getAuth(request)` works with any name. `@dpop-guard/fastify/request-auth` types `request.auth`.
   */
  requestProperty?: string | undefined
}

const ownOptions = ['requestProperty']

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The requirements of this route, or `false` to leave it unguarded. */
    dpop?: DpopRouteConfig | false
  }
  interface FastifyInstance {
    /** Makes a hook for `onRequest` or `preHandler`. Throws a TypeError for an invalid scope. */
    requireScopes(...scopes: string[]): CallerHook
    /** One of the scopes is enough. Makes a hook as `requireScopes` does. */
    requireAnyScope(...scopes: string[]): CallerHook
    /**
     * Your function returns whether a caller with these claims may do this. If it throws, or does not return a boolean, the answer
     * is 503. Makes a hook as `requireScopes` does. Throws a TypeError for an async function.
     */
    requireClaims<C extends object = object>(isAllowed: RequiredClaims<C>): CallerHook
    /** The caller needs a DPoP proof, also with `mode: 'bearer-and-dpop'`. Makes a hook as `requireScopes` does. */
    requireDpop(): CallerHook
    /** Makes a hook for `onRequest` or `preHandler`. Throws a TypeError for an invalid requirement. */
    requireStepUp(required: StepUpOptions): CallerHook
  }
}

/**
 * Accepts only requests with a valid access token that is bound to a key, and with a fresh DPoP proof of that key for this
 * request (RFC 9449 section 7). Answers all other requests with a status and a challenge that tell the client what to do, before
 * any body is read.
 *
 * Guards every route of the instance on which you register it, and of its children, and also the not-found handler. `config: {
 * dpop: false }` leaves a route unguarded. `config: { dpop: { scopes: [...] } }` requires scopes, and {@link DpopRouteConfig} has
 * more. Throws a TypeError for invalid options.
 *
 * Does NOT protect the body, the query and the other headers (RFC 9449 section 11.7). Checks no permissions but those
 * that a route names.
 *
 * @example
 * await app.register(dpopGuard, { issuer: 'https://as.example.com', resource: 'https://api.example.com' })
 */
export const dpopGuard = fp<DpopGuardOptions>(install, { fastify: '5.x', name: '@dpop-guard/fastify' })

async function install(fastify: FastifyInstance, options: DpopGuardOptions): Promise<void> {
  const requestProperty = readRequestPropertyOption(options.requestProperty)
  const plugin = readPluginOptions(options, ownOptions)
  decorateHooks(fastify)
  if (plugin.enforced) decorateRequest(fastify, requestProperty)
  fastify.addHook('onRoute', declareRouteChecks)
  fastify.addHook('onRequest', async (request, reply) => {
    const checks = findRouteChecks(request.routeOptions)
    if (checks === 'unguarded') return undefined
    const { originalUrl, raw } = request
    const admission = await admit(plugin, receivedRequest(raw, originalUrl), raw)
    if (!admission.admitted) return send(admission, reply)
    writeHeaders(admission, reply.raw, headersOf(reply))
    if (admission.enforced) Object.assign(request, { [requestProperty]: admission.auth ?? null })
    for (const check of checks) {
      const answer = check(raw)
      if (answer !== undefined) return send(answer, reply)
    }
    return undefined
  })
}

/**
 * Serves the resource metadata document (RFC 9728) of a guard. You need it only if the guard is registered in a child with a
 * prefix, because requests for the document do not reach the guard there. Register it on the root. Takes the guard's options, or
 * `{ guard }`. Throws a TypeError without `resourceMetadata`.
 */
export const protectedResourceMetadata = fp<DpopGuardOptions>(installMetadata, {
  fastify: '5.x',
  name: '@dpop-guard/fastify/metadata',
})

async function installMetadata(fastify: FastifyInstance, options: DpopGuardOptions): Promise<void> {
  const plugin = readPluginOptions(options, ownOptions)
  requireMetadata(plugin)
  // Not a route, because a router may read parts of the path as a pattern.
  fastify.addHook('onRequest', async ({ originalUrl, raw }, reply) => {
    const document = answerMetadata(plugin, receivedRequest(raw, originalUrl))
    return document && send(document, reply)
  })
}

/**
 * The caller. `C` is the type of your own claims, as in `getAuth<{ roles?: string[] }>(request).claims.roles`. No check compares
 * a token with it. Throws an Error if no guard ran, or if the request has no credentials (`credentials: 'optional'`).
 */
export function getAuth<C extends object = object>(request: HookRequest): Auth<C> {
  return recallAuth(request.raw)
}

/** The caller, or undefined for a request without credentials. `C` is as in {@link getAuth}. Throws an Error if no guard ran. */
export function getOptionalAuth<C extends object = object>(request: HookRequest): Auth<C> | undefined {
  return recallOptionalAuth(request.raw)
}
