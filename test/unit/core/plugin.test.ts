import { createGuard } from '@dpop-guard/core'
import { createScopeCheck, readPluginOptions } from '@dpop-guard/core/plugin'
import { describe, expect, test } from 'vitest'
import { createScene, mistyped, resource } from '../../support/guard-scene.js'

describe('a plugin says how to correct the mistake', () => {
  test('when it is not called with options, at the first request', () => {
    const request = { rawHeaders: [], url: '/' }
    expect(() => readPluginOptions(mistyped(request))).toThrow(
      '"options" must be an object, as in dpopGuard({ issuer, resource }), got a request',
    )
  })

  const options = { issuer: 'https://as.example.com', resource }

  test.each<[what: string, given: unknown, said: string]>([
    ['nothing', undefined, 'dpop-guard: "options" must be an object, got undefined'],
    ['null', null, 'dpop-guard: "options" must be an object, got null'],
    [
      'a guard and options',
      { ...options, guard: createScene().guard },
      'dpop-guard: "guard" needs "issuer" to be left out: pass it to createGuard()',
    ],
    ['an invalid guard', { guard: {} }, 'dpop-guard: "guard" must be a guard that createGuard() returned, got {}'],
    ['null for a guard', { guard: null }, 'dpop-guard: "guard" must be a guard that createGuard() returned, got null'],
    [
      'an unknown onRejected',
      { ...options, onRejected: 'throw' },
      'dpop-guard: "onRejected" must be "respond" or "error", got "throw"',
    ],
  ])('when it is given %s', (_, given, said) => {
    expect(() => readPluginOptions(mistyped(given))).toThrow(new TypeError(said))
  })

  test('and accepts a guard, or the options of one, and undefined for onRejected', () => {
    const { guard } = createScene()
    expect(readPluginOptions({ guard })).toMatchObject({ guard, onRejected: 'respond' })
    expect(readPluginOptions({ guard, onRejected: 'respond' })).toMatchObject({ onRejected: 'respond' })
    expect(readPluginOptions({ ...options, onRejected: 'error' })).toMatchObject({ onRejected: 'error' })
  })

  test.each<[what: string, given: object]>([
    ['are getters of a class', new ClassOptions()],
    ['are on a prototype', Object.create({ ...options, resourceMetadata: {} })],
    ['are not enumerable', Object.defineProperty({ ...options }, 'resourceMetadata', { value: {} })],
  ])('and reads options that %s, as createGuard does', (_, given) => {
    expect(createGuard(mistyped(given)).resourceMetadata).toBeDefined()
    expect(readPluginOptions(mistyped(given)).guard.resourceMetadata).toBeDefined()
  })

  test('and reads a guard on a prototype', () => {
    const { guard } = createScene()
    expect(readPluginOptions(Object.create({ guard }))).toMatchObject({ guard })
  })

  test('when an option cannot be read', () => {
    const given = {
      ...options,
      get realm() {
        throw new Error('theirs')
      },
    }
    expect(() => readPluginOptions(mistyped(given))).toThrow('dpop-guard: "realm" must be readable, got an error')
  })

  test('when a guard is given together with options of a class', () => {
    const given = Object.assign(new ClassOptions(), { guard: createScene().guard })
    expect(() => readPluginOptions(mistyped(given))).toThrow(
      '"guard" needs "issuer" to be left out: pass it to createGuard()',
    )
  })

  test('and leaves the options of the adapter to the adapter', () => {
    const given = { ...options, requestProperty: 'caller' }
    expect(readPluginOptions(given, ['requestProperty'])).toMatchObject({ onRejected: 'respond' })
    expect(() => readPluginOptions(given)).toThrow('unknown option "requestProperty"')
  })

  test('when a scope is invalid', () => {
    expect(() => createScopeCheck(['a b'])).toThrow('"scopes" must be a list of scope tokens')
  })

  test('when the scopes are a list', () => {
    expect(() => createScopeCheck(mistyped([['orders:read']]))).toThrow(
      '"scopes" must be one argument each, as in requireScopes("a", "b")',
    )
  })

  test('when there is no issuer', () => {
    const options = { resource: 'https://api.example.com' }
    expect(() => createGuard(options)).toThrow('option "issuer" is required: the authorization server\'s URL')
  })
})

class ClassOptions {
  issuer = 'https://as.example.com'
  get resource() {
    return resource
  }
  get resourceMetadata() {
    return {}
  }
}
