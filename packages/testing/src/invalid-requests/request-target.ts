// One table, longer than others: every form of a request target that routers and URL parsers read in different ways.
import { mutations, type Row } from './invalid-request.js'
import type { Mutation, ValidRequest } from './mutation.js'
import { below, otherCase, partsOf, pathOf, type UrlParts } from './url-parts.js'

/** With the target's own path, which is not that of the public URL where a proxy strips a prefix. */
const targetPartsOf = (valid: ValidRequest): UrlParts => ({ ...partsOf(valid.url), path: pathOf(valid) })

/** A request line with another target, and the proof that an honest client makes. */
const target = (description: string, from: (parts: UrlParts) => string, more: Mutation = {}): Row => [
  description,
  (valid) => ({ target: from(targetPartsOf(valid)), ...more }),
]

/** A target and an `htu` whose last segments differ, so that no normalisation of RFC 3986 makes them one. */
const segments = (description: string, inTarget: string, inHtu: string): Row => [
  description,
  (valid) => ({ target: below(pathOf(valid), inTarget), url: below(valid.url, inHtu) }),
]

const onlyByFetch = true
const byNode = { onlyByFetch, answeredBy: 'Node' } as const
const byFastify = { onlyByFetch, answeredBy: 'Fastify' } as const

/** RFC 9112 section 3.2. Routers read these in different ways; the guard stands before every one. */
const malformed = mutations(
  'target_malformed',
  {
    'target-climbs-above-root': target('a target that climbs above the root', ({ path }) => `/..${path}`),
    'target-dot-first': target('a target that begins with a dot segment', ({ path }) => `/.${path}`),
    'target-climbs': target('a target that climbs', ({ path }) => `/x/..${path}`),
    'target-dot-last': target('a target that ends in a dot segment', ({ path }) => below(path, '.')),
    'target-climbs-last': target('a target that climbs at its end', ({ path }) => below(path, '..')),
    'target-dot-and-slash': target('a target that ends in a dot and a slash', ({ path }) => below(path, './')),
    'target-climb-alone': target('a target that does nothing but climb', () => '/..'),
    'target-dot-alone': target('a target that is a dot segment', () => '/.'),
    'target-climbs-encoded': target('a target that climbs in encoded dots', ({ path }) => `/x/%2e%2e${path}`),
    'target-climbs-encoded-upper-case': target(
      'a target that climbs in encoded dots in upper case',
      ({ path }) => `/x/%2E%2E${path}`,
    ),
    'target-climbs-second-encoded': target(
      'a target that climbs, its second dot encoded',
      ({ path }) => `/x/.%2e${path}`,
    ),
    'target-climbs-first-encoded': target(
      'a target that climbs, its first dot encoded',
      ({ path }) => `/x/%2e.${path}`,
    ),
    'target-dot-encoded-first': target('a target that begins with an encoded dot', ({ path }) => `/%2e${path}`),
    'target-dot-encoded-last': target('a target that ends in an encoded dot', ({ path }) => below(path, '%2E')),
    'target-climbs-twice': target('a target that climbs above the root at last', ({ path }) => `/x/../..${path}`),
    'target-climbs-before-query': target('a target that climbs before its query', () => '/x/..?a=b'),
    'target-climbs-before-fragment': target('a target that climbs before a fragment', () => '/x/..#a'),
    'target-backslash-last': target('a target with a backslash at its end', ({ path }) => `${path}\\`),
    'target-backslash-first': target('a target with a backslash behind its slash', ({ path }) => `/\\${path.slice(1)}`),
    'target-climbs-by-backslashes': target(
      'a target that climbs between backslashes',
      ({ path }) => `/x\\..\\${path.slice(1)}`,
    ),
    'target-asterisk': target('an asterisk for a target', () => '*'),
    'target-asterisk-options': target('an asterisk for the target of OPTIONS', () => '*', { method: 'OPTIONS' }),
    'target-climbs-with-proof': [
      'a target that climbs, and a proof for just that',
      (valid) => {
        const { origin } = partsOf(valid.url)
        return { target: `/x/..${pathOf(valid)}`, url: `${origin}/x/..${pathOf(valid)}` }
      },
    ],
    'target-absolute-without-path': target('a target of the origin alone', ({ origin }) => origin),
    'target-absolute-query-behind-host': target(
      'a target with its query right behind the host',
      ({ origin }) => `${origin}?a=b`,
    ),
    'target-absolute-user': target(
      'a target with a user',
      ({ scheme, host, path }) => `${scheme}://user@${host}${path}`,
    ),
    'target-absolute-climbs': target('a whole URL that climbs', ({ origin, path }) => `${origin}/x/..${path}`),
    'target-absolute-climbs-encoded': target(
      'a whole URL that climbs in encoded dots',
      ({ origin, path }) => `${origin}/%2e%2e${path}`,
    ),
    'target-absolute-climb-alone': target('a whole URL that does nothing but climb', ({ origin }) => `${origin}/..`),
  },
  { onlyByFetch },
)

