import type { Row } from '../row.js'

/** Rows that differ in nothing but the target; the proof is for what an honest client would write. */
const rowsOf = (expect: Row['expect'], targets: readonly string[], more: Partial<Row> = {}) =>
  targets.map(
    (target): Row => ({
      name: `the target ${JSON.stringify(target)} is ${'accepted' in expect ? 'accepted' : 'refused'}`,
      request: (make) => make.request({ target, url: 'https://api.example.com/orders' }),
      expect,
      ...more,
    }),
  )

export const requestTarget: readonly Row[] = [
  ...rowsOf({ refused: 'target_malformed' }, [
    '/../orders',
    '/./orders',
    '/x/../orders',
    '/orders/.',
    '/orders/..',
    '/orders/./',
    '/..',
    '/.',
    '/x/%2e%2e/orders',
    '/x/%2E%2E/orders',
    '/x/.%2e/orders',
    '/x/%2e./orders',
    '/%2e/orders',
    '/orders/%2E',
    '/x/../../orders',
    '/x/..?a=b',
    '/x/..#a',
    '/orders\\',
    '/\\orders',
    '/x\\..\\orders',
    '*',
  ]),
  ...rowsOf(
    { refused: 'target_malformed' },
    [
      '\\orders',
      'orders',
      '?page=1',
      '#top',
      'https:/api.example.com/orders',
      'https://api.example.com\\@evil.example/orders',
    ],
    {
      nodeRefuses: true,
    },
  ),
  ...rowsOf(
    { refused: 'target_malformed' },
    ['/orders page', '/orders\x00', '/orders\x01', '/orders\t', '/orders\x0b', '/orders\x7f', '/orders?\x1b'],
    {
      nodeRefuses: true,
    },
  ),
  ...rowsOf({ refused: 'proof_htu' }, ['/\xe9'], { nodeRefuses: true }),
  {
    name: 'a dot segment is refused though the proof is for it',
    request: (make) => make.request({ target: '/x/../orders', url: 'https://api.example.com/x/../orders' }),
    expect: { refused: 'target_malformed' },
  },
  {
    name: 'a dot segment is refused without an error code where there are no credentials',
    request: (make) => make.request({ target: '/x/../orders', authorization: [], dpop: [] }),
    expect: { refused: 'target_malformed', in: 'none' },
  },
  {
    name: 'OPTIONS * is refused',
    request: (make) => make.request({ method: 'OPTIONS', target: '*', url: 'https://api.example.com' }),
    expect: { refused: 'target_malformed' },
  },
  ...rowsOf({ accepted: 'DPoP' }, [
    '/orders',
    '/orders?',
    '/orders?a=/../b',
    '/orders?a=\\',
    '/orders?a=%2e%2e/',
    '/orders#top',
    '/orders?page=1#top',
    '/%6frders',
    'https://api.example.com/orders',
    'https://api.example.com/orders?page=1',
    'https://API.EXAMPLE.COM/orders',
    'HTTPS://api.example.com/orders',
    'https://api.example.com:443/orders',
    'https://api.example.com:/orders',
  ]),
  {
    name: 'a target in absolute-form without a path is refused: routers read it in different ways',
    request: (make) => make.request({ target: 'https://api.example.com', url: 'https://api.example.com/' }),
    expect: { refused: 'target_malformed' },
  },
  {
    name: 'a target in absolute-form with a port beyond 65535 is refused',
    request: (make) => make.request({ target: 'https://api.example.com:65536/orders' }),
    expect: { refused: 'target_malformed' },
    fastifyRefuses: true,
  },
  {
    name: 'a query right behind an authority is refused',
    request: (make) => make.request({ target: 'https://api.example.com?a=b', url: 'https://api.example.com/' }),
    expect: { refused: 'target_malformed' },
  },
  ...rowsOf({ refused: 'target_foreign' }, [
    'https://evil.example/orders',
    'http://api.example.com/orders',
    'https://api.example.com:8443/orders',
    'https://api.example.com./orders',
    'https://www.api.example.com/orders',
    'http://orders.internal:8080/orders',
  ]),
  ...rowsOf({ refused: 'target_malformed' }, [
    'https://user@api.example.com/orders',
    'https://api.example.com/x/../orders',
    'https://api.example.com/%2e%2e/orders',
    'https://api.example.com/..',
    'ftp://api.example.com/orders',
  ]),
  {
    name: 'a foreign target is refused though the proof is for it',
    request: (make) => make.request({ target: 'https://evil.example/orders', url: 'https://evil.example/orders' }),
    expect: { refused: 'target_foreign' },
  },
  ...rowsOf({ refused: 'proof_htu' }, [
    '//api.example.com/orders',
    '//evil.example/orders',
    '/orders/',
    '/Orders',
    '/orders;v=1',
    '/orders%2F',
    '/orders%20',
    '/x%2f..%2forders',
    '/x/..%2forders',
    '/x/..;/orders',
    '/x/%252e%252e/orders',
    '/orders%5C',
  ]),
  ...rowsOf({ refused: 'proof_htu' }, ['/orders%00', '/orders%7f']),
  ...rowsOf({ refused: 'proof_htu' }, ['/orders%', '/orders%zz', '/orders%c3'], { fastifyRefuses: true }),
  {
    name: 'a target that cannot be normalised has no htu, not even its own',
    request: (make) => make.request({ target: '/a%zz', url: 'https://api.example.com/a%zz' }),
    expect: { refused: 'proof_htu' },
    fastifyRefuses: true,
  },
  ...['X-Original-URL', 'X-Rewrite-URL', 'X-Forwarded-Prefix', 'X-Forwarded-Path'].map(
    (name): Row => ({
      name: `${name} is not the target`,
      request: (make) =>
        make.request({ target: '/invoices', url: 'https://api.example.com/orders', headers: [name, '/orders'] }),
      expect: { refused: 'proof_htu' },
    }),
  ),
  ...['PROPFIND', 'PURGE', 'M-SEARCH', 'LOCK', 'TRACE', 'OPTIONS', 'HEAD', 'DELETE'].map(
    (method): Row => ({
      name: `a good ${method} request is accepted`,
      request: (make) => make.request({ method }),
      expect: { accepted: 'DPoP' },
    }),
  ),
  {
    name: 'HEAD is refused with the headers that GET would have',
    request: (make) => make.request({ method: 'HEAD', dpop: [] }),
    expect: { refused: 'proof_missing' },
  },
]
