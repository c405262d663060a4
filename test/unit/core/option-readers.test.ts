import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import {
  conflictingOptions,
  hiddenOption,
  invalidOption,
  missingOption,
  readChoiceOption,
  readFunctionOption,
  readMemberOption,
  readObjectOption,
  readSecondsOption,
} from '../../../packages/core/src/option-readers.js'

describe('an option error says what to do, in one of three forms:', () => {
  test('missing', () => {
    expect(missingOption('issuer', "the authorization server's URL")).toEqual(
      new TypeError('dpop-guard: option "issuer" is required: the authorization server\'s URL'),
    )
  })

  test('conflicting', () => {
    expect(conflictingOptions('otherSchemes', 'credentials: "optional"')).toEqual(
      new TypeError('dpop-guard: "otherSchemes" needs credentials: "optional"'),
    )
  })

  test('invalid', () => {
    expect(() => readChoiceOption('mode', 'dpop', 'dpop-only', ['dpop-only', 'bearer-and-dpop'])).toThrow(
      new TypeError('dpop-guard: "mode" must be "dpop-only" or "bearer-and-dpop", got "dpop"'),
    )
  })

  test('invalid, of a value that may be secret', () => {
    expect(hiddenOption('nonce', 'an object')).toEqual(
      new TypeError('dpop-guard: "nonce" must be an object, got a value that is not shown'),
    )
  })
})

describe('an invalid value is shown', () => {
  test.each<[value: unknown, shown: string]>([
    ['a', '"a"'],
    ["it's", '"it\'s"'],
    ['say "a"', '"say \\"a\\""'],
    [`it's "a"`, '`it\'s "a"`'],
    ['a\\', '"a\\\\"'],
    ['a\nb', '"a\\nb"'],
    [['a', "it's", 1], '[ "a", "it\'s", 1 ]'],
    [["it's", 'b'], '[ "it\'s", "b" ]'],
    [['it\'s "a"', 'b'], '[ `it\'s "a"`, "b" ]'],
    [{ 'x-y': 'a' }, '{ "x-y": "a" }'],
    [() => {}, '[Function (anonymous)]'],
  ])('with its strings in double quotes: %o', (value, shown) => {
    expect(invalidOption('a', value, 'b').message).toBe(`dpop-guard: "a" must be b, got ${shown}`)
  })

  test('without running its own code', () => {
    const value = { [inspect.custom]: () => expect.unreachable() }
    expect(invalidOption('a', value, 'b').message).toContain('got {')
  })

  test('in one line, cut short', () => {
    const { message } = invalidOption('a', ['x'.repeat(1000), 'y\n'.repeat(1000)], 'b')
    expect(message.length).toBeLessThan(300)
    expect(message).not.toContain('\n')
  })
})

test.each([
  [['a', 'b'], '"a" or "b"'],
  [['a', 'b', 'c'], '"a", "b" or "c"'],
])('the choices %j are listed as %s', (choices, listed) => {
  expect(() => readChoiceOption('x', 'other', 'a', choices)).toThrow(`"x" must be ${listed}, got "other"`)
})

test('the error for a value whose own code throws names it and has the cause', () => {
  const cause = new Error('broken')
  const value = {
    get a() {
      throw cause
    },
  }
  const expected = expect.objectContaining({ message: 'dpop-guard: "x.a" must be readable, got an error', cause })
  expect(() => readMemberOption('x', value, 'a')).toThrow(expected)
  expect(() => readObjectOption('x', value, ['a'])).toThrow(expected)
})

test('options that cannot be listed are named "options"', () => {
  const cause = new Error('broken')
  const unlisted = new Proxy(
    {},
    {
      ownKeys() {
        throw cause
      },
    },
  )
  expect(() => readObjectOption('', unlisted, [])).toThrow(
    expect.objectContaining({ message: 'dpop-guard: "options" must be readable, got an error', cause }),
  )
})

test.each([
  [0, 0],
  [0.5, 0.5],
  [3, 3],
  [undefined, 2],
])('of a number of seconds from 0 to 3, %j is read as %j', (value, read) => {
  expect(readSecondsOption('x', value, 2, { min: 0, max: 3 })).toBe(read)
})

test.each([-0.1, 3.1, Number.NaN, '1', null])('%j is not a number of seconds from 0 to 3', (value) => {
  expect(() => readSecondsOption('x', value, 2, { min: 0, max: 3 })).toThrow(
    '"x" must be a number of seconds from 0 to 3, got ',
  )
})

test('a function is returned unchanged, and undefined too', () => {
  const hook = () => true
  expect(readFunctionOption('isRevoked', hook)).toBe(hook)
  expect(readFunctionOption('isRevoked', undefined)).toBeUndefined()
  expect(() => readFunctionOption('isRevoked', 'x')).toThrow('dpop-guard: "isRevoked" must be a function, got "x"')
})
