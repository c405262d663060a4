import type { RequiredClaims, StepUpOptions } from '@dpop-guard/core'
import {
  type CallerCheck,
  createAnyScopeCheck,
  createClaimsCheck,
  createDpopCheck,
  createScopeCheck,
  createStepUpCheck,
} from '@dpop-guard/core/plugin'
import { applyDecorators, type ExecutionContext, UseGuards } from '@nestjs/common'
import { exchangeOf, nodeRequestOf, send } from './exchange.js'

/** A decorator for a handler, or for a controller and all its handlers. */
export type CallerDecorator = MethodDecorator & ClassDecorator

const accessKey = '@dpop-guard/nestjs: access'

type Access = 'public' | 'guarded'

/**
 * Leaves a handler, or all handlers of a controller, without a guard. A handler with a requirement such as `@Scopes()` is guarded
 * in a public controller too. Throws a TypeError beside a requirement on the same handler or controller.
 */
export function Public(): CallerDecorator {
  return declareAccess('public')
}

/**
 * Whether a handler needs no credentials. What the handler says counts more than what its controller says. A controller does not
 * inherit this: a class that extends a public one is guarded.
 */
export function isPublic(context: ExecutionContext): boolean {
  const [handler, controller] = [context.getHandler(), context.getClass()]
  const access: Access | undefined =
    Reflect.getOwnMetadata(accessKey, handler) ?? Reflect.getOwnMetadata(accessKey, controller)
  return access === 'public'
}

/**
 * Accepts only callers whose token has all of these scopes. Others get 403 `insufficient_scope` with the scopes that are needed.
 * The scopes of a controller and those of its handler are required together. Throws a TypeError for an invalid scope.
 *
 * @example
 * @Get() @Scopes('orders:read') list(@CurrentAuth() auth: Auth) { return { for: auth.subject } }
 */
export function Scopes(...scopes: string[]): CallerDecorator {
  return requirement(createScopeCheck(scopes))
}

/**
 * Accepts only callers whose user authenticated as required, and recently enough (RFC 9470). Others get 401
 * `insufficient_user_authentication` with the requirement. Throws a TypeError for an invalid requirement.
 *
 * @example
 * @Post() @StepUp({ acrValues: ['urn:example:mfa'], maxAgeSeconds: 300 }) pay() {}
 */
export function StepUp(required: StepUpOptions): CallerDecorator {
  return requirement(createStepUpCheck(required))
}

/**
 * Accepts only callers whose token has at least one of these scopes. Others get 403 `insufficient_scope` with all of them. Throws
 * a TypeError for an invalid scope.
 *
 * @example
 * @Get() @AnyScope('orders:read', 'orders:admin') list() {}
 */
export function AnyScope(...scopes: string[]): CallerDecorator {
  return requirement(createAnyScopeCheck(scopes))
}

/**
 * Accepts only callers for whose claims your function returns true. Others get 403 `insufficient_scope`. If it throws, or does
 * not return a boolean, the answer is 503. `C` is the type of your own claims, and no check compares a token with it. Throws a
 * TypeError for an async function.
 *
 * @example
 * @Get('reports') @RequireClaims<{ roles?: string[] }>(({ roles }) => roles?.includes('auditor') ?? false) report() {}
 */
export function RequireClaims<C extends object = object>(isAllowed: RequiredClaims<C>): CallerDecorator {
  return requirement(createClaimsCheck(isAllowed as RequiredClaims))
}

/**
 * Accepts only callers who sent a DPoP proof, with `mode: 'bearer-and-dpop'`. A caller with a Bearer token gets 401 with a
 * challenge for DPoP only.
 *
 * @example
 * @Post('payments') @RequireDpop() pay() {}
 */
export function RequireDpop(): CallerDecorator {
  return requirement(createDpopCheck())
}

/** A guard of the handler's own, because Nest runs it after the global ones, and also if DpopModule is missing: then it throws. */
function requirement(check: CallerCheck): CallerDecorator {
  const guard = {
    canActivate(context: ExecutionContext): true | Promise<never> {
      if (isPublic(context)) return true
      const exchange = exchangeOf(context)
      const answer = check(nodeRequestOf(exchange.request))
      return answer === undefined ? true : send(answer, exchange)
    },
  }
  return applyDecorators(declareAccess('guarded'), UseGuards(guard))
}

/** The decorators of this package on a method or a class, as a list of objects. A decorator that replaces it may lose them. */
const decoratorsKey = '@dpop-guard/nestjs: decorators'

interface Decorator {
  readonly access: Access
}

interface Decorators {
  readonly ofMethods: Map<string | symbol, Decorator[]>
  readonly ofClass: Decorator[]
}

/** The same by prototype, which no other decorator replaces. */
const decorated = new WeakMap<object, Decorators>()

