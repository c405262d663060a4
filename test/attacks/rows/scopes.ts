import type { Mutation } from '../make.js'
import type { ProfileName } from '../profiles.js'
import type { Row } from '../row.js'
import { underProfile } from './invalid-requests.js'

const row = (name: string, claims: Mutation['claims'] = {}, profile: ProfileName = 'scopes'): Row => ({
  name,
  profile,
  request: (make) => make.request({ claims }),
  expect: { accepted: 'DPoP' },
})

export const scopes: readonly Row[] = [
  row('a token with all scopes is accepted', { scope: 'orders:read orders:write' }),
  row('more scopes than needed are accepted', { scope: 'admin orders:write orders:read openid' }),
  row('a repeated scope and extra spaces are accepted', { scope: ' orders:read  orders:read orders:write ' }),
  row('scope as a list is accepted', { scope: ['orders:read', 'orders:write'] }),
  row('scp as a list is accepted', { scope: undefined, scp: ['orders:write', 'orders:read'] }),
  row('scp as a string is accepted', { scope: undefined, scp: 'orders:read orders:write' }),
  ...underProfile('scopes', ['credentials-missing', 'proof-htm-other-method']),
  {
    name: 'a Bearer token with all scopes is accepted',
    profile: 'bearer scopes',
    request: (make) => make.request({ scheme: 'Bearer', dpop: [], claims: { cnf: undefined } }),
    expect: { accepted: 'Bearer' },
  },
  ...underProfile('bearer scopes', ['scope-one-of-two']),
  row("a token with the guard's and the route's scopes is accepted", {}, 'route scopes'),
]
