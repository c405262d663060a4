import { readPluginOptions } from '@dpop-guard/core/plugin'
import { CurrentAuth, DpopGuard, Public, Scopes } from '@dpop-guard/nestjs'
import { ROUTE_ARGS_METADATA } from '@nestjs/common/internal'
import { ExecutionContextHost } from '@nestjs/core/internal'
import { describe, expect, test } from 'vitest'
import { createScene } from '../../support/guard-scene.js'

class Orders {
  list() {}

  @Scopes('orders')
  guarded() {}

  @Public()
  open(@CurrentAuth() _auth: unknown) {}
}

const contextOf = (type: string, handler: keyof Orders) => {
  const context = new ExecutionContextHost([{}, {}, { req: {} }], Orders, Orders.prototype[handler])
  context.setType(type)
  return context
}

describe.each(['graphql', 'ws', 'rpc'])('a handler of kind %s', (type) => {
  const guard = new DpopGuard(readPluginOptions(createScene().options))

  test('is rejected, with an error that says what to do', async () => {
    await expect(guard.canActivate(contextOf(type, 'list'))).rejects.toThrow(
      `dpop-guard: Orders.list handles "${type}", and DpopModule guards the handlers of HTTP controllers only; ` +
        'mark it with @Public(), and guard the HTTP request that leads to it',
    )
  })

  test('is called if it is public, and has no caller', async () => {
    expect(await guard.canActivate(contextOf(type, 'open'))).toBe(true)
    const [parameter]: { factory: (data: unknown, context: unknown) => unknown }[] = Object.values(
      Reflect.getMetadata(ROUTE_ARGS_METADATA, Orders, 'open'),
    )
    expect(() => parameter?.factory(undefined, contextOf(type, 'open'))).toThrow(`Orders.open handles "${type}"`)
  })

  test('is rejected by its own requirement too', () => {
    const [requirement]: { canActivate(context: unknown): unknown }[] = Reflect.getMetadata(
      '__guards__',
      Orders.prototype.guarded,
    )
    expect(() => requirement?.canActivate(contextOf(type, 'guarded'))).toThrow(`Orders.guarded handles "${type}"`)
  })
})
