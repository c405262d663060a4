import type { StepUpOptions } from '@dpop-guard/core'
import { type CallerCheck, readCallerChecks } from '@dpop-guard/core/plugin'

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

/** A route, as far as messages name it. */
export interface NamedRoute {
  readonly method?: string | string[] | undefined
  readonly url?: string | undefined
  readonly config?: object | undefined
}

/** The checks of a route; `unguarded` for `dpop: false`. */
export type RouteChecks = readonly CallerCheck[] | 'unguarded'

/** What a route said when it was declared. */
interface Declaration {
  readonly dpop: unknown
  /** As JSON: an object can be changed later. */
  readonly written: string | undefined
  readonly checks: RouteChecks
}

/** Where a route's own config has its declaration. Fastify copies the config of a route, and this with it. */
const declared = Symbol('@dpop-guard/fastify')

/** By the config of a route: read once, at its first request, when all `onRoute` hooks have run. */
const found = new WeakMap<object, RouteChecks>()

/** Reads what a route asks for while it is declared. Throws a TypeError that names the route for an invalid setting. */
export function declareRouteChecks(route: NamedRoute): void {
  const dpop = settingOf(route)
  const declaration: Declaration = { dpop, checks: readRouteChecks(route), written: JSON.stringify(dpop) }
  Object.assign(route, { config: { ...route.config, [declared]: declaration } })
}

/** What the route of a request asks for. Throws a TypeError where its setting is invalid and was not read before. */
export function findRouteChecks(route: NamedRoute): RouteChecks {
  const { config } = route
  if (config === undefined) return []
  const known = found.get(config)
  if (known !== undefined) return known
  const checks = currentChecks(route)
  found.set(config, checks)
  return checks
}

/**
 * Another setting, from a later `onRoute` hook, replaces the declared one. A setting that was changed inside adds to it: a route
 * never has fewer checks than its config says, nor than it said.
 */
function currentChecks(route: NamedRoute): RouteChecks {
  const dpop = settingOf(route)
  const declaration: Declaration | undefined = route.config && Reflect.get(route.config, declared)
  if (declaration === undefined) {
    return readRouteChecks(route, 'await the register of dpopGuard before you declare routes, and this fails at start')
  }
  if (declaration.dpop !== dpop) return readRouteChecks(route)
  if (declaration.written === JSON.stringify(dpop) || declaration.checks === 'unguarded') return declaration.checks
  const changed = readRouteChecks(route)
  return changed === 'unguarded' ? declaration.checks : [...declaration.checks, ...changed]
}

function settingOf({ config = {} }: NamedRoute): unknown {
  return 'dpop' in config ? config.dpop : undefined
}

/** A typo must not leave a route with fewer checks. */
function readRouteChecks({ method, url, config = {} }: NamedRoute, advice?: string): RouteChecks {
  try {
    requireSpelling(config)
    const dpop = settingOf({ config })
    if (dpop === undefined) return []
    return dpop === false ? 'unguarded' : readCallerChecks('dpop', dpop)
  } catch (error) {
    const cause = error instanceof Error ? error.message.replace(/^dpop-guard: /, '') : 'it cannot be read'
    const name = `${[method ?? []].flat().join(', ')} ${url ?? ''}`.trim()
    const parts = [`dpop-guard: the "config" of route ${name}: ${cause}`, advice ?? []].flat()
    throw new TypeError(parts.join('; '), { cause: error })
  }
}

/** `DPoP`, `dopp`: the same letters in other case or order. A setting of another plugin has other ones. */
function requireSpelling(config: object): void {
  for (const key of Object.keys(config)) {
    const letters = [...key.toLowerCase()].sort().join('')
    if (key !== 'dpop' && letters === 'dopp') throw new TypeError(`unknown option "${key}", did you mean "dpop"?`)
  }
}
