import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parsePublicBase } from '../../packages/core/src/request/public-url.js'
import { checkRequestTarget, expectedUris, normalizeUri } from '../../packages/core/src/request/target-uri.js'
import { normalizeByTheBook } from './rfc3986.js'

const numRuns = 3000

// Small alphabets, so that two URIs are often equivalent without being equal.
const scheme = fc.constantFrom('http', 'https', 'HTTPS', 'hTTp')
const host = fc.constantFrom('a', 'A', 'a.b', 'A.b', 'a.b.', 'x-y', '127.0.0.1', '127.1')
const port = fc.constantFrom('', ':', ':80', ':443', ':8080', ':0443')
const piece = fc.constantFrom(
  ...[
    'a',
    'b',
    'A',
    '.',
    '..',
    '...',
    '',
    '%61',
    '%2e',
    '%2E',
    '%2f',
    '%2F',
    '%5c',
    '~',
    '%7e',
    '%7E',
    '%c3%A9',
    '%C3%a9',
  ],
  ...['%25', '%2561', '+', '%20', '%00', ';p=1', '@', ':', 'a%2F', '.a', 'a.', '*', '!', "'"],
)
const segment = fc.array(piece, { minLength: 0, maxLength: 2 }).map((pieces) => pieces.join(''))
const path = fc.array(segment, { maxLength: 5 }).map((segments) => segments.map((text) => `/${text}`).join(''))
const rest = fc.constantFrom('', '?', '?a=b', '#', '#f', '?a#f', '?/../a')
const uri = fc.tuple(scheme, host, port, path, rest).map(([name, ...parts]) => `${name}://${parts.join('')}`)

describe('normalising a URI', () => {
  test('has the same result as RFC 3986', () => {
    fc.assert(
      fc.property(uri, (text) => {
        expect(normalizeUri(text)).toBeDefined()
        expect(normalizeUri(text)).toBe(normalizeByTheBook(text))
      }),
      { numRuns },
    )
  })

  test('makes two URIs equal exactly if RFC 3986 does', () => {
    fc.assert(
      fc.property(uri, uri, (a, b) => {
        expect(normalizeUri(a) === normalizeUri(b)).toBe(normalizeByTheBook(a) === normalizeByTheBook(b))
      }),
      { numRuns },
    )
  })

  test('twice has the same result as once', () => {
    const anything = fc.oneof(uri, fc.webUrl({ withQueryParameters: true, withFragments: true }), fc.string())
    fc.assert(
      fc.property(anything, (text) => {
        const once = normalizeUri(text)
        if (once !== undefined) expect(normalizeUri(once)).toBe(once)
      }),
      { numRuns },
    )
  })

  test('never throws, and returns only visible ASCII without query, fragment and userinfo', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'binary' }).map((tail) => `https://a/${tail}`),
      fc.string({ unit: 'binary' }).map((tail) => `https://${tail}`),
    )
    fc.assert(
      fc.property(text, (input) => {
        const normalized = normalizeUri(input)
        if (normalized !== undefined)
          expect(normalized).toMatch(/^https?:\/\/[^/?#@\\]+\/[\x21-\x22\x24-\x3e\x40-\x5b\x5d-\x7e]*$/)
      }),
      { numRuns },
    )
  })

  test('distinguishes two URIs that differ in one component', () => {
    const base = { scheme: 'https', host: 'a.example', port: '', path: '/a/b' }
    const other = fc.oneof(
      fc.record({ scheme: fc.constant('http') }),
      fc.record({ host: fc.constantFrom('b.example', 'a.example.', 'a.example.com', 'a-example') }),
      fc.record({
        port: fc
          .integer({ min: 1, max: 65_535 })
          .filter((number) => number !== 443)
          .map((number) => `:${number}`),
      }),
      fc.record({ path: path.filter((text) => normalizeByTheBook(`https://a${text}`) !== 'https://a/a/b') }),
    )
    const write = (parts: typeof base) => `${parts.scheme}://${parts.host}${parts.port}${parts.path}`
    fc.assert(
      fc.property(other, (change) => {
        expect(normalizeUri(write({ ...base, ...change }))).not.toBe(normalizeUri(write(base)))
      }),
      { numRuns: 1000 },
    )
  })
})

