import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeBase64url, decodeBase64urlPart } from '../../packages/core/src/encoding/base64url.js'

const numRuns = 3000
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** RFC 4648 section 5 with section 3.5: the bits behind the last whole byte are zero. */
function isCanonical(text: string): boolean {
  const last = alphabet.indexOf(text.at(-1) ?? 'A')
  const strayBits = [0, Number.NaN, 4, 2][text.length % 4] ?? Number.NaN
  return [...text].every((character) => alphabet.includes(character)) && last % 2 ** strayBits === 0
}

const nearly = fc.array(fc.constantFrom(...alphabet, '=', '+', '/', ' ', '\n', '.', 'é'), { maxLength: 12 })
const clean = fc.array(fc.constantFrom(...alphabet), { maxLength: 12 })
const text = fc.oneof(nearly, clean).map((characters) => characters.join(''))

describe('decoding base64url', () => {
  test('returns the bytes that were encoded', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(decodeBase64url(Buffer.from(bytes).toString('base64url'))).toEqual(Buffer.from(bytes))
      }),
      { numRuns },
    )
  })

  test('accepts exactly the canonical spellings', () => {
    fc.assert(
      fc.property(fc.oneof(text, fc.string({ unit: 'binary' })), (input) => {
        expect(decodeBase64url(input) !== undefined).toBe(isCanonical(input))
      }),
      { numRuns },
    )
  })

  test('takes the same strings as parts of a compact JWS, if they have no other characters', () => {
    const part = fc.array(fc.constantFrom(...alphabet), { maxLength: 200 }).map((characters) => characters.join(''))
    fc.assert(
      fc.property(part, (input) => {
        expect(decodeBase64urlPart(input)).toEqual(decodeBase64url(input))
      }),
      { numRuns },
    )
  })

  test('never returns the same bytes for two strings', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        const [first, second] = [decodeBase64url(a), decodeBase64url(b)]
        if (first !== undefined && second !== undefined) expect(first.equals(second)).toBe(a === b)
      }),
      { numRuns },
    )
  })

  test('rejects every non-canonical last character of a string that does not end on a byte', () => {
    for (const [bytes, canonical] of [
      [1, 4],
      [2, 16],
    ] as const) {
      const stem = Buffer.alloc(bytes, 0xa5).toString('base64url').slice(0, -1)
      const taken = [...alphabet].filter((character) => decodeBase64url(stem + character) !== undefined)
      expect(taken).toHaveLength(canonical)
    }
  })
})
