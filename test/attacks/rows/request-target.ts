import type { Row } from '../row.js'

/** Rows that differ only in the target. The proof is for the URL that an honest client would write. */
const rowsOf = (expect: Row['expect'], targets: readonly string[], more: Partial<Row> = {}) =>
  targets.map(
    (target): Row => ({
      name: `the target ${JSON.stringify(target)} is ${'accepted' in expect ? 'accepted' : 'rejected'}`,
      request: (make) => make.request({ target, url: 'https://api.example.com/orders' }),
      expect,
      ...more,
    }),
  )

export const requestTarget: readonly Row[] = [
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
  ...['PROPFIND', 'PURGE', 'M-SEARCH', 'LOCK', 'TRACE', 'OPTIONS', 'HEAD', 'DELETE'].map(
    (method): Row => ({
      name: `a good ${method} request is accepted`,
      request: (make) => make.request({ method }),
      expect: { accepted: 'DPoP' },
    }),
  ),
]
