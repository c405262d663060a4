import type { Row } from '../row.js'

const hosts = (expect: Row['expect'], list: readonly string[]) =>
  list.map(
    (host): Row => ({
      name: `the Host ${JSON.stringify(host)} is ${'accepted' in expect ? 'accepted' : 'refused'}`,
      request: (make) => make.request({ host }),
      expect,
    }),
  )

/** A request to this server, with a proof that was minted for another one. */
const counterfeit = (name: string, fields: { host?: string; headers?: readonly string[] }): Row => ({
  name: `a proof for a counterfeit server is refused, whatever ${name} says`,
  request: (make) => make.request({ url: 'https://evil.example/orders', ...fields }),
  expect: { refused: 'proof_htu' },
})

const harmless = (name: string, value: string): Row => ({
  name: `${name}: ${value} changes nothing`,
  request: (make) => make.request({ headers: [name, value] }),
  expect: { accepted: 'DPoP' },
})

export const host: readonly Row[] = [
  ...hosts({ accepted: 'DPoP' }, [
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
  ]),
  ...hosts({ refused: 'host_malformed' }, [
    '[1::2::3]',
    '',
    'api.example.com/orders',
    'api.example.com, evil.example',
    'api.example.com evil.example',
    'user@api.example.com',
    'https://api.example.com',
    'api.example.com:port',
    'api.example.com:443:443',
    'api.example.com?a=b',
    'api.example.com#a',
    'api.example.com\\evil',
    '[2001:db8::1',
    '2001:db8::1',
    '[not:an:address]',
    ':443',
    'api.example.com\tevil',
    'b\xfccher.example',
    '"api.example.com"',
  ]),
  {
    name: 'two Hosts are refused',
    request: (make) => make.request({ host: ['api.example.com', 'evil.example'] }),
    expect: { refused: 'host_malformed' },
  },
  {
    name: 'the same Host twice is refused',
    request: (make) => make.request({ host: ['api.example.com', 'api.example.com'] }),
    expect: { refused: 'host_malformed' },
  },
  {
    name: 'a second Host in lower case is refused',
    request: (make) => make.request({ headers: ['host', 'evil.example'] }),
    expect: { refused: 'host_malformed' },
  },
  {
    name: 'a second, empty Host is refused',
    request: (make) => make.request({ host: ['api.example.com', ''] }),
    expect: { refused: 'host_malformed' },
  },
  {
    name: 'two Hosts beside a good target in absolute-form are refused',
    request: (make) =>
      make.request({
        target: 'https://api.example.com/orders',
        url: 'https://api.example.com/orders',
        host: ['api.example.com', 'evil.example'],
      }),
    expect: { refused: 'host_malformed' },
  },
  {
    name: 'a Host beside a good target in absolute-form is not asked',
    request: (make) =>
      make.request({
        target: 'https://api.example.com/orders',
        url: 'https://api.example.com/orders',
        host: 'evil.example',
      }),
    expect: { accepted: 'DPoP' },
  },
  {
    name: 'a missing Host is refused by Node',
    request: (make) => make.request({ host: [] }),
    expect: { accepted: 'DPoP' },
    nodeRefuses: true,
  },
  counterfeit('Host', { host: 'evil.example' }),
  counterfeit('X-Forwarded-Host', { headers: ['X-Forwarded-Host', 'evil.example'] }),
  counterfeit('Forwarded', { headers: ['Forwarded', 'host=evil.example;proto=https'] }),
  counterfeit('X-Original-Host', { headers: ['X-Original-Host', 'evil.example'] }),
  counterfeit('X-Host', { headers: ['X-Host', 'evil.example'] }),
  {
    name: 'X-Forwarded-Proto does not change the scheme',
    request: (make) => make.request({ url: 'http://api.example.com/orders', headers: ['X-Forwarded-Proto', 'http'] }),
    expect: { refused: 'proof_htu' },
  },
  {
    name: 'X-Forwarded-Port does not change the port',
    request: (make) =>
      make.request({ url: 'https://api.example.com:8443/orders', headers: ['X-Forwarded-Port', '8443'] }),
    expect: { refused: 'proof_htu' },
  },
  harmless('X-Forwarded-Host', 'evil.example'),
  harmless('X-Forwarded-Proto', 'http'),
  harmless('X-Forwarded-Port', '8443'),
  harmless('X-Forwarded-Prefix', '/evil'),
  harmless('Forwarded', 'host=evil.example;proto=http'),
  harmless('X-Original-URL', '/admin'),
  harmless('X-HTTP-Method-Override', 'DELETE'),
]
