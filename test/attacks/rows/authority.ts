import type { Row } from '../row.js'

/** HTTP/2's `:authority` is in the flat list that Node gives; over HTTP/1.1 no such field can come. */
const row = (
  name: string,
  authority: readonly string[],
  host: string | readonly string[],
  expect: Row['expect'],
): Row => ({
  name,
  request: (make) => make.request({ host, headers: authority.flatMap((value) => [':authority', value]) }),
  expect,
  nodeRefuses: true,
})

const accepted: Row['expect'] = { accepted: 'DPoP' }
const refused: Row['expect'] = { refused: 'host_malformed' }

export const authority: readonly Row[] = [
  row(':authority alone is accepted', ['api.example.com'], [], accepted),
  row(':authority beside the same Host is accepted', ['api.example.com'], 'api.example.com', accepted),
  row(':authority beside the Host in another case is accepted', ['API.example.com'], 'api.EXAMPLE.com', accepted),
  row(':authority of a proxy is accepted, for nobody cares', ['orders.internal:8443'], [], accepted),
  row(':authority beside another Host is refused', ['api.example.com'], 'evil.example', refused),
  row(':authority beside the Host with a port is refused', ['api.example.com'], 'api.example.com:443', refused),
  row(':authority beside two Hosts is refused', ['api.example.com'], ['api.example.com', 'api.example.com'], refused),
  row(':authority twice is refused', ['api.example.com', 'api.example.com'], [], refused),
  row('an empty :authority is refused', [''], [], refused),
  row(':authority with userinfo is refused', ['user@api.example.com'], [], refused),
  row(':authority with a path is refused', ['api.example.com/orders'], [], refused),
  row(':authority as a list is refused', ['api.example.com, evil.example'], [], refused),
  {
    name: 'a proof for a counterfeit server is refused, whatever :authority says',
    request: (make) =>
      make.request({ url: 'https://evil.example/orders', host: [], headers: [':authority', 'evil.example'] }),
    expect: { refused: 'proof_htu' },
    nodeRefuses: true,
  },
]
