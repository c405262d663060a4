import type { Row } from '../row.js'

/** HTTP/2's `:authority` is in Node's flat list of fields. Over HTTP/1.1 no such field can come. */
const row = (
  name: string,
  authority: readonly string[],
  host: string | readonly string[],
  expect: Row['expect'],
): Row => ({
  name,
  request: (make) => make.request({ host, headers: authority.flatMap((value) => [':authority', value]) }),
  expect,
  nodeRejects: true,
})

const accepted: Row['expect'] = { accepted: 'DPoP' }
const rejected: Row['expect'] = { rejected: 'host_malformed' }

export const authority: readonly Row[] = [
  row(':authority alone is accepted', ['api.example.com'], [], accepted),
  row(':authority beside the same Host is accepted', ['api.example.com'], 'api.example.com', accepted),
  row(':authority beside the Host in another case is accepted', ['API.example.com'], 'api.EXAMPLE.com', accepted),
  row(':authority of a proxy is accepted, because no check uses it', ['orders.internal:8443'], [], accepted),
  row(':authority beside another Host is rejected', ['api.example.com'], 'evil.example', rejected),
  row(':authority beside the Host with a port is rejected', ['api.example.com'], 'api.example.com:443', rejected),
  row(':authority beside two Hosts is rejected', ['api.example.com'], ['api.example.com', 'api.example.com'], rejected),
  row(':authority twice is rejected', ['api.example.com', 'api.example.com'], [], rejected),
  row('an empty :authority is rejected', [''], [], rejected),
  row(':authority with userinfo is rejected', ['user@api.example.com'], [], rejected),
  row(':authority with a path is rejected', ['api.example.com/orders'], [], rejected),
  row(':authority as a list is rejected', ['api.example.com, evil.example'], [], rejected),
  {
    name: 'a proof for a counterfeit server is rejected, even if :authority names that server',
    request: (make) =>
      make.request({ url: 'https://evil.example/orders', host: [], headers: [':authority', 'evil.example'] }),
    expect: { rejected: 'proof_htu' },
    nodeRejects: true,
  },
]
