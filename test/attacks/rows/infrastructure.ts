import { now, type ProfileName } from '../profiles.js'
import type { Row } from '../row.js'

const outage = (
  profile: ProfileName,
  name: string,
  refused: 'replay_store_unavailable' | 'keys_unavailable' | 'internal_error',
): Row => ({
  name,
  profile,
  request: (make) => make.request(),
  expect: { refused },
})

export const infrastructure: readonly Row[] = [
  outage('store rejects', 'a replay store that rejects is an outage, not a pass', 'replay_store_unavailable'),
  outage('store throws', 'a replay store that throws is an outage', 'replay_store_unavailable'),
  outage('store is silent', 'a replay store that answers nothing is an outage', 'replay_store_unavailable'),
  outage('store says OK', 'a replay store that answers "OK" is an outage', 'replay_store_unavailable'),
  outage('issuer down', 'an issuer that cannot be reached is an outage, not a bad token', 'keys_unavailable'),
  outage('issuer key broken', 'a key that cannot be imported is an outage, not a bad token', 'keys_unavailable'),
  outage('no clock', 'a clock that gives no time is an outage', 'internal_error'),
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
    expect: { refused: 'replay_store_full' },
  },
  {
    name: 'a full replay store turns a bad proof away all the same',
    profile: 'store is full',
    request: (make) => make.request({ proof: { method: 'POST' } }),
    expect: { refused: 'proof_htm' },
  },
  {
    name: 'an outage of the store is no matter to a bad proof',
    profile: 'store rejects',
    request: (make) => make.request({ proof: { claims: { iat: now - 61 } } }),
    expect: { refused: 'proof_expired' },
  },
  {
    name: 'an outage of the store is no matter to a forged signature',
    profile: 'store throws',
    request: (make) => make.request({ dpop: ({ proof }) => `${proof.slice(0, -86)}${'A'.repeat(86)}` }),
    expect: { refused: 'proof_signature' },
  },
  {
    name: 'an outage of the store is no matter to Bearer',
    profile: 'bearer, store rejects',
    request: (make) => make.request({ scheme: 'Bearer', dpop: [], claims: { cnf: undefined } }),
    expect: { accepted: 'Bearer' },
  },
  {
    name: 'an outage of the store offers no other scheme',
    profile: 'bearer, store rejects',
    request: (make) => make.request(),
    expect: { refused: 'replay_store_unavailable' },
  },
  {
    name: 'an outage of the issuer is one for Bearer too',
    profile: 'bearer, issuer down',
    request: (make) => make.request({ scheme: 'Bearer', dpop: [], claims: { cnf: undefined } }),
    expect: { refused: 'keys_unavailable' },
  },
  {
    name: 'an outage of the issuer is no matter without credentials',
    profile: 'issuer down',
    request: (make) => make.request({ authorization: [], dpop: [] }),
    expect: { refused: 'credentials_missing' },
  },
  {
    name: 'an outage of the issuer is no matter to a token of another issuer',
    profile: 'issuer down',
    request: (make) => make.request({ claims: { iss: 'https://evil.example' } }),
    expect: { refused: 'token_issuer' },
  },
  {
    name: 'an outage of the issuer is no matter where the proof is missing',
    profile: 'issuer down',
    request: (make) => make.request({ dpop: [] }),
    expect: { refused: 'proof_missing' },
  },
]
