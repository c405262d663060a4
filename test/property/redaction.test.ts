import fc from 'fast-check'
import { expect, test } from 'vitest'
import { printableUri } from '../../packages/core/src/diagnostics/redaction.js'

const pieces = fc.constantFrom('a', 'user', ':', '/', '//', '\\', '@', 'https:', '.', '?', '#', '%40', '[::1]', '443')
const uri = fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join(''))

/** One pattern says the same. */
function showByTheBook(text: string): string {
  const [compared = ''] = text.split(/[?#]/)
  const isPath = /^\/(?![/\\])/.test(compared)
  return isPath ? compared : compared.replace(/^([^/\\@]*[/\\]+)?[^/\\]*@/, '$1')
}

test('of a URI everything is shown but its query, fragment and userinfo', () => {
  fc.assert(
    fc.property(uri, (text) => {
      expect(printableUri(text)).toBe(showByTheBook(text))
    }),
    { numRuns: 5000 },
  )
})
