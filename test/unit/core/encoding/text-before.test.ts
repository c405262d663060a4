import fc from 'fast-check'
import { expect, test } from 'vitest'
import { textBefore } from '../../../../packages/core/src/encoding/text-before.js'

test.each([
  ['/a?b#c', ['?', '#'], '/a'],
  ['/a#b?c', ['?', '#'], '/a'],
  ['/a', ['?', '#'], '/a'],
  ['?', ['?', '#'], ''],
  ['', ['?', '#'], ''],
  ['a@b/c\\d', ['/', '\\', '@'], 'a'],
])('%j before %j is %j', (text, characters, expected) => {
  expect(textBefore(text, characters)).toBe(expected)
})

test('is what a search for each character finds', () => {
  const character = fc.constantFrom('a', '?', '#', '/', '\u{1f600}')
  fc.assert(
    fc.property(fc.array(character), (characters) => {
      const text = characters.join('')
      expect(textBefore(text, ['?', '#'])).toBe(text.split(/[?#]/)[0])
    }),
  )
})
