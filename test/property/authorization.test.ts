import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readCredentials } from '../../packages/core/src/authorization.js'
import { Refusal } from '../../packages/core/src/refusal.js'
import { readFields } from '../../packages/core/src/request.js'

/** How a request for this target fails that has no credentials: undefined where there is no token in its query. */
function findFailure(target: string): string | undefined {
  try {
    readCredentials({ method: 'GET', target, headers: [] }, readFields({ headers: [] }), ['DPoP'])
    return undefined
  } catch (thrown) {
    if (thrown instanceof Refusal) return thrown.reason
    throw thrown
  }
}

/** RFC 3986 section 2.1, one name at a time. A name that is not percent-encoded well is only itself. */
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
/** A spelling with one character changed, lost or added, which is most often another name. */
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

test('a query has a token exactly if one of its names, decoded, is access_token', () => {
  fc.assert(
    fc.property(target, (text) => {
      expect(findFailure(text)).toBe(hasTokenByTheBook(text) ? 'token_in_query' : undefined)
    }),
    { numRuns: 5000 },
  )
})
