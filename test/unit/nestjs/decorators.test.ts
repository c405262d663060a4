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

describe('a decorator that replaces the class', () => {
  // biome-ignore lint/suspicious/noExplicitAny: the type that TypeScript wants of a class to extend.
  type Class = new (...args: any[]) => object
  const extended = (target: Class) => class extends target {}
  const proxied = (target: Class) => new Proxy(target, {})
  const wrapped = (target: Class) => {
    const make = function (this: unknown, ...args: unknown[]) {
      return Reflect.construct(target, args)
    }
    make.prototype = target.prototype
    return make as unknown as Class
  }
  const copied = (target: Class) => {
    class Copy {}
    const { constructor: _own, ...methods } = Object.getOwnPropertyDescriptors(target.prototype)
    Object.defineProperties(Copy.prototype, methods)
    return Copy
  }
  const lost = new TypeError(
    'dpop-guard: another decorator has replaced the class Orders, so a decorator of @dpop-guard/nestjs below it has no effect: ' +
      'write it above the other one',
  )
  const requirements: [string, ClassDecorator][] = [
    ['@Scopes()', Scopes('orders')],
    ['@AnyScope()', AnyScope('orders')],
    ['@RequireClaims()', RequireClaims(() => true)],
    ['@RequireDpop()', RequireDpop()],
    ['@StepUp()', StepUp({ maxAgeSeconds: 60 })],
  ]
  const decorate = (ours: ClassDecorator): Class => {
    @ours
    class Orders {
      @Get()
      list() {}
    }
    return Orders
  }

  describe.each([
    ['by a proxy', proxied],
    ['by a function that makes its instances', wrapped],
    ['by a class with its methods', copied],
  ])('%s', (_form, replace) => {
    test.each(requirements)('is an error above %s, and none below it', (_, ours) => {
      expect(() => checkDecorators(replace(decorate(ours)))).toThrow(lost)
      const Plain = decorate(() => {})
      const above = replace(Plain)
      ours(above)
      expect(() => checkDecorators(above)).not.toThrow()
    })

    test('is no error above @Public(), because the handlers are guarded then', () => {
      expect(() => checkDecorators(replace(decorate(Public())))).not.toThrow()
    })
  })

  test.each(requirements)('by a class that extends it is no error above %s, because it inherits', (_, ours) => {
    expect(() => checkDecorators(extended(decorate(ours)))).not.toThrow()
  })

  test('keeps what stands on methods that it keeps', () => {
    class Orders {
      @Get()
      @Scopes('orders')
      list() {}
    }
    for (const replace of [extended, proxied, wrapped, copied]) {
      expect(() => checkDecorators(replace(Orders))).not.toThrow()
    }
  })

  test('and overrides a handler is an error if the handler had a requirement, and has none any more', () => {
    class Orders {
      @Get()
      @Scopes('orders')
      list() {}

      @Get('health')
      @Public()
      health() {}
    }
    const overrides = (target: Class, copies: (key: string) => boolean) => {
      const replacement = class extends target {}
      const { constructor: _own, ...methods } = Object.getOwnPropertyDescriptors(target.prototype)
      for (const [name, { value }] of Object.entries(methods)) {
        const method = (...args: unknown[]) => value(...args)
        for (const key of Reflect.getMetadataKeys(value).filter(copies)) {
          Reflect.defineMetadata(key, Reflect.getMetadata(key, value), method)
        }
        Object.defineProperty(replacement.prototype, name, { value: method, configurable: true })
      }
      Object.defineProperty(replacement, 'name', { value: target.name })
      return replacement
    }
    expect(() => checkDecorators(overrides(Orders, (key) => ['path', 'method'].includes(key)))).toThrow(
      new TypeError(
        'dpop-guard: Orders.list overrides a handler that has a decorator of @dpop-guard/nestjs, and has none itself: write one ' +
          'above it, because Nest does not inherit them (@RequireClaims(() => true) accepts every caller)',
      ),
    )
    expect(() => checkDecorators(overrides(Orders, () => true))).not.toThrow()
    // Without a route, nobody can call it.
    expect(() => checkDecorators(overrides(Orders, () => false))).not.toThrow()
  })

  test('a class that overrides a handler says again what it needs', () => {
    class Orders {
      @Get()
      @Scopes('orders')
      list() {}
    }
    class Silent extends Orders {
      @Get()
      override list() {}
    }
    class Explicit extends Orders {
      @Get()
      @Scopes('others')
      override list() {}
    }
    expect(() => checkDecorators(Silent)).toThrow('dpop-guard: Silent.list overrides a handler')
    expect(() => checkDecorators(Explicit)).not.toThrow()
  })
})
