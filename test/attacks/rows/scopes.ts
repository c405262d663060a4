import type { Mutation } from '../make.js'
import { now, type ProfileName } from '../profiles.js'
import type { Row } from '../row.js'
import { underProfile } from './invalid-requests.js'

const row = (name: string, claims: Mutation['claims'] = {}, profile: ProfileName = 'scopes'): Row => ({
  name,
  profile,
  request: (make) => make.request({ claims }),
  expect: { accepted: 'DPoP' },
})

const both = ['orders:read', 'orders:write']
const permissions = (answers: unknown) => ({ permissions: { answers } })
const noScopes: Row['expect'] = { rejected: 'scopes_unavailable' }

/** A token whose claim `permissions` says what `scopesOf` must do. */
const elsewhere = (name: string, claims: object, expect: Row['expect']): Row => ({
  name,
  profile: 'scopes elsewhere',
  request: (make) => make.request({ claims: { cnf: { jkt: make.client.jkt }, ...claims } }),
  expect,
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

  row('scopes in a claim that scopesOf reads are accepted', { scope: '', ...permissions(both) }, 'scopes elsewhere'),
  elsewhere("a token without the route's scope in that claim is rejected", permissions(['orders:read']), {
    rejected: 'scope_insufficient',
    scope: 'orders:read orders:write',
  }),
  elsewhere('the claim scope does not count beside it', permissions([]), { rejected: 'scope_insufficient' }),
  elsewhere('an outage of scopesOf is no rejection: it throws', { permissions: 'throws' }, noScopes),
  elsewhere('an outage of scopesOf is no rejection: it rejects', { permissions: 'rejects' }, noScopes),
  ...Object.entries({
    nothing: undefined,
    'a string': 'orders:read orders:write',
    'a list in a list': [both],
    'two scopes in one string': ['orders:read orders:write'],
    'a promise of a list': 'resolves',
  }).map(([name, answers]) => elsewhere(`scopesOf that returns ${name} is an outage`, permissions(answers), noScopes)),
  elsewhere('scopesOf is not asked about an expired token', { exp: now - 60 }, { rejected: 'token_expired' }),
  {
    name: 'an outage of scopesOf is one for Bearer too',
    profile: 'scopes elsewhere',
    request: (make) => make.request({ scheme: 'Bearer', dpop: [], claims: { cnf: undefined, permissions: 'throws' } }),
    expect: noScopes,
  },
]
