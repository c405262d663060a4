import type { StepUpOptions } from '@dpop-guard/core'
import { type CallerCheck, readCallerChecksOption } from '@dpop-guard/core/plugin'

/** The scopes that a route requires. */
interface RouteScopes {
  /** The token needs all of these scopes. Any other token gets 403 `insufficient_scope`. */
  scopes: readonly string[]
}

/** The authentication that a route requires of the user. */
interface RouteStepUp {
  /** How the user must have authenticated (RFC 9470). Any other user gets 401 `insufficient_user_authentication`. */
  stepUp: StepUpOptions
}

/**
 * The member `dpop` in the `config` of a route. At least one of the two is required, so that a misspelt name does not compile.
 */
export type DpopRouteConfig = (RouteScopes & Partial<RouteStepUp>) | (Partial<RouteScopes> & RouteStepUp)

/** The parts of a route that are read, and that messages name. */
export interface NamedRoute {
  readonly method?: string | string[] | undefined
  readonly url?: string | undefined
  readonly config?: object | undefined
}

/** The checks of a route; `unguarded` for `dpop: false`. */
export type RouteChecks = readonly CallerCheck[] | 'unguarded'

/** The setting that a route had when it was declared. */
interface Declaration {
  readonly dpop: unknown
  /** As JSON: an object can be changed later. */
  readonly written: string | undefined
  readonly checks: RouteChecks
}

/** The key of the declaration in a route's config. Fastify copies the config of a route together with it. */
const declared = Symbol('@dpop-guard/fastify')

/** The checks by the config of a route. They are read once, at the first request, when all `onRoute` hooks have run. */
const found = new WeakMap<object, RouteChecks>()

/** Reads the setting of a route while it is declared. An invalid setting throws a TypeError that names the route. */
export function declareRouteChecks(route: NamedRoute): void {
  const dpop = settingOf(route)
  const declaration: Declaration = { dpop, checks: readDpopOption(route), written: JSON.stringify(dpop) }
  // A spread leaves out the members of a prototype, and so would Fastify. They are the setting too.
  const own = dpop === undefined ? {} : { dpop }
  Object.assign(route, { config: { ...route.config, ...own, [declared]: declaration } })
}

/** The checks for the route of a request. Throws a TypeError if its setting is invalid and was not read before. */
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
 * If a later `onRoute` hook has set another object, it replaces the declared one. If the same object was changed, its checks are
 * added. So a route never has fewer checks than its config says, or than it said before.
 */
function currentChecks(route: NamedRoute): RouteChecks {
  const dpop = settingOf(route)
  const declaration: Declaration | undefined = route.config && Reflect.get(route.config, declared)
  if (declaration === undefined) {
    return readDpopOption(route, 'await the register of dpopGuard before you declare routes, and this fails at start')
  }
  if (declaration.dpop !== dpop) return readDpopOption(route)
  if (declaration.written === JSON.stringify(dpop) || declaration.checks === 'unguarded') return declaration.checks
  const changed = readDpopOption(route)
  return changed === 'unguarded' ? declaration.checks : [...declaration.checks, ...changed]
}

function settingOf({ config = {} }: NamedRoute): unknown {
  return 'dpop' in config ? config.dpop : undefined
}

/** A typo must not leave a route with fewer checks. */
function readDpopOption({ method, url, config = {} }: NamedRoute, advice?: string): RouteChecks {
  try {
    requireSpelling(config)
    const dpop = settingOf({ config })
    if (dpop === undefined) return []
    return dpop === false ? 'unguarded' : readCallerChecksOption('dpop', dpop)
  } catch (error) {
    const cause = error instanceof Error ? error.message.replace(/^dpop-guard: /, '') : 'it cannot be read'
    const name = `${[method ?? []].flat().join(', ')} ${url ?? ''}`.trim()
    const parts = [`dpop-guard: the "config" of route ${name}: ${cause}`, advice ?? []].flat()
    throw new TypeError(parts.join('; '), { cause: error })
  }
}

/** Rejects names such as `DPoP` and `dopp`: the letters of `dpop` in another case or order. */
function requireSpelling(config: object): void {
  for (const key of Object.keys(config)) {
    const letters = [...key.toLowerCase()].sort().join('')
    if (key !== 'dpop' && letters === 'dopp') throw new TypeError(`unknown option "${key}", did you mean "dpop"?`)
  }
}
