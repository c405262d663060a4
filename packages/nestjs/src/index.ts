export type * from '@dpop-guard/core'
export { atproto, createGuard, fapi2, mcp, memoryReplayStore } from '@dpop-guard/core'
export type { RejectionError } from '@dpop-guard/core/plugin'

export { CurrentAuth, getAuth, getOptionalAuth, OptionalAuth } from './caller.js'
export { AnyScope, type CallerDecorator, Public, RequireClaims, RequireDpop, Scopes, StepUp } from './decorators.js'
export type { PlatformRequest } from './exchange.js'
export { DpopGuard } from './guard.js'
export {
  DpopModule,
  type DpopModuleAsyncOptions,
  type DpopModuleOptions,
  type DpopOptionsFactory,
} from './module.js'
export { RejectionException } from './rejection-exception.js'
