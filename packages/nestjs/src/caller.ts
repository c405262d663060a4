import type { Auth } from '@dpop-guard/core'
import { recallAuth, recallOptionalAuth } from '@dpop-guard/core/plugin'
import { createParamDecorator, type ExecutionContext } from '@nestjs/common'
import { exchangeOf, nodeRequestOf, type PlatformRequest } from './exchange.js'

/**
 * The caller, as a parameter of a handler: `list(@CurrentAuth() auth: Auth)`. `Auth<{ roles?: string[] }>` types your own
 * claims, and no check compares a token with them. Throws an Error if no guard ran (on a `@Public()` handler), or if the request
 * has no credentials (`credentials: 'optional'`): then use {@link OptionalAuth}.
 */
export const CurrentAuth: () => ParameterDecorator = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  getAuth(exchangeOf(context).request),
)

/**
 * The caller, as a parameter of a handler: `list(@OptionalAuth() auth: Auth | undefined)`. Undefined for a request without
 * credentials (`credentials: 'optional'`). Throws an Error if no guard ran.
 */
export const OptionalAuth: () => ParameterDecorator = createParamDecorator(
  (_data: unknown, context: ExecutionContext) => getOptionalAuth(exchangeOf(context).request),
)

/**
 * The caller of a request, for interceptors, pipes and decorators of your own. Takes the request of either platform, or Node's.
 * Throws an Error if no guard ran, or if the request has no credentials (`credentials: 'optional'`).
 */
export function getAuth<C extends object = object>(request: PlatformRequest): Auth<C> {
  return recallAuth(nodeRequestOf(request))
}

/** The caller, or undefined for a request without credentials. Throws an Error if no guard ran. */
export function getOptionalAuth<C extends object = object>(request: PlatformRequest): Auth<C> | undefined {
  return recallOptionalAuth(nodeRequestOf(request))
}
