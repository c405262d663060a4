import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseCompactJws, splitCompactJws } from '../../../../packages/core/src/encoding/compact-jws.js'

describe('a compact JWS', () => {
  test('has three parts, and the first two are signed', () => {
    expect(parseCompactJws('aa.b-_.c')).toEqual({
      header: 'aa',
      payload: 'b-_',
      signature: 'c',
      signingInput: 'aa.b-_',
    })
  })

  test('may have an empty signature', () => {
    expect(parseCompactJws('a.b.')?.signature).toBe('')
  })

  test.each([
    ['no part', ''],
    ['one part', 'a'],
    ['two parts', 'a.b'],
    ['a fourth part', 'a.b.c.d'],
    ['a dot at its end', 'a.b.c.'],
    ['an empty header', '.b.c'],
    ['an empty payload', 'a..c'],
    ['padding', 'a.b.c='],
    ['base64', 'a.b+.c'],
    ['a space before it', ' a.b.c'],
    ['a line feed after it', 'a.b.c\n'],
    ['another alphabet', 'a.b.é'],
  ])('is malformed with %s', (_name, text) => {
    expect(parseCompactJws(text)).toBeUndefined()
  })

  test('is the string of its parts with dots between them, for any string', () => {
    const string = fc.array(fc.constantFrom('a', 'Z', '0', '-', '_', '.', '=', '+', '\n'), { maxLength: 12 })
    fc.assert(
      fc.property(string, (characters) => {
        const text = characters.join('')
        const jws = parseCompactJws(text)
        if (jws === undefined) expect(text).not.toMatch(/^[\w-]+\.[\w-]+\.[\w-]*$/)
        else expect([jws.header, jws.payload, jws.signature].join('.')).toBe(text)
        if (jws !== undefined) expect(`${jws.signingInput}.${jws.signature}`).toBe(text)
      }),
    )
  })
})

describe('the parts of a JWS that are decoded later', () => {
  test('are split, also where they are malformed', () => {
    expect(splitCompactJws(' .=.+')).toEqual({ header: ' ', payload: '=', signature: '+', signingInput: ' .=' })
    expect(splitCompactJws('..')).toEqual({ header: '', payload: '', signature: '', signingInput: '.' })
  })

  test.each(['', 'a', 'a.b', '.', 'a.b.c.d', 'a.b.c.', '...'])('are three, so not %j', (text) => {
    expect(splitCompactJws(text)).toBeUndefined()
  })
})
