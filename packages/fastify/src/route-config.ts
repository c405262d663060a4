import type { StepUpOptions } from '@dpop-guard/core'
import { type CallerCheck, createScopeCheck, createStepUpCheck, nearest } from '@dpop-guard/core/plugin'

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

/** Where a route's own config has its checks. Fastify copies the config of a route, and this with it. */
const declared = Symbol('@dpop-guard/fastify')

/** The checks of routes that were declared before the guard was there to read them, by their config. */
const readLate = new WeakMap<object, RouteChecks>()

/** Reads what a route asks for while it is declared. Throws a TypeError that names the route for an invalid setting. */
export function declareRouteChecks(route: NamedRoute): void {
  Object.assign(route, { config: { ...route.config, [declared]: readRouteChecks(route) } })
}

/** What the route of a request asks for. Throws a TypeError where its setting is invalid and was not read before. */
export function findRouteChecks(route: NamedRoute): RouteChecks {
  const { config } = route
  if (config === undefined) return []
  const found: RouteChecks | undefined = Reflect.get(config, declared) ?? readLate.get(config)
  if (found !== undefined) return found
  const advice = 'await the register of dpopGuard before you declare routes, and this fails at start'
  const checks = readRouteChecks(route, advice)
  readLate.set(config, checks)
  return checks
}

/** A typo must not leave a route with fewer checks. */
function readRouteChecks({ method, url, config = {} }: NamedRoute, advice?: string): RouteChecks {
  try {
    requireSpelling(config)
    const { dpop }: { dpop?: unknown } = config
    if (dpop === undefined) return []
    return dpop === false ? 'unguarded' : readSetting(dpop)
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
    if (key !== 'dpop' && letters === 'dopp') throw new TypeError(`unknown "${key}", did you mean "dpop"?`)
  }
}

function readSetting(setting: unknown): readonly CallerCheck[] {
  const expected = '"dpop" must be false or { scopes: [...], stepUp: {...} }'
  if (typeof setting !== 'object' || setting === null) throw new TypeError(expected)
  const { scopes, stepUp, ...unknown } = setting as Partial<RouteScopes & RouteStepUp>
  const [misspelt] = Object.keys(unknown)
  if (misspelt !== undefined) {
    const near = nearest(misspelt, ['scopes', 'stepUp'])
    throw new TypeError(near === undefined ? expected : `unknown "dpop.${misspelt}", did you mean "dpop.${near}"?`)
  }
  if (scopes === undefined && stepUp === undefined) throw new TypeError(expected)
  return [
    ...(scopes === undefined ? [] : [createScopeCheck(scopes)]),
    ...(stepUp === undefined ? [] : [createStepUpCheck(stepUp)]),
  ]
}
