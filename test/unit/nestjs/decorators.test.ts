import { Public, Scopes, StepUp } from '@dpop-guard/nestjs'
import { Get } from '@nestjs/common'
import { expect, test } from 'vitest'
import { isPublic } from '../../../packages/nestjs/src/decorators.js'

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
