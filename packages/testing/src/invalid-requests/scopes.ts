import { randomUUID } from 'node:crypto'
import { mutations, type Row, tokenClaims } from './invalid-request.js'
import { type Mutation, tokenOf } from './mutation.js'

/** The same request twice: what lacks a scope has used its proof up. */
export const twice = (description: string, claims: Mutation['claims']): Row => [
  description,
  (valid) => {
    const accessToken = tokenOf(valid, { claims })
    const jti = randomUUID()
    return [
      { accessToken, proof: { jti } },
      { accessToken, proof: { jti } },
    ]
  },
]

/** RFC 6750 section 3.1, RFC 9068 section 2.2.3. */
export const scopes = {
  ...tokenClaims(
    'scope_insufficient',
    {
      'scope-one-of-two': ['a token with one of two scopes', { scope: 'orders:read' }],
      'scope-other-of-two': ['a token with the other of two scopes', { scope: 'orders:write' }],
      'scope-missing': ['a token without scope', { scope: undefined }],
      'scope-empty': ['an empty scope', { scope: '' }],
      'scope-number': ['scope as a number', { scope: 1 }],
      'scope-object': ['scope as an object', { scope: { 'orders:read': true, 'orders:write': true } }],
      'scope-longer': ['a longer scope', { scope: 'orders:read-all orders:write-all' }],
      'scope-shorter': ['a shorter scope', { scope: 'orders orders:' }],
      'scope-other-case': ['a scope in another case', { scope: 'Orders:Read ORDERS:WRITE' }],
      'scope-commas': ['scopes with a comma between', { scope: 'orders:read,orders:write' }],
      'scope-tabs': ['scopes with a tab between', { scope: 'orders:read\torders:write' }],
      'scope-wildcard': ['a wildcard as the scope', { scope: '* orders:*' }],
      'scope-list-of-one-string': ['scope as a list of one string', { scope: ['orders:read orders:write'] }],
      'scope-nested-lists': ['scope as a list in a list', { scope: [['orders:read', 'orders:write']] }],
      'scope-other-name': ['scopes under another name', { scope: undefined, scopes: 'orders:read orders:write' }],
      'scope-before-scp': [
        'more scopes in scp than in scope',
        { scope: 'orders:read', scp: 'orders:read orders:write' },
      ],
    },
    { setting: 'scopes' },
  ),
  ...mutations(
    'proof_replayed',
    {
      'proof-replayed-after-scope': twice('the same proof again, after it lacked a scope', { scope: 'orders:read' }),
      'faults-replay-and-scope': [
        'one jti with a token without scopes',
        () => {
          const jti = randomUUID()
          return [{ proof: { jti } }, { claims: { scope: '' }, proof: { jti } }]
        },
      ],
    },
    { setting: 'scopes' },
  ),
  ...mutations(
    'proof_htm',
    {
      'faults-htm-and-scope': [
        'another htm with a token without scopes',
        { claims: { scope: '' }, proof: { claims: { htm: 'PURGE' } } },
      ],
    },
    { setting: 'scopes' },
  ),
  ...mutations(
    'proof_expired',
    {
      'faults-iat-and-scope': [
        'an old iat with a token without scopes',
        ({ now }) => ({ claims: { scope: '' }, proof: { claims: { iat: now - 61 } } }),
      ],
    },
    { setting: 'scopes' },
  ),
  ...mutations(
    'scope_insufficient',
    {
      'bearer-scope-one-of-two': [
        'a Bearer token with one of two scopes',
        { scheme: 'Bearer', dpop: [], claims: { cnf: undefined, scope: 'orders:read' } },
      ],
    },
    { setting: 'bearer scopes', scheme: 'Bearer' },
  ),
  ...tokenClaims(
    'scope_insufficient',
    {
      'scope-of-route-missing': ["a token without the route's scope", { scope: 'orders:read' }],
      'scope-of-guard-missing': ["a token without the guard's scope", { scope: 'orders:write' }],
    },
    { setting: 'route scopes' },
  ),
  ...mutations(
    'proof_replayed',
    {
      'proof-replayed-after-scope-of-route': twice("the same proof again, after it lacked the route's scope", {
        scope: 'orders:read',
      }),
    },
    { setting: 'route scopes' },
  ),
}
