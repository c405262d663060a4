import { AnyScope, Public, RequireClaims, RequireDpop, Scopes, StepUp } from '@dpop-guard/nestjs'
import { Get } from '@nestjs/common'
import { describe, expect, test } from 'vitest'
import { checkDecorators, isPublic } from '../../../packages/nestjs/src/decorators.js'

const besideRequirement = (name: string) =>
  new TypeError(
    `dpop-guard: "@Public()" needs ${name} to have no requirement such as @Scopes(): a public handler has no caller`,
  )

test('a public handler cannot have a requirement, in either order', () => {
  expect(() => {
    class Orders {
      @Public()
      @Scopes('orders')
      list() {}
    }
    return Orders
  }).toThrow(besideRequirement('list'))
  expect(() => {
    class Orders {
      @StepUp({ maxAgeSeconds: 60 })
      @Public()
      list() {}
    }
    return Orders
  }).toThrow(besideRequirement('list'))
})

test('a public controller cannot have a requirement', () => {
  expect(() => {
    @Public()
    @Scopes('orders')
    class Orders {}
    return Orders
  }).toThrow(besideRequirement('Orders'))
})

test('a controller may say other things than its parent class', () => {
  @Public()
  class Pages {
    @Get()
    list() {}
  }
  expect(() => Scopes('drafts')(class Drafts extends Pages {})).not.toThrow()
})

test('a decorator is for handlers and controllers', () => {
  const wrong = new TypeError('dpop-guard: put this decorator on a handler or a controller')
  for (const decorate of [Public(), Scopes('orders')]) {
    expect(() => decorate({}, 'name', { value: 'not a function' } as never)).toThrow(wrong)
    expect(() => decorate({}, 'name', {})).toThrow(wrong)
  }
})

test('an invalid requirement throws when the class is defined', () => {
  expect(() => Scopes()).toThrow('dpop-guard: option "scopes" is required: one scope or more')
  expect(() => Scopes('two scopes')).toThrow('dpop-guard: "scopes')
  expect(() => StepUp({})).toThrow(TypeError)
})

test('a controller that extends a public one is guarded, except for its public handlers', () => {
  @Public()
  class Health {
    status() {}
  }
  class Admin extends Health {
    secret() {}

    @Public()
    version() {}
  }
  const contextOf = (controller: object, handler: object) =>
    ({ getClass: () => controller, getHandler: () => handler }) as never
  expect(isPublic(contextOf(Health, Health.prototype.status))).toBe(true)
  expect(isPublic(contextOf(Admin, Admin.prototype.secret))).toBe(false)
  expect(isPublic(contextOf(Admin, Admin.prototype.status))).toBe(false)
  expect(isPublic(contextOf(Admin, Admin.prototype.version))).toBe(true)
})

describe('a decorator that replaces the method', () => {
  /** As decorators for logging, retries and transactions do. */
  const replaces = (_target: object, _name: string, descriptor: PropertyDescriptor) => {
    const { value } = descriptor
    descriptor.value = function (this: unknown, ...args: unknown[]) {
      return value.apply(this, args)
    }
  }
  const copies = (target: object, name: string, descriptor: PropertyDescriptor) => {
    const { value } = descriptor
    replaces(target, name, descriptor)
    for (const key of Reflect.getMetadataKeys(value)) {
      Reflect.defineMetadata(key, Reflect.getMetadata(key, value), descriptor.value)
    }
  }
  const lost = (name: string) =>
    new TypeError(
      `dpop-guard: another decorator has replaced ${name}, so a decorator of @dpop-guard/nestjs below it has no effect: ` +
        'write it above the other one',
    )

  test.each([
    ['@Scopes()', Scopes('orders')],
    ['@AnyScope()', AnyScope('orders')],
    ['@RequireClaims()', RequireClaims(() => true)],
    ['@RequireDpop()', RequireDpop()],
    ['@StepUp()', StepUp({ maxAgeSeconds: 60 })],
    ['@Public()', Public()],
  ])('is an error above %s, and none below it', (_, ours) => {
    class Below {
      @ours
      @replaces
      list() {}
    }
    class Above {
      @replaces
      @ours
      list() {}
    }
    expect(() => checkDecorators(Below)).not.toThrow()
    expect(() => checkDecorators(Above)).toThrow(lost('Above.list'))
  })

  test('is an error between two of ours, and in a class that the controller extends', () => {
    class Orders {
      @Scopes('orders')
      @replaces
      @AnyScope('read', 'write')
      list() {}
    }
    class MoreOrders extends Orders {}
    expect(() => checkDecorators(Orders)).toThrow(lost('Orders.list'))
    expect(() => checkDecorators(MoreOrders)).toThrow(lost('MoreOrders.list'))
  })

  test('is no error if it copies the metadata, or if a class overrides the method', () => {
    class Orders {
      @copies
      @Scopes('orders')
      list() {}

      @Scopes('orders')
      @AnyScope('read', 'write')
      create() {}
    }
    class Other extends Orders {
      override list() {}
    }
    expect(() => checkDecorators(Orders)).not.toThrow()
    expect(() => checkDecorators(Other)).not.toThrow()
  })
})
