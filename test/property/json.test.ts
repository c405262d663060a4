import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseJsonObject, peekMembers, typeName } from '../../packages/core/src/encoding/json.js'

const numRuns = 2000
const bounds = { levels: 8, weight: 10_000 }
const read = (text: string) => parseJsonObject(Buffer.from(text), bounds)

/** Levels of objects and lists. */
function depth(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  return 1 + Math.max(0, ...Object.values(value).map(depth))
}

/** Counts bytes outside of strings, one for a string, two for each escape, and more for parts that take JSON.parse longer. */
function weigh(text: string): number {
  const structure = text.replace(/"(?:[^"\\]|\\.)*"/gs, '"')
  const more = { ':': 11, ',': 3, '{': 7, '[': 7 } as Readonly<Record<string, number>>
  const escapes = text.match(/\\./gs) ?? []
  return [...structure].reduce((sum, character) => sum + 1 + (more[character] ?? 0), 2 * escapes.length)
}

const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Names that look like structure, with a number that makes each one unique. */
const name = fc.oneof(
  fc.string({ maxLength: 5 }),
  fc.constantFrom(
    'a',
    '":',
    '{',
    '}',
    '[',
    ']',
    ',',
    '\\',
    '\\"',
    '__proto__',
    'constructor',
    '',
    '\ud800',
    '\u0000',
    'é',
  ),
)
const tree = fc.letrec<{ value: unknown; object: Record<string, unknown> }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(fc.jsonValue({ maxDepth: 0 }), name),
    fc.array(tie('value'), { maxLength: 4 }),
    tie('object'),
  ),
  object: fc.dictionary(name, tie('value'), { maxKeys: 4, noNullPrototype: true }),
})).object

