import type { Make, Mutation } from '../make.js'
import type { Row } from '../row.js'
import { underProfile } from './invalid-requests.js'

/** A Bearer request with an unbound token and without a proof. */
const bearer = (make: Make, mutation: Mutation = {}) =>
  make.request({ scheme: 'Bearer', dpop: [], claims: { cnf: undefined }, ...mutation })

const accepted = (name: string, mutation: Mutation = {}): Row => ({
  name,
  profile: 'bearer',
  request: (make) => bearer(make, mutation),
  expect: { accepted: 'Bearer' },
})

export const bearerMode: readonly Row[] = [
  accepted('a Bearer token that is not bound is accepted'),
  accepted('the Bearer scheme may be in lower case', { scheme: 'bearer' }),
  accepted('the Bearer scheme may be in upper case', { scheme: 'BEARER' }),
  {
    name: 'a Bearer token is accepted twice',
    profile: 'bearer',
    request(make) {
      const request = bearer(make)
      return [request, request]
    },
    earlier: { accepted: 'Bearer' },
    expect: { accepted: 'Bearer' },
  },
  {
    name: 'DPoP is accepted beside Bearer',
    profile: 'bearer',
    request: (make) => make.request(),
    expect: { accepted: 'DPoP' },
  },
  // Both schemes are offered; the error is in the challenge of the one that was used.
  ...underProfile('bearer', [
    'credentials-missing',
    'authorization-basic',
    'authorization-missing',
    'token-in-query',
    'token-unbound',
    'faults-no-proof-and-binding',
    'authorization-twice',
    'authorization-basic-twice',
    'authorization-bearer-and-dpop',
    'authorization-comma-bearer',
    'authorization-bearer-comma-dpop',
    'authorization-comma-tab-bearer',
    'authorization-commas-bearer-alone',
    'authorization-comma-behind',
    'authorization-comma-behind-scheme',
    'authorization-comma-inside',
    'authorization-comma-twice',
    'authorization-comma-basic',
    'authorization-comma-bearer-longer',
    'proof-missing',
    'proof-twice',
    'proof-htu-other-host',
    'proof-htm-other-method',
    'token-expired',
    'proof-replayed',
  ]),
  ...underProfile('realm', ['credentials-missing', 'proof-missing', 'bearer-opaque']),
]
