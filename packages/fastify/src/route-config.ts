import { isDeepStrictEqual } from 'node:util'
import { type CallerCheck, type CallerRequirements, readCallerChecksOption } from '@dpop-guard/core/plugin'

/**
 * The member `dpop` in the `config` of a route: what it requires of its callers. At least one requirement is needed, so that a
 * misspelt name does not compile.
 */
export type DpopRouteConfig = {
  [Name in keyof CallerRequirements]-?: CallerRequirements & {
    [Required in Name]: NonNullable<CallerRequirements[Name]>
  }
}[keyof CallerRequirements]

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
  /** An object can be changed later. */
  readonly copy: unknown
  readonly checks: RouteChecks
}

/** The key of the declaration in a route's config. Fastify copies the config of a route together with it. */
const declared = Symbol('@dpop-guard/fastify')

/** The checks by the config of a route. They are read once, at the first request, when all `onRoute` hooks have run. */
const found = new WeakMap<object, RouteChecks>()

/** Reads the setting of a route while it is declared. An invalid setting throws a TypeError that names the route. */
export function declareRouteChecks(route: NamedRoute): void {
  const dpop = settingOf(route)
  const declaration: Declaration = { dpop, checks: readDpopOption(route), copy: copyOf(dpop) }
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
  if (isDeepStrictEqual(declaration.copy, copyOf(dpop)) || declaration.checks === 'unguarded') return declaration.checks
  const changed = readDpopOption(route)
  return changed === 'unguarded' ? declaration.checks : [...declaration.checks, ...changed]
}

/** JSON has the lists as they are now. It has no functions, and a function cannot be changed. */
function copyOf(dpop: unknown): unknown {
  const isObject = typeof dpop === 'object' && dpop !== null
  return { written: JSON.stringify(dpop), claims: isObject && 'claims' in dpop ? dpop.claims : undefined }
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