const malformedWithoutCredentials = mutations(
  'target_malformed',
  {
    'target-climbs-without-credentials': target(
      'a target that climbs, without credentials',
      ({ path }) => `/x/..${path}`,
      {
        authorization: [],
        dpop: [],
      },
    ),
  },
  { onlyByFetch, scheme: 'none' },
)

/** A server is not a proxy: it answers only for its own origin. */
const otherOrigin = mutations(
  'target_foreign',
  {
    'target-absolute-other-host': target('a target at another host', ({ path }) => `https://evil.example${path}`),
    'target-absolute-other-scheme': target(
      'a target of the other scheme',
      ({ otherScheme, host, path }) => `${otherScheme}://${host}${path}`,
    ),
    'target-absolute-other-port': target(
      'a target at another port',
      ({ scheme, name, path }) => `${scheme}://${name}:9${path}`,
    ),
    'target-absolute-dot-behind-host': target(
      'a target with a dot behind the host',
      ({ scheme, host, path }) => `${scheme}://${host.replace(/(?=:\d+$|$)/, '.')}${path}`,
    ),
    'target-absolute-subdomain': target(
      'a target at a subdomain',
      ({ scheme, host, path }) => `${scheme}://www.${host}${path}`,
    ),
    'target-absolute-internal-host': target(
      'a target at an internal name',
      ({ path }) => `http://orders.internal:8080${path}`,
    ),
    'target-absolute-counterfeit': [
      'a target at a counterfeit server, and a proof for just that',
      (valid) => ({
        target: `https://evil.example${pathOf(valid)}`,
        url: `https://evil.example${partsOf(valid.url).path}`,
      }),
    ],
  },
  { onlyByFetch },
)

const throughHeader = (name: string): Row => [
  `a proof for the target that ${name} names`,
  (valid) => ({ target: below(pathOf(valid), 'other'), headers: [name, pathOf(valid)] }),
]

/** RFC 9449 section 4.3, check 9. None of these is what the proof is for, however it is normalised. */
const others = mutations(
  'proof_htu',
  {
    'target-host-first': target('a target that begins with the host', ({ host, path }) => `//${host}${path}`),
    'target-other-host-first': target('a target that begins with another host', ({ path }) => `//evil.example${path}`),
    'target-slash-behind': target('a target with a slash more', ({ path }) => `${path}/`),
    'target-letter-case': target('a target with a letter in another case', ({ path }) => otherCase(path)),
    'target-path-parameter': target('a target with a path parameter', ({ path }) => `${path};v=1`),
    'target-slash-encoded': target('a target with an encoded slash behind it', ({ path }) => `${path}%2F`),
    'target-space-encoded': target('a target with an encoded space', ({ path }) => `${path}%20`),
    'target-climbs-slashes-encoded': target(
      'a target that climbs between encoded slashes',
      ({ path }) => `/x%2f..%2f${path.slice(1)}`,
    ),
    'target-climbs-slash-encoded': target(
      'a target that climbs before an encoded slash',
      ({ path }) => `/x/..%2f${path.slice(1)}`,
    ),
    'target-climbs-path-parameter': target('a target that climbs with a path parameter', ({ path }) => `/x/..;${path}`),
    'target-climbs-encoded-twice': target(
      'a target that climbs in dots that are encoded twice',
      ({ path }) => `/x/%252e%252e${path}`,
    ),
    'target-backslash-encoded': target('a target with an encoded backslash', ({ path }) => `${path}%5C`),
    'target-nul-encoded': target('a target with an encoded NUL', ({ path }) => `${path}%00`),
    'target-delete-encoded': target('a target with an encoded delete character', ({ path }) => `${path}%7f`),
    'target-x-original-url': throughHeader('X-Original-URL'),
    'target-x-rewrite-url': throughHeader('X-Rewrite-URL'),
    'target-x-forwarded-prefix': throughHeader('X-Forwarded-Prefix'),
    'target-x-forwarded-path': throughHeader('X-Forwarded-Path'),

    'target-and-htu-slash': segments('a target with a slash that htu lacks', 'a/', 'a'),
    'target-and-htu-slash-encoded': segments('a target with an encoded slash for one of htu', 'a%2Fb', 'a/b'),
    'target-and-htu-slash-decoded': segments('a target with a slash for an encoded one of htu', 'a/b', 'a%2Fb'),
    'target-and-htu-slash-encoded-once': segments(
      'a target with an encoded slash that htu encodes twice',
      'a%2Fb',
      'a%252Fb',
    ),
    'target-and-htu-slash-encoded-twice': segments(
      'a target with a slash encoded twice, in htu once',
      'a%252Fb',
      'a%2Fb',
    ),
    'target-and-htu-semicolon-encoded': segments('a target with an encoded semicolon for one of htu', 'a%3Bb', 'a;b'),
    'target-and-htu-semicolon-decoded': segments('a target with a semicolon for an encoded one of htu', 'a;b', 'a%3Bb'),
    'target-and-htu-at-encoded': segments('a target with an encoded at sign for one of htu', 'a%40b', 'a@b'),
    'target-and-htu-plus': segments('a target with a plus for a space of htu', 'a+b', 'a%20b'),
    'target-and-htu-space': segments('a target with a space for a plus of htu', 'a%20b', 'a+b'),
    'target-and-htu-slash-doubled': segments('a target with a doubled slash for one of htu', 'a//b', 'a/b'),
    'target-and-htu-slash-single': segments('a target with one slash for a doubled one of htu', 'a/b', 'a//b'),
    'target-and-htu-normal-form': segments('a target in another Unicode normal form than htu', '%c3%b6', 'o%cc%88'),
    'target-and-htu-host-for-segment': [
      'a target that begins with two slashes, and htu of what stands behind them',
      (valid) => ({ target: `//orders${pathOf(valid)}`, url: `https://orders${pathOf(valid)}` }),
    ],
    'target-and-htu-host-in-both': [
      'a target that begins with another host, and htu with it in its path',
      (valid) => ({
        target: `//evil.example${pathOf(valid)}`,
        url: `${partsOf(valid.url).origin}/evil.example${partsOf(valid.url).path}`,
      }),
    ],
  },
  { onlyByFetch },
)