describe('the URIs of a request', () => {
  // No dot segments, because a target may not have them.
  const plainPiece = fc.constantFrom('a', 'b', 'A', '%61', '%2f', '%2F', '', 'a.', '~')
  const targetPath = fc.array(plainPiece, { minLength: 1, maxLength: 3 }).map((pieces) => `/${pieces.join('/')}`)
  const prefix = fc.constantFrom('', '/', '/a', '/a/', '/%61', '/a/b', '/a/b/')
  const below = fc.tuple(prefix, fc.oneof(fc.constant(''), targetPath)).map((parts) => parts.join(''))
  const origin = 'https://api.example.com'

  test('are the one that RFC 3986 builds from the public URL and the target, and for the root also the bare prefix', () => {
    fc.assert(
      fc.property(prefix, fc.oneof(fc.constant('/'), targetPath), fc.oneof(path, below), (stripped, target, signed) => {
        const base = parsePublicBase(origin + stripped)
        if (base === undefined) throw new Error('the public URL cannot be read')
        const expected = expectedUris(checkRequestTarget(target), [base])
        const bare = stripped.replace(/\/$/, '')
        const isBarePrefix = target === '/' && bare !== '' && sameByTheBook(signed, bare)
        const accepted = expected.includes(normalizeUri(origin + signed) ?? '')
        expect(accepted).toBe(sameByTheBook(signed, bare + target) || isBarePrefix)
      }),
      { numRuns },
    )
  })

  const sameByTheBook = (a: string, b: string) => normalizeByTheBook(origin + a) === normalizeByTheBook(origin + b)
})

describe('equivalent spellings become equal:', () => {
  const plainPath = fc.array(
    fc.stringMatching(/^[A-Za-z0-9._~-]{1,6}$/).filter((text) => !/^\.{1,2}$/.test(text)),
    {
      minLength: 1,
      maxLength: 4,
    },
  )

  test('case of scheme and host, default port, needless percent-encoding, dot segments', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('http', 'https'),
        fc.domain(),
        plainPath,
        fc.infiniteStream(fc.nat(5)),
        (plainScheme, domain, segments, choices) => {
          const choose = (count: number) => (choices.next().value ?? 0) % count
          const anyCase = (text: string) =>
            [...text].map((c) => (choose(2) === 0 ? c.toUpperCase() : c.toLowerCase())).join('')
          const encode = (text: string) =>
            [...text]
              .map((c) => (choose(3) === 0 ? `%${anyCase(c.charCodeAt(0).toString(16).padStart(2, '0'))}` : c))
              .join('')
          const detour = () => ['', '/.', '/%2e', '/x/..', '/x/%2E.', ''][choose(6)]
          const defaultPort = ['', ':', plainScheme === 'https' ? ':443' : ':80'][choose(3)]

          const plain = `${plainScheme}://${domain.toLowerCase()}/${segments.join('/')}`
          const spelled =
            `${anyCase(plainScheme)}://${anyCase(domain)}${defaultPort}` +
            `${segments.map((text) => `${detour()}/${encode(text)}`).join('')}${['', '?q', '#f'][choose(3)]}`
          expect(normalizeUri(spelled)).toBe(plain)
        },
      ),
      { numRuns },
    )
  })

  test('two spellings of an IPv6 address exactly if the address is the same', () => {
    const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }))
    const address = fc.tuple(group, group, group, group, group, group, group, group)
    // WHATWG's parser is independent of the code, and correct for addresses.
    const canonical = (text: string) => new URL(`https://[${text}]/`).hostname
    fc.assert(
      fc.property(address, address, fc.boolean(), fc.boolean(), (a, b, upper, padded) => {
        const write = (groups: number[]) => groups.map((n) => n.toString(16).padStart(padded ? 4 : 1, '0')).join(':')
        const full = upper ? write(a).toUpperCase() : write(a)
        const short = canonical(full).slice(1, -1)
        const tail = [a[6] >> 8, a[6] & 255, a[7] >> 8, a[7] & 255].join('.')
        const mixed = `${write(a.slice(0, 6))}:${tail}`
        const normalized = normalizeUri(`https://[${full}]/`)
        expect(normalized).toBeDefined()
        expect(normalizeUri(`https://[${short}]/`)).toBe(normalized)
        expect(normalizeUri(`https://[${mixed}]/`)).toBe(normalized)
        const same = canonical(write(b)) === canonical(full)
        expect(normalizeUri(`https://[${write(b)}]/`) === normalized).toBe(same)
      }),
      { numRuns: 1000 },
    )
  })

  test.each([
    'https://[::1',
    'https://::1/',
    'https://[::1]a/',
    'https://[1::2::3]/',
    'https://[12345::]/',
    'https://[::1%25eth0]/',
    'https://[v1.a]/',
    'https://[::256.1.1.1]/',
    'https://[127.0.0.1]/',
    'https://[]/',
    'https:///a',
    'https://:443/',
    'https://a:b/',
    'https://a:-1/',
    'https://a@b/',
    'https://a:b@c/',
    'https:a',
    'https:/a',
    '//a/b',
    '/a',
    '',
    'ftp://a/',
    'https://a/%',
    'https://a/%1',
    'https://a/%zz',
    'https://a/%%41',
    'https://a\\b',
    'https://a/\\b',
    'https://a/ b',
    ' https://a/',
    'https://a/\n',
    'https://\u00e4/',
    'https://a/\u00e4',
    'https://a%2eb/',
    'https://a,b/',
  ])('%j is not a URI that can be compared', (text) => {
    expect(normalizeUri(text)).toBeUndefined()
  })
})
