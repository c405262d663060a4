// How much JSON a token or a proof may hold. JSON.parse takes long for many small values, and they are not yet authentic.
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { isWithin, parseJsonObject, peekMembers, typeName } from '../../../../packages/core/src/encoding/json.js'
import { createScene, now, outcome } from '../../../support/guard-scene.js'

const members = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`member-${at}`, at]))
const groups = (count: number) => Array.from({ length: count }, (_, at) => `group-${at}-of-the-directory`)
const clients = (count: number) =>
  Object.fromEntries(
    Array.from({ length: count }, (_, at) => [`client-${at}-of-the-realm`, { roles: ['view', 'edit'] }]),
  )

/** The verdict for a request whose access token has these claims too. */
function askWithToken(claims: Record<string, unknown>): Promise<string> {
  const { guard, request, issuer, client } = createScene()
  return outcome(guard, request({ accessToken: issuer.mint({ now, cnf: { jkt: client.jkt }, ...claims }) }))
}

test.each([
  ['1 200 groups', { groups: groups(1200) }],
  ['roles for 140 clients', { resource_access: clients(140) }],
  ['350 claims', members(350)],
  ['a string of escapes', { name: '\n'.repeat(3500) }],
  ['1 600 groups, because it is longer than 16 KB', { groups: groups(1600) }],
])('an access token with %s is read', async (_, claims) => {
  expect(await askWithToken(claims)).toBe('accepted')
})

test.each([
  ['2 000 numbers', { numbers: Array.from({ length: 2000 }, () => 1) }],
  ['1 000 empty lists', { lists: Array.from({ length: 1000 }, () => []) }],
  ['500 claims', members(500)],
  ['a long string of escapes', { name: '\n'.repeat(10_000) }],
])('an access token with %s is malformed', async (_, claims) => {
  expect(await askWithToken(claims)).toBe('401 token_malformed')
})

test('a header of an access token may have fewer members than its claims', async () => {
  const { guard, request, issuer, client } = createScene()
  const mint = (header: Record<string, unknown>) =>
    request({ accessToken: issuer.mint({ now, cnf: { jkt: client.jkt } }, { header }) })
  expect(await outcome(guard, mint({ x5c: ['A'.repeat(2000), 'A'.repeat(2000)], ...members(20) }))).toBe('accepted')
  expect(await outcome(guard, mint(members(100)))).toBe('401 token_malformed')
})

test('a proof may have tens of additional members, not hundreds', async () => {
  const { guard, request } = createScene()
  expect(await outcome(guard, request({ proof: { claims: members(30) } }))).toBe('accepted')
  expect(await outcome(guard, request({ proof: { claims: members(150) } }))).toBe('401 proof_malformed')
})

const wide = { levels: 8, weight: 10_000 }
const parse = (json: string, bounds = wide) => parseJsonObject(Buffer.from(json), bounds)

describe('parsing a JSON object', () => {
  test.each([
    '{}',
    ' \t\r\n{"a":1} ',
    '{"a":{"a":[{"a":"é"}]}}',
    '{"":"","\\u0041":"\\""}',
    '{"a":["b","b"],"b":null}',
  ])('returns what JSON.parse returns: %s', (json) => {
    expect(parse(json)).toEqual(JSON.parse(json))
  })

  test.each([
    '',
    '[]',
    '1',
    'null',
    '"a"',
    '{"a":1',
    '{"a":1}}',
    '{"a"}',
    '{"a":1,}',
    '{"a":\\u0031}',
    '\ufeff{}',
    '{:1}',
  ])('returns undefined for anything else: %s', (json) => {
    expect(parse(json)).toBeUndefined()
  })

  test.each(['{"a":1,"a":1}', '{"a":1,"\\u0061":1}', '{"b":{"a":1,"a":1}}', '{"b":[[{"a":1},{"a":1,"a":1}]]}'])(
    'returns undefined for a repeated member: %s',
    (json) => {
      expect(() => JSON.parse(json)).not.toThrow()
      expect(parse(json)).toBeUndefined()
    },
  )

  test.each([[0xff], [0xe9], [0xc0, 0x80], [0xed, 0xa0, 0x80]])(
    'returns undefined for the bytes %j, not UTF-8',
    (...bytes) => {
      const json = Buffer.concat([Buffer.from('{"a":"'), Buffer.from(bytes), Buffer.from('"}')])
      expect(parseJsonObject(json, wide)).toBeUndefined()
    },
  )

  test('does not call JSON.parse beyond the bounds', () => {
    const spied = vi.spyOn(JSON, 'parse')
    onTestFinished(() => spied.mockRestore())
    expect(parse('{"a":[1]}', { levels: 1, weight: 100 })).toBeUndefined()
    expect(parse('{"a":[1]}', { levels: 2, weight: 10 })).toBeUndefined()
    expect(spied).not.toHaveBeenCalled()
  })

  test.each<[json: string, weight: number]>([
    ['{}', 8 + 1],
    ['{"a":1}', 8 + 1 + 12 + 1 + 1],
    ['{"a":[1,2]}', 8 + 1 + 12 + 8 + 1 + 4 + 1 + 1 + 1],
    ['{"a":[],"b":{}}', 8 + 1 + 12 + 8 + 1 + 4 + 1 + 12 + 8 + 1 + 1],
    ['{"long name":"long value {}[]:,"}', 8 + 1 + 12 + 1 + 1],
    ['{"\\n\\"":true}', 8 + 1 + 2 + 2 + 12 + 4 + 1],
    [' {\n"a"\t:\r1 } ', 8 + 1 + 12 + 1 + 1 + 6],
  ])('weighs each part: %s', (json, weight) => {
    expect(parse(json, { levels: 8, weight })).toEqual(JSON.parse(json))
    expect(parse(json, { levels: 8, weight: weight - 1 })).toBeUndefined()
  })

  test.each<[json: string, levels: number]>([
    ['{}', 1],
    ['{"a":[]}', 2],
    ['{"a":{"b":{}}}', 3],
    ['{"a":[],"b":[[]],"c":"[[[["}', 3],
  ])('counts levels: %s', (json, levels) => {
    expect(parse(json, { levels, weight: 1000 })).toEqual(JSON.parse(json))
    expect(parse(json, { levels: levels - 1, weight: 1000 })).toBeUndefined()
  })
})

