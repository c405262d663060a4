import type { IncomingMessage } from 'node:http'
import { type Auth, applyHeaders, type HeaderTarget, type Rejection, type StepUpOptions } from '@dpop-guard/core'
import {
  answerMetadata,
  applyAcceptance,
  type CallerCheck,
  checkFacts,
  createScopeCheck,
  createStepUpCheck,
  dropLateHeaders,
  type MetadataAnswer,
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
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'

export type { Auth, BearerAuth, DpopAuth, Guard, GuardOptions, Rejection, ReplayStore } from '@dpop-guard/core'
export { atproto, createGuard, fapi2, mcp, memoryReplayStore } from '@dpop-guard/core'
export { RejectionError } from '@dpop-guard/core/plugin'

/** Options of {@link dpopGuard}: those of `createGuard` (or `{ guard }`), and `onRejected`. */
export type DpopGuardOptions = PluginOptions

/** Scopes that a route needs. */
interface RouteScopes {
  /** The token needs all of these; others get 403 `insufficient_scope`. */
  scopes: readonly string[]
}

/** What a route needs of its user's authentication. */
interface RouteStepUp {
  /** How the user must have authenticated (RFC 9470); others get 401 `insufficient_user_authentication`. */
  stepUp: StepUpOptions
}

/** What a route can say of the guard in its `config`: at least one of the two, so that a misspelt one does not compile. */
export type DpopRouteConfig = (RouteScopes & Partial<RouteStepUp>) | (Partial<RouteScopes> & RouteStepUp)

/** A hook that lets in only some callers. */
export type CallerHook = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined>

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
    fastify.decorate('requireScopes', (...scopes: string[]) =>
      named('requireScopes', enforce(createScopeCheck(scopes))),
    )
    fastify.decorate('requireStepUp', (required: StepUpOptions) =>
      named('requireStepUp', enforce(createStepUpCheck(required))),
    )
  }
  fastify.addHook('onRoute', ({ config }) => {
    readRouteConfig(config?.dpop)
  })
  fastify.addHook('onRequest', async (request, reply) => {
    const checks = readRouteConfig(request.routeOptions.config?.dpop)
    if (checks === 'unguarded') return undefined
    const { method, originalUrl, raw } = request
    const document = answerMetadata(plugin.guard, { method, target: originalUrl }, raw)
    if (document !== undefined) return send(document, document.status, reply)
    if (!wasCheckedBy(plugin, raw)) {
      const facts = { method, target: originalUrl, headers: receivedHeaders(raw), incoming: raw }
      const verdict = await checkFacts(plugin, facts, raw)
      if (!verdict.accepted) return refuse(verdict, plugin, reply)
      applyAcceptance(verdict.headers, headersOf(reply), reply.raw)
      rememberAuth(raw, plugin, verdict.auth)
      request.auth = verdict.auth ?? null
    }
    for (const check of checks) {
      const refused = check(raw)
      if (refused !== undefined) return refuse(refused.rejection, refused.plugin, reply)
    }
    return undefined
  })
}

/**
 * Serves the Protected Resource Metadata document (RFC 9728) of a guard that is registered in a child with a prefix, where
 * requests for the document do not reach it. Takes the guard's options, or `{ guard }`. Register it on the root. Throws a
 * TypeError without `metadata`.
 */
export const protectedResourceMetadata = fp<DpopGuardOptions>(installMetadata, {
  fastify: '5.x',
  name: '@dpop-guard/fastify/metadata',
})

async function installMetadata(fastify: FastifyInstance, options: DpopGuardOptions): Promise<void> {
  const plugin = readPluginOptions(options)
  requireMetadata(plugin)
  // Not a route: the path may hold what a router takes for a pattern.
  fastify.addHook('onRequest', async ({ method, originalUrl, raw }, reply) => {
    const document = answerMetadata(plugin.guard, { method, target: originalUrl }, raw)
    return document && send(document, document.status, reply)
  })
}

/** Throws a TypeError for anything that is not a route's setting: a typo must not leave a route with fewer checks. */
function readRouteConfig(config: DpopRouteConfig | false | undefined): readonly CallerCheck[] | 'unguarded' {
  if (config === undefined) return []
  if (config === false) return 'unguarded'
  const { scopes, stepUp, ...unknown } = config ?? {}
  const empty = scopes === undefined && stepUp === undefined
  if (empty || Object.keys(unknown).length > 0) {
    throw new TypeError('dpop-guard: a route\'s "config.dpop" must be false or { scopes: [...], stepUp: {...} }')
  }
  return [
    ...(scopes === undefined ? [] : [createScopeCheck(scopes)]),
    ...(stepUp === undefined ? [] : [createStepUpCheck(stepUp)]),
  ]
}

function enforce(check: CallerCheck): CallerHook {
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
  dropLateHeaders(reply.raw)
  if (plugin.onRejected === 'error') {
    // For an error handler that sends without a status of its own.
    reply.code(rejection.status)
    throw toError(rejection, headersOf(reply))
  }
  return send(rejection, rejection.status, reply)
}

function send({ headers, body }: Rejection | MetadataAnswer, status: number, reply: FastifyReply): FastifyReply {
  applyHeaders(headers, headersOf(reply))
  return reply.code(status).send(body === '' ? undefined : body)
}

function headersOf(reply: FastifyReply): HeaderTarget {
  return {
    getHeader: (name) => reply.getHeader(name),
    setHeader: (name, value) => reply.header(name, value),
  }
}
