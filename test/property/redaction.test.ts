import fc from 'fast-check'
import { expect, test } from 'vitest'
import { printableUri } from '../../packages/core/src/diagnostics/redaction.js'

const pieces = fc.constantFrom(
  ...['a', 'user', ':', '/', '//', '\\', '@', 'https:', '.', '?', '#', '%40', '[::1]', '443'],
  ...['\t', '\n', '\r', ' '],
)
const uri = fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join(''))

/** The same rule as one pattern. */
function showByTheBook(text: string): string {
  const [compared = ''] = text.split(/[?#]/)
  const isPath = /^\/(?![\t\n\r]*[/\\])/.test(compared)
  const shown = isPath ? compared : compared.replace(/^([^/\\@]*[/\\][/\\\t\n\r]*)?[^/\\]*@/, '$1')
  return shown.replace(/[\t\n\r]/g, (character) => `\\u000${character.charCodeAt(0).toString(16)}`)
}

test('everything in a URI is shown except its query, fragment and userinfo', () => {
  fc.assert(
    fc.property(uri, (text) => {
      expect(printableUri(text)).toBe(showByTheBook(text))
    }),
    { numRuns: 5000 },
  )
})

test('userinfo that the WHATWG URL parser finds is never shown, even behind tabs and newlines, which that parser removes', () => {
  const secret = 'hunter2'
  const scheme = fc.constantFrom('', 'https:', 'h\tttps:', ' https:')
  const gap = fc.array(fc.constantFrom('/', '\\', '\t', '\n', '\r'), { maxLength: 5 }).map((parts) => parts.join(''))
  const rest = fc.constantFrom(
    '@api.example.com',
    ':x@api.example.com/a',
    '@@api.example.com',
    '\t@\napi.example.com/b@c',
  )
  let found = 0
  fc.assert(
    fc.property(scheme, gap, uri, rest, (before, slashes, start, after) => {
      const text = before + slashes + start + secret + after
      if (!URL.canParse(text, 'https://base.example')) return
      const { username, password } = new URL(text, 'https://base.example')
      if (!`${username}:${password}`.includes(secret)) return
      found += 1
      expect(printableUri(text)).not.toContain(secret)
    }),
    { numRuns: 5000 },
  )
  expect(found).toBeGreaterThan(100)
})
