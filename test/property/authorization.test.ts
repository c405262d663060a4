import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CheckFailed } from '../../packages/core/src/check-failed.js'
import { readOtherSchemesOption } from '../../packages/core/src/request/accepted-schemes.js'
import { checkAuthorization } from '../../packages/core/src/request/authorization.js'
import { collectFields } from '../../packages/core/src/request/fields.js'

const accepted = { offered: ['DPoP'], others: new Set<string>() } as const

/** How a request for this target fails that has no credentials: undefined where there is no token in its query. */
function findFailure(target: string): string | undefined {
  try {
    checkAuthorization({ method: 'GET', target, headers: [] }, collectFields({ headers: [] }), accepted)
    return undefined
  } catch (thrown) {
    if (thrown instanceof CheckFailed) return thrown.reason
    throw thrown
  }
}

/** RFC 3986 section 2.1, for one name. A name with invalid percent-encoding is not decoded. */
function decodeByTheBook(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}

function hasTokenByTheBook(target: string): boolean {
  const [, ...afterMark] = target.split('?')
  const [query = ''] = afterMark.join('?').split('#')
  const names = query.split('&').map((pair) => pair.split('=')[0] ?? '')
  return afterMark.length > 0 && names.some((name) => decodeByTheBook(name) === 'access_token')
}

const encode = (character: string, style: 'plain' | 'lower' | 'upper') => {
  const hex = character.charCodeAt(0).toString(16)
  return style === 'plain' ? character : `%${style === 'lower' ? hex : hex.toUpperCase()}`
}
const style = fc.constantFrom('plain', 'plain', 'lower', 'upper')
const spelling = fc
  .array(style, { minLength: 12, maxLength: 12 })
  .map((styles) => [...'access_token'].map((character, index) => encode(character, styles[index] ?? 'plain')).join(''))
/** A spelling with one character changed, removed or added. Most of these are other names. */
const nearly = fc
  .tuple(spelling, fc.nat(36), fc.nat(1), fc.constantFrom('', '%', '+', '%2', '%00', 'A', '=', '&', '?', '#', '%C1%A1'))
  .map(([text, at, removed, inserted]) => text.slice(0, at) + inserted + text.slice(at + removed))
const other = fc.constantFrom('', '%', '%&', 'a', 'q=access_token', '+access_token', 'access_token[]', '%61', '?', '#f')
const pair = fc
  .tuple(fc.oneof(spelling, nearly, other, fc.string()), fc.constantFrom('', '=', '=x', '=%'))
  .map((parts) => parts.join(''))
const target = fc
  .tuple(
    fc.constantFrom('/', '/orders', '/access_token&'),
    fc.constantFrom('?', '#', '?', ''),
    fc.array(pair, { maxLength: 4 }),
  )
  .map(([path, mark, pairs]) => path + mark + pairs.join('&'))

test('a query has a token exactly if one of its decoded names is access_token', () => {
  fc.assert(
    fc.property(target, (text) => {
      expect(findFailure(text)).toBe(hasTokenByTheBook(text) ? 'token_in_query' : undefined)
    }),
    { numRuns: 5000 },
  )
})

const token = fc.constantFrom('a', 'realm', 'DPoP', 'bearer', 'x-1', '!#$', 'Basic')
const text = fc.constantFrom('', 'a', 'a, b', 'DPoP a', ', Bearer a.b.c', '\\"', ',dpop\ta', 'a,\tBEARER', '\u00e9')
const parameter = fc
  .tuple(
    token,
    fc.constantFrom('=', '=', '=', '=', '=', '=', ' = ', '', '=='),
    fc.oneof(
      token,
      text.map((one) => `"${one}"`),
      text,
    ),
  )
  .map((parts) => parts.join(''))
const scheme = fc.constantFrom(
  'Basic',
  'basic',
  'BASIC',
  'digest',
  'Digest',
  'DIGEST',
  'DPoP',
  'dpop',
  'Bearer',
  'bearer',
  'Negotiate',
  '',
)
const token68 = fc.constantFrom('a.b.c', 'YTpi', 'YTpi==', 'a b', 'a,b', '')
const space = fc.constantFrom(' ', ' ', ' ', '  ', '\t', '')
const separator = fc.constantFrom(',', ',', ', ', ', ', ' ,\t', ' ', ',,', ';', '\t')
const credentials = fc
  .tuple(scheme, space, fc.oneof(token68, parameter), fc.array(fc.tuple(separator, parameter), { maxLength: 3 }))
  .map(([name, spaces, first, rest]) => name + spaces + first + rest.flat().join(''))
/** Several values that a careless proxy has joined. */
const joined = fc.array(fc.tuple(credentials, separator), { minLength: 1, maxLength: 3 }).map((all) =>
  all
    .flat()
    .join('')
    .replace(/[\t ,;]+$/, ''),
)
const value = fc.oneof(
  credentials,
  credentials,
  credentials,
  joined,
  fc.string(),
  fc.tuple(joined, fc.string()).map((both) => both.join('')),
)

const lists = fc.constantFrom(
  [],
  ['Digest', 'Basic'],
  ['basic', 'digest', 'Negotiate'],
  ['Basic'],
  ['BASIC', 'Digest'],
  ['Digest', 'Negotiate', 'a', 'x-1', 'realm'],
)

/** Returns the token or the reason of the rejection. Undefined: the caller is anonymous. */
function read(headers: readonly string[], otherSchemes: readonly string[], target = '/'): string | undefined {
  const others = otherSchemes.length === 0 ? new Set<string>() : readOtherSchemesOption(otherSchemes, 'optional')
  try {
    return checkAuthorization({ method: 'GET', target, headers }, collectFields({ headers }), {
      offered: ['DPoP'],
      others,
    })?.token
  } catch (thrown) {
    if (thrown instanceof CheckFailed) return thrown.reason
    throw thrown
  }
}

test('with any list of other schemes, a request with DPoP or Bearer credentials in any form is never anonymous', () => {
  const ours = /(?:^|[,;\s])(?:dpop|bearer)(?:$|[\s,;="])/i
  let anonymous = 0
  fc.assert(
    fc.property(
      lists,
      fc.oneof(
        { weight: 4, arbitrary: fc.array(value, { minLength: 1, maxLength: 1 }) },
        fc.array(value, { minLength: 2, maxLength: 2 }),
      ),
      fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, fc.array(value, { minLength: 1, maxLength: 1 })),
      (others, values, dpop) => {
        const fields = [...values.flatMap((one) => ['Authorization', one]), ...dpop.flatMap((one) => ['DPoP', one])]
        const outcome = read(fields, others)
        if (outcome !== undefined) return
        anonymous++
        expect({ others: others.length > 0, values: values.length, dpop }).toEqual({
          others: true,
          values: 1,
          dpop: [],
        })
        const [one = ''] = values
        const name = one.trim().split(' ')[0]?.toLowerCase() ?? ''
        expect(others.map((other) => other.toLowerCase())).toContain(name)
        // A quoted value may contain the name of the scheme, but not behind a comma.
        expect(one.replace(/"[^",]*"/g, '""')).not.toMatch(ours)
        // The same value beside any of these is rejected.
        expect(read([...fields, 'dpop', ''], others)).toBe('scheme_unsupported')
        expect(read([...fields, 'authorization', one], others)).toBe('authorization_repeated')
        expect(read(fields, others, '/?access_token=a')).toBe('scheme_unsupported')
        expect(read(fields, [])).toBe('scheme_unsupported')
      },
    ),
    { numRuns: 10_000 },
  )
  // With fewer, the property would prove little.
  expect(anonymous).toBeGreaterThan(50)
})
