import type { ProfileName } from '../profiles.js'
import type { Row } from '../row.js'
import { underProfile } from './invalid-requests.js'

const outage = (
  profile: ProfileName,
  name: string,
  rejected: 'replay_store_unavailable' | 'keys_unavailable' | 'internal_error',
): Row => ({
  name,
  profile,
  request: (make) => make.request(),
  expect: { rejected },
})

export const infrastructure: readonly Row[] = [
  outage('store rejects', 'a replay store that rejects is an outage, not a pass', 'replay_store_unavailable'),
  outage('store throws', 'a replay store that throws is an outage', 'replay_store_unavailable'),
  outage('store is silent', 'a replay store that answers nothing is an outage', 'replay_store_unavailable'),
  outage('store says OK', 'a replay store that answers "OK" is an outage', 'replay_store_unavailable'),
  outage('issuer down', 'an issuer that cannot be reached is an outage, not a bad token', 'keys_unavailable'),
  outage(
    'issuer without usable keys',
    'a key set of which no key can verify is an outage, not a bad token',
    'keys_unavailable',
  ),
  outage('no clock', 'a clock that returns no time is an outage', 'internal_error'),
  {
    name: 'a replay store with room for one takes one proof',
    profile: 'store is full',
    request: (make) => make.request(),
    expect: { accepted: 'DPoP' },
  },
  {
    name: 'a full replay store is an outage for the next proof',
    profile: 'store is full',
    request: (make) => make.request(),
    expect: { rejected: 'replay_store_full' },
  },
  // A bad request is still rejected as one.
  ...underProfile('store is full', ['proof-htm-other-method']),
  ...underProfile('store rejects', ['proof-61-seconds-old']),
  ...underProfile('store throws', ['proof-signature-zeros']),
  {
    name: 'an outage of the store does not disturb Bearer',
    profile: 'bearer, store rejects',
    request: (make) => make.request({ scheme: 'Bearer', dpop: [], claims: { cnf: undefined } }),
    expect: { accepted: 'Bearer' },
  },
  {
    name: 'an outage of the store offers no other scheme',
    profile: 'bearer, store rejects',
    request: (make) => make.request(),
    expect: { rejected: 'replay_store_unavailable' },
  },
  {
    name: 'an outage of the issuer is one for Bearer too',
    profile: 'bearer, issuer down',
    request: (make) => make.request({ scheme: 'Bearer', dpop: [], claims: { cnf: undefined } }),
    expect: { rejected: 'keys_unavailable' },
  },
  ...underProfile('issuer down', ['credentials-missing', 'token-iss-other', 'proof-missing']),
]
