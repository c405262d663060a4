import { mutations } from './invalid-request.js'
import type { Mutation, ValidRequest } from './mutation.js'
import { otherCase, partsOf, type UrlParts } from './url-parts.js'

type Row = readonly [description: string, part: (valid: ValidRequest) => Mutation]

/** An `htu` that is made from the parts of the right one. */
const htu = (description: string, from: (parts: UrlParts) => string): Row => [
  description,
  ({ url }) => ({ url: from(partsOf(url)) }),
]

/** RFC 9449 section 4.3, check 9. None of these is the request's URL, however it is normalised. */
export const target = mutations('proof_htu', {
  'proof-htu-other-host': htu('htu of another host', ({ scheme, path }) => `${scheme}://evil.example${path}`),
  'proof-htu-subdomain': htu('htu of a subdomain', ({ scheme, host, path }) => `${scheme}://www.${host}${path}`),
  'proof-htu-host-as-prefix': htu(
    'htu of a host that begins alike',
    ({ scheme, name, path }) => `${scheme}://${name}.evil.example${path}`,
  ),
  'proof-htu-in-path': htu('htu with the URL in its path', ({ url }) => `https://evil.example/${url}`),
  'proof-htu-in-query': htu('htu with the URL in its query', ({ url }) => `https://evil.example/?${url}`),
  'proof-htu-dot-behind-host': htu(
    'htu with a dot behind the host',
    ({ scheme, name, path }) => `${scheme}://${name}.${path}`,
  ),
  'proof-htu-other-port': htu('htu of another port', ({ scheme, name, path }) => `${scheme}://${name}:9${path}`),
  'proof-htu-port-of-other-scheme': htu(
    'htu with the port of the other scheme',
    ({ scheme, name, path }) => `${scheme}://${name}:${scheme === 'https' ? 80 : 443}${path}`,
  ),
  'proof-htu-port-leading-zero': htu(
    'htu with a zero before the port',
    ({ scheme, name, path }) => `${scheme}://${name}:0443${path}`,
  ),
  'proof-htu-port-negative': htu(
    'htu with a negative port',
    ({ scheme, name, path }) => `${scheme}://${name}:-443${path}`,
  ),
  'proof-htu-other-scheme': htu(
    'htu of the other scheme',
    ({ otherScheme, host, path }) => `${otherScheme}://${host}${path}`,
  ),
  'proof-htu-other-scheme-with-port': htu(
    'htu of the other scheme with the port of this one',
    ({ scheme, otherScheme, name, path }) => `${otherScheme}://${name}:${scheme === 'https' ? 443 : 80}${path}`,
  ),
  'proof-htu-wss': htu('htu of scheme wss', ({ host, path }) => `wss://${host}${path}`),
  'proof-htu-ftp': htu('htu of scheme ftp', ({ host, path }) => `ftp://${host}${path}`),
  'proof-htu-user': htu('htu with a user', ({ scheme, host, path }) => `${scheme}://user@${host}${path}`),
  'proof-htu-user-and-password': htu(
    'htu with user and password',
    ({ scheme, host, path }) => `${scheme}://user:password@${host}${path}`,
  ),
  'proof-htu-user-empty': htu('htu with an empty user', ({ scheme, host, path }) => `${scheme}://@${host}${path}`),
  'proof-htu-host-as-user': htu(
    'htu with the host as the user of another',
    ({ scheme, name, path }) => `${scheme}://${name}@evil.example${path}`,
  ),
  'proof-htu-backslash-and-at': htu(
    'htu with a backslash and the host behind an at sign',
    ({ scheme, host, path }) => `${scheme}://evil.example\\@${host}${path}`,
  ),
  'proof-htu-backslash-for-slash': htu(
    'htu with a backslash for the first slash of its path',
    ({ origin, path }) => `${origin}\\${path.slice(1)}`,
  ),
  'proof-htu-slash-and-backslash': htu(
    'htu with a backslash behind the first slash',
    ({ origin, path }) => `${origin}/\\${path.slice(1)}`,
  ),
  'proof-htu-backslashes': htu('htu with backslashes alone', ({ url }) => url.replaceAll('/', '\\')),
  'proof-htu-one-slash': htu('htu with one slash before the host', ({ url }) => url.replace('//', '/')),
  'proof-htu-three-slashes': htu('htu with three slashes before the host', ({ url }) => url.replace('//', '///')),
  'proof-htu-no-slash': htu('htu without slashes before the host', ({ url }) => url.replace('//', '')),
  'proof-htu-without-scheme': htu('htu without a scheme', ({ host, path }) => `//${host}${path}`),
  'proof-htu-path-alone': htu('htu that is a path', ({ path }) => path),
  'proof-htu-relative-path': htu('htu that is a relative path', ({ path }) => `x${path.slice(1)}`),
  'proof-htu-host-and-path': htu('htu of host and path', ({ host, path }) => `${host}${path}`),
  'proof-htu-space-before': htu('htu with a space before it', ({ url }) => ` ${url}`),
  'proof-htu-space-behind': htu('htu with a space behind it', ({ url }) => `${url} `),
  'proof-htu-tab': htu('htu with a tab in its path', ({ origin, path }) => `${origin}/\t${path.slice(1)}`),
  'proof-htu-line-feed': htu('htu with a line feed behind it', ({ url }) => `${url}\n`),
  'proof-htu-nul': htu('htu with a NUL behind it', ({ url }) => `${url}\u0000`),
  'proof-htu-space-behind-host': htu('htu with a space behind the host', ({ origin, path }) => `${origin} ${path}`),
  'proof-htu-host-encoded': htu(
    'htu with an encoded dot in its host',
    ({ scheme, host, path }) => `${scheme}://${host.replace(/\.|$/, '%2E')}${path}`,
  ),
  'proof-htu-first-slash-encoded': htu(
    'htu with an encoded first slash',
    ({ origin, path }) => `${origin}%2F${path.slice(1)}`,
  ),
  'proof-htu-host-full-width': htu(
    'htu with a full-width letter in its host',
    ({ scheme, host, path }) => `${scheme}://\uff41${host.slice(1)}${path}`,
  ),
  'proof-htu-host-ideographic-dot': htu(
    'htu with an ideographic full stop in its host',
    ({ scheme, host, path }) => `${scheme}://${host.replace(/\.|$/, '\u3002')}${path}`,
  ),
  'proof-htu-host-soft-hyphen': htu(
    'htu with a soft hyphen in its host',
    ({ scheme, host, path }) => `${scheme}://${host.slice(0, 1)}\u00ad${host.slice(1)}${path}`,
  ),
  'proof-htu-letter-case': htu(
    'htu with a letter of its path in another case',
    ({ origin, path }) => origin + otherCase(path),
  ),
  'proof-htu-path-upper-case': htu(
    'htu with its path in the other case',
    ({ origin, path }) => origin + (path === path.toUpperCase() ? otherCase(path) : path.toUpperCase()),
  ),
  'proof-htu-slash-behind': htu('htu with a slash more', ({ url }) => `${url}/`),
  'proof-htu-segment-more': htu('htu with a segment more', ({ url }) => `${url}/1`),
  'proof-htu-letter-more': htu('htu with a letter more', ({ url }) => `${url}x`),
  'proof-htu-letter-less': htu('htu with a letter less', ({ url, path, origin }) =>
    path === '/' ? `${origin}/x` : url.slice(0, -1),
  ),
  'proof-htu-doubled-slash': htu('htu with a doubled slash', ({ origin, path }) => `${origin}/${path}`),
  'proof-htu-root': htu('htu of the root, or of something else for the root', ({ origin, path }) =>
    path === '/' ? `${origin}/x` : `${origin}/`,
  ),
  'proof-htu-origin': htu('htu of the origin, or of something else for the root', ({ origin, path }) =>
    path === '/' ? `${origin}/x` : origin,
  ),
  'proof-htu-slash-encoded': htu('htu with an encoded slash', ({ origin, path }) => `${origin}/%2F${path.slice(1)}`),
  'proof-htu-encoded-twice': htu(
    'htu with a letter that is encoded twice',
    ({ origin, path }) => `${origin}/%2578${path.slice(1)}`,
  ),
  'proof-htu-percent-alone': htu('htu with a percent sign alone', ({ url }) => `${url}%`),
  'proof-htu-percent-letters': htu('htu with a percent sign before other letters', ({ url }) => `${url}%zz`),
  'proof-htu-percent-cut-short': htu('htu with a cut percent-encoding', ({ url }) => `${url}%2`),
  'proof-htu-nul-encoded': htu('htu with an encoded NUL', ({ url }) => `${url}%00`),
  'proof-htu-space-encoded': htu('htu with an encoded space', ({ url }) => `${url}%20`),
  'proof-htu-query-encoded': htu('htu with an encoded query', ({ url }) => `${url}%3Fpage=1`),
  'proof-htu-fragment-encoded': htu('htu with an encoded fragment', ({ url }) => `${url}%23top`),
  'proof-htu-path-parameter': htu('htu with a path parameter', ({ url }) => `${url};v=1`),
  'proof-htu-beyond-ascii': htu('htu with a letter beyond ASCII', ({ url }) => `${url}\u00f6`),
  'proof-htu-query-beyond-ascii': htu('htu with a letter beyond ASCII in its query', ({ url }) => `${url}?\xe9`),
  'proof-htu-fragment-line-separator': htu('htu with a line separator in its fragment', ({ url }) => `${url}#\u2028`),
  'proof-htu-urn': htu('htu that is a URN', () => 'urn:ietf:rfc:9449'),
  'proof-htu-javascript': htu('htu of scheme javascript', () => 'javascript:alert(1)'),
  'proof-htu-about-blank': htu('htu about:blank', () => 'about:blank'),
  'proof-htu-words': htu('htu that is no URL', () => 'not a URL'),
  'proof-htu-asterisk': htu('htu that is an asterisk', () => '*'),
  'proof-htu-dot': htu('htu that is a dot', () => '.'),
})
