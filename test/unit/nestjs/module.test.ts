import { DpopModule } from '@dpop-guard/nestjs'
import { describe, expect, test } from 'vitest'
import { mistyped } from '../../support/guard-scene.js'

const options = { issuer: 'https://as.example.com', resource: 'https://api.example.com' }

test('forRoot throws for invalid options', () => {
  expect(() => DpopModule.forRoot(mistyped({ issuer: options.issuer }))).toThrow(
    'dpop-guard: option "resource" is required',
  )
  expect(() => DpopModule.forRoot(mistyped({ ...options, resorce: '' }))).toThrow('did you mean "resource"?')
  expect(() => DpopModule.forRoot(mistyped(undefined))).toThrow('dpop-guard: "options" must be an object')
})

describe('forRootAsync throws for', () => {
  class Factory {
    createDpopOptions() {
      return options
    }
  }
  const useFactory = () => options

  test.each([
    {
      name: 'no source of options',
      given: { imports: [] },
      message: 'dpop-guard: option "useFactory" is required: a function that returns the options; or set "useClass"',
    },
    {
      name: 'two sources of options',
      given: { useFactory, useClass: Factory },
      message: 'dpop-guard: "useClass" needs "useFactory" to be left out',
    },
    {
      name: 'a misspelt option',
      given: { useFactry: useFactory },
      message: 'dpop-guard: unknown option "useFactry", did you mean "useFactory"?',
    },
    {
      name: 'no object',
      given: useFactory,
      message: 'dpop-guard: "options" must be an object, got [Function: useFactory]',
    },
  ])('$name', ({ given, message }) => {
    expect(() => DpopModule.forRootAsync(mistyped(given))).toThrow(new TypeError(message))
  })
})
