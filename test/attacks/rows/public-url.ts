import type { ProfileName } from '../profiles.js'
import type { Row } from '../row.js'
import { underProfile } from './invalid-requests.js'

const row = (
  profile: ProfileName,
  name: string,
  [target, url, host]: readonly [target: string, url: string, host?: string],
  expect: Row['expect'],
): Row => ({ name, profile, request: (make) => make.request({ target, url, host }), expect })

const accepted: Row['expect'] = { accepted: 'DPoP' }
const rejected: Row['expect'] = { rejected: 'proof_htu' }

export const publicUrl: readonly Row[] = [
  row(
    'prefix',
    'a prefix that a proxy strips is part of htu',
    ['/orders', 'https://api.example.com/svc1/orders'],
    accepted,
  ),
  row('prefix', 'the prefix with a slash names the root', ['/', 'https://api.example.com/svc1/'], accepted),
  row('prefix', 'the bare prefix names the root', ['/', 'https://api.example.com/svc1'], accepted),
  row('prefix', 'the bare prefix names the root with a query', ['/?page=2', 'https://api.example.com/svc1'], accepted),
  row(
    'prefix',
    'the bare prefix in equivalent spelling names the root',
    ['/', 'HTTPS://API.example.com:443/x/../%73vc1'],
    accepted,
  ),
  row(
    'prefix',
    'the bare prefix names the root of a target in absolute-form',
    ['https://api.example.com/', 'https://api.example.com/svc1'],
    accepted,
  ),
  row(
    'tenants',
    'the bare prefix of one of several URLs names the root',
    ['/', 'https://deux.example.com/v2', 'two.internal'],
    accepted,
  ),
  row(
    'prefix',
    'a prefix in equivalent spelling is the same',
    ['/orders', 'https://api.example.com/%73vc1/./orders'],
    accepted,
  ),
  row('aliases', 'the first alias is accepted', ['/orders', 'https://api.example.com/orders'], accepted),
  row('aliases', 'the second alias is accepted', ['/orders', 'https://orders.example.org:8443/orders'], accepted),
  row(
    'aliases',
    'a target in absolute-form fixes the alias',
    ['https://orders.example.org:8443/orders', 'https://orders.example.org:8443/orders'],
    accepted,
  ),
  ...underProfile('aliases', ['target-absolute-other-host']),

  row(
    'tenants',
    "a tenant's own URL is accepted",
    ['/orders', 'https://one.example.com/orders', 'one.internal'],
    accepted,
  ),
  row(
    'tenants',
    'one of several URLs of a tenant is accepted',
    ['/orders', 'https://two.example.com/orders', 'two.internal'],
    accepted,
  ),
  row(
    'tenants',
    'another of its URLs with a prefix is accepted',
    ['/orders', 'https://deux.example.com/v2/orders', 'two.internal'],
    accepted,
  ),
  row(
    'tenants',
    'a proof for one tenant is rejected by another',
    ['/orders', 'https://one.example.com/orders', 'two.internal'],
    rejected,
  ),
  row(
    'tenants',
    'the resource is not a URL of a tenant',
    ['/orders', 'https://api.example.com/orders', 'one.internal'],
    rejected,
  ),
  row(
    'tenants',
    'a tenant that is not known is not served',
    ['/orders', 'https://evil.example/orders', 'evil.example'],
    {
      rejected: 'target_foreign',
    },
  ),
  row(
    'tenants',
    'a tenant with an invalid URL is an outage',
    ['/orders', 'https://one.example.com/orders', 'broken.internal'],
    {
      rejected: 'public_url_unavailable',
    },
  ),
  row(
    'tenants',
    'a tenant directory that is down is an outage',
    ['/orders', 'https://one.example.com/orders', 'down.internal'],
    {
      rejected: 'public_url_unavailable',
    },
  ),
  {
    name: 'without credentials the tenant directory is not asked',
    profile: 'tenants',
    request: (make) => make.request({ host: 'down.internal', authorization: [], dpop: [] }),
    expect: { rejected: 'credentials_missing' },
  },
]
