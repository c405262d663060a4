import type { Row } from '../row.js'

const accepted = (host: string): Row => ({
  name: `the Host ${JSON.stringify(host)} is accepted`,
  request: (make) => make.request({ host }),
  expect: { accepted: 'DPoP' },
})

const harmless = (name: string, value: string): Row => ({
  name: `${name}: ${value} changes nothing`,
  request: (make) => make.request({ headers: [name, value] }),
  expect: { accepted: 'DPoP' },
})

export const host: readonly Row[] = [
  ...[
    'api.example.com',
    'API.example.com:443',
    'evil.example',
    'localhost:3000',
    '10.0.0.1',
    '[2001:db8::1]',
    '[::1]:8080',
    'orders_service.internal',
    'api.example.com:',
    'api.example.com.',
  ].map(accepted),
  {
    name: 'a Host beside a good target in absolute-form is not used',
    request: (make) =>
      make.request({
        target: 'https://api.example.com/orders',
        url: 'https://api.example.com/orders',
        host: 'evil.example',
      }),
    expect: { accepted: 'DPoP' },
  },
  {
    name: 'a missing Host is rejected by Node',
    request: (make) => make.request({ host: [] }),
    expect: { accepted: 'DPoP' },
    nodeRejects: true,
  },
  harmless('X-Forwarded-Host', 'evil.example'),
  harmless('X-Forwarded-Proto', 'http'),
  harmless('X-Forwarded-Port', '8443'),
  harmless('X-Forwarded-Prefix', '/evil'),
  harmless('Forwarded', 'host=evil.example;proto=http'),
  harmless('X-Original-URL', '/admin'),
  harmless('X-HTTP-Method-Override', 'DELETE'),
]
