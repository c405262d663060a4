// @ts-check
/** RFC 3986 exactly as written. The tests compare the code with it. */

const unreserved = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~'

/**
 * The URI without query and fragment, by sections 6.2.2 and 6.2.3. Expects a valid http(s) URI without userinfo. For any other
 * string the result is undefined or wrong.
 *
 * @param {string} uri
 * @returns {string | undefined}
 */
export function normalizeByTheBook(uri) {
  // The expression of appendix B.
  const [, , scheme, , authority, path = ''] =
    /^(([^:/?#]+):)?(\/\/([^/?#]*))?([^?#]*)(\?([^#]*))?(#(.*))?/s.exec(uri) ?? []
  if (scheme === undefined || authority === undefined) return undefined
  const lowerScheme = scheme.toLowerCase()
  if (lowerScheme !== 'http' && lowerScheme !== 'https') return undefined

  const colon = authority.endsWith(']') ? -1 : authority.lastIndexOf(':')
  const host = colon === -1 ? authority : authority.slice(0, colon)
  const port = colon === -1 ? '' : authority.slice(colon + 1)
  const shownPort = port === '' || port === (lowerScheme === 'https' ? '443' : '80') ? '' : `:${port}`

  const normalPath = removeDotSegments(normalizePercent(path))
  return `${lowerScheme}://${host.toLowerCase()}${shownPort}${normalPath === '' ? '/' : normalPath}`
}

/** Sections 6.2.2.1 and 6.2.2.2. @param {string} path */
function normalizePercent(path) {
  let output = ''
  for (let index = 0; index < path.length; index++) {
    const character = path.charAt(index)
    if (character !== '%') {
      output += character
      continue
    }
    const hex = path.slice(index + 1, index + 3)
    const decoded = String.fromCharCode(Number.parseInt(hex, 16))
    output += unreserved.includes(decoded) ? decoded : `%${hex.toUpperCase()}`
    index += 2
  }
  return output
}

/** Section 5.2.4, with the same steps. @param {string} path */
function removeDotSegments(path) {
  let input = path
  let output = ''
  while (input !== '') {
    if (input.startsWith('../')) input = input.slice(3)
    else if (input.startsWith('./')) input = input.slice(2)
    else if (input.startsWith('/./')) input = input.slice(2)
    else if (input === '/.') input = '/'
    else if (input.startsWith('/../') || input === '/..') {
      input = input === '/..' ? '/' : input.slice(3)
      output = output.includes('/') ? output.slice(0, output.lastIndexOf('/')) : ''
    } else if (input === '.' || input === '..') input = ''
    else {
      const next = input.indexOf('/', 1)
      output += next === -1 ? input : input.slice(0, next)
      input = next === -1 ? '' : input.slice(next)
    }
  }
  return output
}