/** The prototype with which a class decorator of this package met a method. Another class may get that method. */
const decoratedClassOf = new WeakMap<object, object>()

function decoratorsOf(prototype: object): Decorators {
  const known = decorated.get(prototype) ?? { ofMethods: new Map(), ofClass: [] }
  decorated.set(prototype, known)
  return known
}

function rememberOnMethod(prototype: object, name: string | symbol, method: object, access: Access): void {
  const decorator: Decorator = { access }
  Reflect.defineMetadata(decoratorsKey, [...decoratorsIn(method), decorator], method)
  const { ofMethods } = decoratorsOf(prototype)
  ofMethods.set(name, [...(ofMethods.get(name) ?? []), decorator])
}

function rememberOnClass(controller: NewableFunction, access: Access): void {
  const decorator: Decorator = { access }
  // As Nest's own: a class that extends this one has it too.
  Reflect.defineMetadata(decoratorsKey, [...decoratorsIn(controller), decorator], controller)
  decoratorsOf(controller.prototype).ofClass.push(decorator)
  for (const method of methodsOf(controller.prototype)) decoratedClassOf.set(method, controller.prototype)
}

function decoratorsIn(subject: unknown): readonly Decorator[] {
  return typeof subject === 'function' ? (Reflect.getMetadata(decoratorsKey, subject) ?? []) : []
}

const isRequirement = ({ access }: Decorator) => access === 'guarded'

const methodsOf = (prototype: object) =>
  Object.values(Object.getOwnPropertyDescriptors(prototype)).flatMap(({ value }) =>
    typeof value === 'function' && value !== prototype.constructor ? [value] : [],
  )

/**
 * Throws a TypeError if another decorator has replaced this controller or a method of it, so that what a decorator of this package
 * says is lost: the handlers would need no scopes. Classes that the controller extends count too.
 */
export function checkDecorators(controller: NewableFunction): void {
  for (let prototype = controller.prototype; prototype; prototype = Object.getPrototypeOf(prototype)) {
    checkMethods(controller, prototype)
    checkClass(controller, prototype)
  }
}

function checkMethods(controller: NewableFunction, prototype: object): void {
  for (const [name, decorators] of decorated.get(prototype)?.ofMethods ?? []) {
    const own: unknown = Object.getOwnPropertyDescriptor(prototype, name)?.value
    const present = decoratorsIn(own)
    if (!decorators.every((decorator) => present.includes(decorator))) {
      throw replaced(`${controller.name}.${String(name)}`)
    }
    const handler: unknown = controller.prototype[name]
    if (handler === own || !isRoute(handler) || !decorators.some(isRequirement)) continue
    if (Reflect.hasOwnMetadata(accessKey, handler)) continue
    throw new TypeError(
      `dpop-guard: ${controller.name}.${String(name)} overrides a handler that has a decorator of @dpop-guard/nestjs, and has ` +
        'none itself: write one above it, because Nest does not inherit them (@RequireClaims(() => true) accepts every caller)',
    )
  }
}

/** Nest's mark of a handler. A method without it has no route. */
const isRoute = (method: unknown): method is object =>
  typeof method === 'function' && Reflect.hasMetadata('path', method)

/** Nest reads what stands on the class that it was given, and on those that this class extends. */
function checkClass(controller: NewableFunction, prototype: object): void {
  const present = decoratorsIn(controller)
  const origins = [prototype, ...methodsOf(prototype).flatMap((method) => decoratedClassOf.get(method) ?? [])]
  for (const origin of new Set(origins)) {
    const requirements = decorated.get(origin)?.ofClass.filter(isRequirement) ?? []
    if (requirements.every((decorator) => present.includes(decorator))) continue
    throw replaced(`the class ${origin.constructor.name}`)
  }
}

function replaced(what: string): TypeError {
  return new TypeError(
    `dpop-guard: another decorator has replaced ${what}, so a decorator of @dpop-guard/nestjs below it has no effect: ` +
      'write it above the other one',
  )
}

function declareAccess(access: Access): CallerDecorator {
  return (target: object, name?: string | symbol, descriptor?: { readonly value?: unknown }): void => {
    const subject: unknown = descriptor === undefined ? target : descriptor.value
    if (typeof subject !== 'function')
      throw new TypeError('dpop-guard: put this decorator on a handler or a controller')
    const before: Access | undefined = Reflect.getOwnMetadata(accessKey, subject)
    if (before !== undefined && before !== access) {
      throw new TypeError(
        `dpop-guard: "@Public()" needs ${subject.name} to have no requirement such as @Scopes(): a public handler has no caller`,
      )
    }
    Reflect.defineMetadata(accessKey, access, subject)
    if (descriptor === undefined) rememberOnClass(subject as NewableFunction, access)
    else if (name !== undefined) rememberOnMethod(target, name, subject, access)
  }
}