export const requestTarget = { ...malformed, ...malformedWithoutCredentials, ...otherOrigin, ...others }

/** What never gets so far everywhere. */
export const earlyTarget = {
  // Every two hex digits are a URI's; what they mean in UTF-8 is another matter. So this one is compared with htu.
  ...mutations(
    'proof_htu',
    {
      'target-half-of-utf8': target('a target with half of an encoded letter', ({ path }) => `${path}%c3`),
    },
    byFastify,
  ),
  ...mutations(
    'target_malformed',
    {
      'target-absolute-port-65536': target(
        'a target with a port beyond 65535',
        ({ scheme, name, path }) => `${scheme}://${name}:65536${path}`,
      ),
      'target-absolute-ftp': target('a target of scheme ftp', ({ host, path }) => `ftp://${host}${path}`),
    },
    byFastify,
  ),
  ...mutations(
    'target_not_uri',
    {
      'target-percent-alone': target('a target with a percent sign alone', ({ path }) => `${path}%`),
      'target-percent-letters': target('a target with a percent sign before other letters', ({ path }) => `${path}%zz`),
      'target-and-htu-percent-alone': segments(
        'a target that ends in a percent sign alone, and htu of just that',
        '50%',
        '50%',
      ),
      'target-and-htu-percent-letters': segments(
        'a target that cannot be normalised, and htu of just that',
        'a%zz',
        'a%zz',
      ),
    },
    byFastify,
  ),
  ...mutations(
    'target_malformed',
    {
      'target-backslash-for-slash': target(
        'a target with a backslash for its slash',
        ({ path }) => `\\${path.slice(1)}`,
      ),
      'target-without-slash': target('a target without its slash', ({ path }) => `x${path.slice(1)}`),
      'target-query-alone': target('a target of a query alone', () => '?page=1'),
      'target-fragment-alone': target('a target of a fragment alone', () => '#top'),
      'target-form': target('a target that reads like a form', () => 'access_token=x'),
      'target-absolute-one-slash': target('a whole URL with one slash before the host', ({ origin, path }) =>
        (origin + path).replace('//', '/'),
      ),
      'target-absolute-backslash-and-at': target(
        'a whole URL with the host as the user of another',
        ({ origin, path }) => `${origin}\\@evil.example${path}`,
      ),
      'target-space': target('a target with a space', ({ path }) => `${path} page`),
      'target-nul': target('a target with a NUL', ({ path }) => `${path}\x00`),
      'target-control': target('a target with a control character', ({ path }) => `${path}\x01`),
      'target-tab': target('a target with a tab', ({ path }) => `${path}\t`),
      'target-vertical-tab': target('a target with a vertical tab', ({ path }) => `${path}\x0b`),
      'target-delete': target('a target with a delete character', ({ path }) => `${path}\x7f`),
      'target-escape-in-query': target('a target with an escape in its query', ({ path }) => `${path}?\x1b`),
    },
    byNode,
  ),
  ...mutations(
    'target_not_uri',
    { 'target-beyond-ascii': target('a target beyond ASCII', ({ path }) => `${path}\xe9`) },
    byNode,
  ),
}