describe('reading a JSON object', () => {
  test('accepts every object of at most eight levels that JSON.parse accepts, with the same value', () => {
    fc.assert(
      fc.property(tree, fc.constantFrom(undefined, 1, '\t'), (object, indent) => {
        const text = JSON.stringify(object, undefined, indent)
        expect(read(text)).toEqual(depth(object) <= 8 ? JSON.parse(text) : undefined)
      }),
      { numRuns },
    )
  })

  test('accepts nothing that JSON.parse rejects, and returns the same value', () => {
    const damaged = fc
      .tuple(tree, fc.nat(), fc.nat(2), fc.oneof(fc.constantFrom(...'{}[]:,"\\ 0-'), fc.string({ maxLength: 3 })))
      .map(([object, at, removed, inserted]) => {
        const text = JSON.stringify(object)
        const start = at % (text.length + 1)
        return text.slice(0, start) + inserted + text.slice(start + removed)
      })
    fc.assert(
      fc.property(fc.oneof(damaged, fc.json(), fc.string({ unit: 'binary' })), (text) => {
        const value = read(text)
        if (value !== undefined) {
          expect(isObject(value)).toBe(true)
          expect(value).toEqual(JSON.parse(text))
        }
      }),
      { numRuns },
    )
  })

  test('rejects a member twice in any object, with any escapes in its name', () => {
    const write = (text: string, all: boolean) =>
      all
        ? `"${[...Array(text.length).keys()].map((i) => `\\u${text.charCodeAt(i).toString(16).padStart(4, '0')}`).join('')}"`
        : JSON.stringify(text)
    fc.assert(
      fc.property(
        ...([name, fc.boolean(), fc.boolean(), fc.nat(4), tree.filter((object) => depth(object) < 3)] as const),
        (twice, escapeFirst, escapeSecond, level, other) => {
          const between = Object.entries(other).filter(([key]) => key !== twice)
          const members = [
            `${write(twice, escapeFirst)}: 1`,
            ...between.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`),
          ]
          const wrap = (inner: string) =>
            [...Array(level).keys()].reduce(
              (text, n) => (n % 2 === 0 ? `{"${twice === 'o' ? 'p' : 'o'}":${text}}` : `{"l":[1,${text}]}`),
              inner,
            )
          const once = wrap(`{${members.join(',')}}`)
          const repeated = wrap(`{${[...members, `${write(twice, escapeSecond)} :2`].join(',')}}`)
          if (read(once) === undefined) return
          expect(() => JSON.parse(repeated)).not.toThrow()
          expect(read(repeated)).toBeUndefined()
        },
      ),
      { numRuns },
    )
  })

  test('accepts the same name in different objects', () => {
    fc.assert(
      fc.property(name, (same) => {
        const key = JSON.stringify(same)
        const text = `{${key}:{${key}:[{${key}:1},{${key}:2}]}}`
        expect(read(text)).toEqual(JSON.parse(text))
      }),
      { numRuns: 500 },
    )
  })

  test('accepts bytes only as valid UTF-8 without a byte order mark', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 6 }), (inserted) => {
        const bytes = Buffer.concat([Buffer.from('{"a":"'), inserted, Buffer.from('"}')])
        const value = parseJsonObject(bytes, bounds)
        if (value !== undefined) {
          const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
          expect(value).toEqual(JSON.parse(text))
        }
      }),
      { numRuns },
    )
    expect(parseJsonObject(Buffer.from('\ufeff{"a":1}'), bounds)).toBeUndefined()
    expect(parseJsonObject(Buffer.from('{"a":"\u00e9"}', 'latin1'), bounds)).toBeUndefined()
    expect(parseJsonObject(Buffer.from('{"a":1}', 'utf16le'), bounds)).toBeUndefined()
    expect(parseJsonObject(Buffer.from([0xc0, 0x80]), bounds)).toBeUndefined()
  })

  test('rejects an object that weighs more than its bounds', () => {
    fc.assert(
      fc.property(tree, fc.constantFrom(undefined, 1, '\t'), (object, indent) => {
        const text = JSON.stringify(object, undefined, indent)
        if (read(text) === undefined) return
        const bytes = Buffer.from(text)
        const weight = weigh(text)
        expect(parseJsonObject(bytes, { levels: 8, weight })).toEqual(JSON.parse(text))
        expect(parseJsonObject(bytes, { levels: 8, weight: weight - 1 })).toBeUndefined()
      }),
      { numRuns },
    )
  })

  test('accepts strings of any length', () => {
    const object = { a: 'b'.repeat(100_000), list: Array.from({ length: 1000 }, () => 'c'.repeat(36)) }
    expect(parseJsonObject(Buffer.from(JSON.stringify(object)), { levels: 8, weight: 6100 })).toEqual(object)
  })

  test.each([1, 7, 8])('accepts %d levels', (levels) => {
    const text = `{"a":`.repeat(levels) + 1 + '}'.repeat(levels)
    expect(read(text)).toEqual(JSON.parse(text))
  })

  test.each([9, 10, 1000, 100_000])('rejects %d levels', (levels) => {
    expect(read(`{"a":`.repeat(levels) + 1 + '}'.repeat(levels))).toBeUndefined()
    expect(read(`{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`)).toBeUndefined()
  })

  test.each(['', 'null', '1', '"a"', '[]', '[{}]', 'true', '{', '{}{}', '{}x', "{'a':1}", '{a:1}', '{"a":1,}'])(
    'rejects %j, which is not an object',
    (text) => {
      expect(read(text)).toBeUndefined()
    },
  )
})

describe('peeking at members of a JSON object', () => {
  const wanted = ['iss', 'a', '__proto__', 'nonce']
  const peek = (text: string) => peekMembers(Buffer.from(text), bounds, wanted)
  /** Returns a string unchanged, and the type of any other value. */
  const shapeOf = (value: unknown) => (typeof value === 'string' ? value : [typeName(value)])
  const shapes = (object: Record<string, unknown>) =>
    wanted.filter((name) => Object.hasOwn(object, name)).map((name) => [name, shapeOf(object[name])])
  const inEscapes = (text: string) =>
    [...text].map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')
  const members = fc.dictionary(fc.oneof(fc.constantFrom(...wanted), name), fc.oneof(name, tree, fc.jsonValue()), {
    maxKeys: 6,
    noNullPrototype: true,
  })

  test('finds the values that JSON.parse finds, with any escapes in names', () => {
    fc.assert(
      fc.property(members, fc.constantFrom(undefined, 1, '\t'), fc.boolean(), (object, indent, escaped) => {
        const plain = JSON.stringify(object, undefined, indent)
        const text = escaped ? plain.replace(/"(iss|a|nonce)"/g, (_, found: string) => `"${inEscapes(found)}"`) : plain
        const value = read(text)
        if (value === undefined) return
        expect(shapes(peek(text) ?? {})).toEqual(shapes(value))
      }),
      { numRuns },
    )
  })

  test('finds the last of several members with the same name, as JSON.parse does', () => {
    expect(peek('{"iss":"a","iss":"b","x":{"iss":"c"}}')).toEqual({ iss: 'b' })
  })

  test('never throws, and finds an object in every valid JSON object', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(40), (inserted, at) => {
        const text = Buffer.from('{"iss" :"\\u0061b","a":[{"iss":1}], "nonce":null}')
        const bytes = Buffer.concat([text.subarray(0, at), inserted, text.subarray(at)])
        const peeked = peekMembers(bytes, bounds, wanted)
        const value = parseJsonObject(bytes, bounds)
        if (value !== undefined) expect(shapes(peeked ?? {})).toEqual(shapes(value))
      }),
      { numRuns },
    )
  })

  test.each(['', 'null', '1', '"a"', '[]', '[{}]', '{', '{"a":[}', '{"iss":"\\x"}', 'x{}', '\ufeff{}', '{"iss":"'])(
    'finds no object in %s',
    (text) => {
      expect(peek(text)).toBeUndefined()
    },
  )

  test('finds no object beyond the bounds', () => {
    expect(peekMembers(Buffer.from('{"iss":"a","b":[1,2]}'), { levels: 1, weight: 100 }, wanted)).toBeUndefined()
    expect(peekMembers(Buffer.from('{"iss":"a","b":[1,2]}'), { levels: 2, weight: 10 }, wanted)).toBeUndefined()
  })
})