describe('peeking at members', () => {
  const peek = (json: string, bounds = wide) => peekMembers(Buffer.from(json), bounds, ['iss', 'iat', 'kid'])

  test.each<[json: string, found: object]>([
    ['{}', {}],
    ['{"iss":"a","aud":"b","kid":"c"}', { iss: 'a', kid: 'c' }],
    [' {"iss" : \t\r\n"a"}', { iss: 'a' }],
    ['{"iss":"a \\" \\u0062 é"}', { iss: 'a " b é' }],
    ['{"iss":"","iat":""}', { iss: '', iat: '' }],
    ['{"\\u0069ss":"a","i\\u0061\\u0074":"b","\\u006b\\u0069\\u0064":"c"}', { iss: 'a', iat: 'b', kid: 'c' }],
    ['{"\\u006Bid":"c"}', { kid: 'c' }],
    ['{"iss":"a","iss":"b"}', { iss: 'b' }],
    ['{"iss":"a","b":[{"iss":"c"}],"d":{"iss":"e"}}', { iss: 'a' }],
    ['{"a":"iss","b":["iss"]}', {}],
    ['{"is":"a","isss":"b","Iss":"c","jss":"d","isS":"e"}', {}],
    ['{"\\u0169ss":"a","\\u1069ss":"b","\\u6900ss":"c","\\n69ss":"d","\\\\u0069ss":"e","\\n0069ss":"f"}', {}],
    ['{"i\\n":"a","\\"ss":"b","is\\u0073s":"c"}', {}],
  ])('finds the strings of the outermost object: %s', (json, found) => {
    expect(peek(json)).toEqual(found)
  })

  test.each<[value: string, standIn: unknown]>([
    ['{"a":"b"}', {}],
    ['["a"]', [[]]],
    ['true', true],
    ['false', false],
    ['null', null],
    ['-1', 0],
    ['0.5', 0],
    ['9e9', 0],
  ])('has a value of the type of %s', (value, standIn) => {
    expect(peek(`{"iss":${value},"kid":"c"}`)).toEqual({ iss: standIn, kid: 'c' })
    expect(peek(`{"kid":"c","iss": ${value}}`)).toEqual({ iss: standIn, kid: 'c' })
  })

  test.each(['', '[]', 'x{}', '"a"', '{', '{"iss":"a"', '{"iss":"a', '{"iss":"a","b":[}', '{"iss":"\\x"}', '\ufeff{}'])(
    'returns undefined for anything else: %s',
    (json) => {
      expect(peek(json)).toBeUndefined()
    },
  )

  test('returns undefined for bytes that are not UTF-8, and beyond the bounds', () => {
    expect(peekMembers(Buffer.from('{"iss":"é"}', 'latin1'), wide, ['iss'])).toBeUndefined()
    expect(peek('{"iss":"a"}', { levels: 0, weight: 100 })).toBeUndefined()
    expect(peek('{"iss":"a"}', { levels: 1, weight: 22 })).toBeUndefined()
    expect(peek('{"iss":"a"}', { levels: 1, weight: 23 })).toEqual({ iss: 'a' })
  })
})

test.each<[json: string, levels: number, parts: number]>([
  ['{}', 1, 1],
  ['[]', 1, 1],
  ['{"a":1,"b":"c:{"}', 1, 3],
  ['{"a":[1,2,{}]}', 3, 4],
])('%s has levels, and members, objects and lists', (json, levels, parts) => {
  const bytes = Buffer.from(json)
  expect(isWithin(bytes, { levels, parts })).toBe(true)
  expect(isWithin(bytes, { levels: levels - 1, parts })).toBe(false)
  expect(isWithin(bytes, { levels, parts: parts - 1 })).toBe(false)
})

test.each<[value: unknown, name: string]>([
  [undefined, 'missing'],
  [null, 'null'],
  [[], 'array'],
  [{}, 'object'],
  ['a', 'string'],
  [1, 'number'],
  [true, 'boolean'],
])('operators see the type of %j: %s', (value, name) => {
  expect(typeName(value)).toBe(name)
})
