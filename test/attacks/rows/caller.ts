import { now, type ProfileName } from '../profiles.js'
import type { Row } from '../row.js'
import { underProfile } from './invalid-requests.js'

const row = (name: string, claims: Record<string, unknown>, profile: ProfileName): Row => ({
  name,
  profile,
  request: (make) => make.request({ claims }),
  expect: { accepted: 'DPoP' },
})

const bearerRow = (name: string, claims: Record<string, unknown>, profile: ProfileName): Row => ({
  ...row(name, claims, profile),
  request: (make) => make.request({ scheme: 'Bearer', dpop: [], claims: { cnf: undefined, ...claims } }),
  expect: { accepted: 'Bearer' },
})

const broken = (name: string, roles: string): Row => ({
  ...row(`a function of claims that ${name} is no answer`, { roles }, 'claims throw'),
  expect: { rejected: 'claims_check_unavailable' },
})

/** Meets every requirement of the profile `every requirement`. */
const good = { scope: 'orders:read orders:admin', roles: ['auditor'], auth_time: now - 300 }

export const caller: readonly Row[] = [
  row('one of several scopes is accepted', { scope: 'orders:read orders:write' }, 'any scope'),
  row('another one of several scopes is accepted', { scope: 'orders:admin orders:read' }, 'any scope'),
  row('all of several scopes are accepted', { scope: 'orders:admin orders:read orders:write' }, 'any scope'),
  ...underProfile('any scope', ['scope-of-guard-missing'], { scope: 'orders:read' }),
  ...underProfile('any scope', ['credentials-missing', 'proof-htm-other-method']),

  row('the claims that a route wants are accepted', { roles: ['clerk', 'auditor'] }, 'claims'),
  bearerRow('a Bearer token with the claims that a route wants is accepted', { roles: ['auditor'] }, 'claims, bearer'),
  ...underProfile('claims', ['credentials-missing', 'proof-htm-other-method', 'token-expired']),
  broken('throws', 'throw'),
  broken('returns a promise of true', 'promise'),
  broken('returns a promise that rejects', 'rejection'),
  broken('returns a number', 'number'),
  broken('returns nothing', 'nothing'),
  row('after a function of claims broke, good claims are accepted', { roles: 'auditor' }, 'claims throw'),
  ...underProfile('claims, optional', ['credentials-missing']),

  row('DPoP is accepted where a route wants DPoP', {}, 'DPoP on this route'),
  ...underProfile('DPoP on this route', ['credentials-missing', 'proof-missing', 'bearer-with-proof']),
  ...underProfile('DPoP on this route, optional', ['credentials-missing'], { offered: ['DPoP'] }),
  ...underProfile('DPoP on this route, optional', ['bearer-where-dpop-is-required'], { offered: ['DPoP'] }),
  {
    name: 'credentials of another scheme are not enough where a route wants DPoP',
    profile: 'DPoP on this route, optional',
    request: (make) => make.request({ authorization: ['Basic dXNlcjpwYXNz'], dpop: [] }),
    expect: { rejected: 'credentials_missing', offered: ['DPoP'] },
  },

  row('a caller that meets every requirement is accepted', good, 'every requirement'),
  {
    ...bearerRow('the scheme is checked before all other requirements', { scope: 'orders:read' }, 'every requirement'),
    expect: { rejected: 'dpop_required', offered: ['DPoP'] },
  },
  {
    ...row('scopes are checked before claims', { scope: 'orders:read' }, 'every requirement'),
    expect: { rejected: 'scope_insufficient', scope: 'orders:read orders:write orders:admin' },
  },
  {
    ...row('claims are checked before the authentication', { ...good, roles: [], auth_time: 0 }, 'every requirement'),
    expect: { rejected: 'claims_insufficient' },
  },
  {
    ...row('the authentication is checked last', { ...good, auth_time: now - 301 }, 'every requirement'),
    expect: { rejected: 'authentication_too_old', params: { max_age: '300' } },
  },
]
