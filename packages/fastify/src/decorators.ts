import { inspect } from 'node:util'
import type { RequiredClaims, StepUpOptions } from '@dpop-guard/core'
import {
  type CallerCheck,
  createAnyScopeCheck,
  createClaimsCheck,
  createDpopCheck,
  createScopeCheck,
  createStepUpCheck,
} from '@dpop-guard/core/plugin'
import type { FastifyInstance } from 'fastify'
import { type HookReply, type HookRequest, send } from './reply.js'

/** A hook that accepts only some callers. */
export type CallerHook = (request: HookRequest, reply: HookReply) => Promise<unknown>

const ours = (name: string) => `@dpop-guard/fastify: ${name}`

/** Reads the option `requestProperty`. Throws a TypeError if it is not a name. */
export function readRequestPropertyOption(requestProperty: unknown = 'auth'): string {
  if (typeof requestProperty !== 'string' || requestProperty === '') {
    throw new TypeError(
      `dpop-guard: "requestProperty" must be a string that is not empty, got ${inspect(requestProperty)}`,
    )
  }
  return requestProperty
}

/** Adds the property for the caller, unless a guard on a parent instance has added it. */
export function decorateRequest(fastify: FastifyInstance, requestProperty: string): void {
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
}

/** Adds the decorators that make hooks, unless a guard on a parent instance has added them. */
export function decorateHooks(fastify: FastifyInstance): void {
  const hooks: Readonly<Record<string, unknown>> = {
    requireScopes: (...scopes: string[]) => createHook('requireScopes', createScopeCheck(scopes)),
    requireAnyScope: (...scopes: string[]) => createHook('requireAnyScope', createAnyScopeCheck(scopes)),
    requireClaims: (isAllowed: RequiredClaims) => createHook('requireClaims', createClaimsCheck(isAllowed)),
    requireDpop: () => createHook('requireDpop', createDpopCheck()),
    requireStepUp: (required: StepUpOptions) => createHook('requireStepUp', createStepUpCheck(required)),
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

/** The name of the hook is for stack traces and profilers. */
function createHook(name: string, check: CallerCheck): CallerHook {
  const hook: CallerHook = async (request, reply) => {
    const answer = check(request.raw)
    return answer && send(answer, reply)
  }
  return Object.defineProperty(hook, 'name', { value: name })
}
