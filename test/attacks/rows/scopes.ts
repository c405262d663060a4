import type { Mutation } from '../make.js'
import type { ProfileName } from '../profiles.js'
import type { Expectation, Row } from '../row.js'

const row = (name: string, claims: Mutation['claims'], expect: Expectation, profile: ProfileName = 'scopes'): Row => ({
  name,
  profile,
  request: (make) => make.request({ claims }),
  expect,
})

const bearerRow = (name: string, claims: Mutation['claims'], expect: Expectation): Row => ({
  name,
  profile: 'bearer scopes',
  request: (make) => make.request({ scheme: 'Bearer', dpop: [], claims: { ...claims, cnf: undefined } }),
  expect,
})

const accepted: Expectation = { accepted: 'DPoP' }
const refused: Expectation = { refused: 'scope_insufficient' }
const refusedByRoute: Expectation = { refused: 'scope_insufficient', scope: 'orders:read orders:write' }

export const scopes: readonly Row[] = [
  row('a token with all scopes is accepted', { scope: 'orders:read orders:write' }, accepted),
  row('more scopes than needed are accepted', { scope: 'admin orders:write orders:read openid' }, accepted),
  row('a scope twice and spaces more are accepted', { scope: ' orders:read  orders:read orders:write ' }, accepted),
  row('scope as a list is accepted', { scope: ['orders:read', 'orders:write'] }, accepted),
  row('scp as a list is accepted', { scope: undefined, scp: ['orders:write', 'orders:read'] }, accepted),
  row('scp as a text is accepted', { scope: undefined, scp: 'orders:read orders:write' }, accepted),
  row('a token that lacks a scope is told all of them', { scope: 'orders:read' }, refused),
  row('a token that lacks the other scope is told all of them', { scope: 'orders:write' }, refused),
  row('a token without scopes is told all of them', { scope: undefined }, refused),
  row('an empty scope is none', { scope: '' }, refused),
  row('scope as a number is none', { scope: 1 }, refused),
  row('scope as an object is none', { scope: { 'orders:read': true, 'orders:write': true } }, refused),
  row('a longer scope is another scope', { scope: 'orders:read-all orders:write-all' }, refused),
  row('a shorter scope is another scope', { scope: 'orders orders:' }, refused),
  row('a scope in another case is another scope', { scope: 'Orders:Read ORDERS:WRITE' }, refused),
  row('commas do not separate scopes', { scope: 'orders:read,orders:write' }, refused),
  row('tabs do not separate scopes', { scope: 'orders:read\torders:write' }, refused),
  row('a wildcard is no scope of ours', { scope: '* orders:*' }, refused),
  row('a list of one text with a space has no scope of ours', { scope: ['orders:read orders:write'] }, refused),
  row('nested lists have no scope of ours', { scope: [['orders:read', 'orders:write']] }, refused),
  row('scopes under another name do not count', { scope: undefined, scopes: 'orders:read orders:write' }, refused),
  row('scope decides over scp', { scope: 'orders:read', scp: 'orders:read orders:write' }, refused),
  {
    name: 'without credentials a client learns the scopes too',
    profile: 'scopes',
    request: (make) => make.request({ authorization: [], dpop: [] }),
    expect: { refused: 'credentials_missing' },
  },
  {
    name: 'a bad proof is told before a missing scope',
    profile: 'scopes',
    request: (make) => make.request({ claims: { scope: '' }, proof: { method: 'POST' } }),
    expect: { refused: 'proof_htm' },
  },
  bearerRow('a Bearer token with all scopes is accepted', {}, { accepted: 'Bearer' }),
  bearerRow(
    'a Bearer token that lacks a scope is told so under Bearer',
    { scope: 'orders:read' },
    {
      refused: 'scope_insufficient',
      in: 'Bearer',
    },
  ),
  row('a DPoP token that lacks a scope is told so under DPoP', { scope: 'orders:read' }, refused, 'bearer scopes'),

  row("a token with the guard's and the route's scopes is accepted", {}, accepted, 'route scopes'),
  row(
    "a token that lacks the route's scope is told all of both",
    { scope: 'orders:read' },
    refusedByRoute,
    'route scopes',
  ),
  row(
    "a token that lacks the guard's scope never reaches the route",
    { scope: 'orders:write' },
    refused,
    'route scopes',
  ),
  {
    name: 'a missing scope of the route uses the proof up',
    profile: 'route scopes',
    request(make) {
      const request = make.request({ claims: { scope: 'orders:read' } })
      return [request, request]
    },
    earlier: refusedByRoute,
    expect: { refused: 'proof_replayed' },
  },
]
