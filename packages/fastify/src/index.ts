import type { IncomingMessage } from 'node:http'
import { type Auth, applyHeaders, type HeaderTarget, type Rejection } from '@dpop-guard/core'
import {
  createScopeCheck,
  type Plugin,
  type PluginOptions,
  readPluginOptions,
  recallAuth,
  recallOptionalAuth,
  rememberAuth,
  toError,
  wasCheckedBy,
} from '@dpop-guard/core/plugin'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'

export type { Auth, BearerAuth, DpopAuth, Guard, GuardOptions, Rejection, ReplayStore } from '@dpop-guard/core'
export { createGuard, memoryReplayStore } from '@dpop-guard/core'
export { RejectionError } from '@dpop-guard/core/plugin'

/** Options of {@link dpopGuard}: those of `createGuard` (or `{ guard }`), and `onRejected`. */
export type DpopGuardOptions = PluginOptions

/** What a route can say of the guard in its `config`. */
export interface DpopRouteConfig {
  /** The token needs all of these; others get 403 `insufficient_scope`. */
  scopes: readonly string[]
}

/** A hook that lets in only callers with certain scopes. */
export type ScopeHook = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined>

declare module 'fastify' {
  interface FastifyRequest {
    /** The caller. Null where no guard ran: on a route with `dpop: false`, or without credentials if these are optional. */
    auth: Auth | null
  }
  interface FastifyContextConfig {
    /** Scopes that this route needs, or `false` to leave it unguarded. */
    dpop?: DpopRouteConfig | false
  }
  interface FastifyInstance {
    /** Makes a hook for `onRequest` or `preHandler`. Throws a TypeError for what is no scope. */
    requireScopes(...scopes: string[]): ScopeHook
  }
}

const installed = Symbol('@dpop-guard/fastify')

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
  const plugin = readPluginOptions(options)
  // A guard inside the reach of another one finds the decorators there.
  if (!fastify.hasDecorator(installed)) {
    fastify.decorate(installed, true)
    fastify.decorateRequest('auth', null)
    fastify.decorate('requireScopes', scopeHook)
  }
  fastify.addHook('onRoute', ({ config }) => {
    readRouteConfig(config?.dpop)
  })
  fastify.addHook('onRequest', async (request, reply) => {
    const requireRouteScopes = readRouteConfig(request.routeOptions.config?.dpop)
    if (requireRouteScopes === 'unguarded') return undefined
    if (!wasCheckedBy(plugin, request.raw)) {
      const { method, originalUrl, raw } = request
      const verdict = await plugin.guard.check({ method, target: originalUrl, headers: raw.rawHeaders })
      if (!verdict.accepted) return refuse(verdict, plugin, reply)
      applyHeaders(verdict.headers, headersOf(reply))
      rememberAuth(raw, plugin, verdict.auth)
      request.auth = verdict.auth ?? null
    }
    return requireRouteScopes?.(request, reply)
  })
}

const scopeHooks = new WeakMap<DpopRouteConfig, ScopeHook>()

/** Throws a TypeError for anything that is not a route's setting; a typo must not leave a route with fewer checks. */
function readRouteConfig(config: DpopRouteConfig | false | undefined): ScopeHook | 'unguarded' | undefined {
  if (config === undefined) return undefined
  if (config === false) return 'unguarded'
  const known = scopeHooks.get(config)
  if (known !== undefined) return known
  const { scopes, ...unknown } = config ?? {}
  if (!Array.isArray(scopes) || Object.keys(unknown).length > 0) {
    throw new TypeError('dpop-guard: a route\'s "config.dpop" must be false or { scopes: [...] }')
  }
  const hook = scopeHook(...scopes)
  scopeHooks.set(config, hook)
  return hook
}

function scopeHook(...scopes: string[]): ScopeHook {
  const check = createScopeCheck(scopes)
  return async (request, reply) => {
    const refused = check(request.raw)
    return refused && refuse(refused.rejection, refused.plugin, reply)
  }
}

/** The caller. Throws an Error where no guard ran, or the request came without credentials (`credentials: 'optional'`). */
export function getAuth(request: { readonly raw: IncomingMessage }): Auth {
  return recallAuth(request.raw)
}

/** The caller, or undefined for a request that came without credentials. Throws an Error where no guard ran. */
export function getOptionalAuth(request: { readonly raw: IncomingMessage }): Auth | undefined {
  return recallOptionalAuth(request.raw)
}

function refuse(rejection: Rejection, plugin: Plugin, reply: FastifyReply): FastifyReply {
  if (plugin.onRejected === 'error') throw toError(rejection, headersOf(reply))
  applyHeaders(rejection.headers, headersOf(reply))
  return reply.code(rejection.status).send(rejection.body === '' ? undefined : rejection.body)
}

function headersOf(reply: FastifyReply): HeaderTarget {
  return {
    getHeader: (name) => reply.getHeader(name),
    setHeader: (name, value) => reply.header(name, value),
  }
}
