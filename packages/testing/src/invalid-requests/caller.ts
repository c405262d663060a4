import { mutations, tokenClaims } from './invalid-request.js'
import type { Mutation } from './mutation.js'
import { twice } from './scopes.js'

const asBearer = (claims: Mutation['claims'] = {}): Mutation => ({
  scheme: 'Bearer',
  dpop: [],
  claims: { cnf: undefined, ...claims },
})

const anyScope = { setting: 'any scope' } as const
const claims = { setting: 'claims' } as const
const bearerClaims = { setting: 'claims, bearer', scheme: 'Bearer' } as const
const dpopOnRoute = { setting: 'DPoP on this route' } as const

/** Requirements of single routes, other than `requireScopes` and `requireStepUp`. */
export const caller = {
  ...tokenClaims(
    'scope_insufficient',
    {
      'any-scope-none': ['a token with none of several scopes', { scope: 'orders:read' }],
      'any-scope-longer': ['a longer scope than each of several', { scope: 'orders:read orders:write-all' }],
      'any-scope-in-one-string': [
        'several scopes in one item of a list',
        { scope: ['orders:read', 'orders:write orders:admin'] },
      ],
    },
    anyScope,
  ),
  ...tokenClaims(
    'claims_insufficient',
    {
      'claims-missing': ['a token without the claim that a route wants', {}],
      'claims-other': ['a token with another value of the claim that a route wants', { roles: ['clerk'] }],
    },
    claims,
  ),
  ...mutations(
    'proof_replayed',
    { 'proof-replayed-after-claims': twice('the same proof again, after its token lacked a claim', {}) },
    claims,
  ),
  ...mutations(
    'claims_insufficient',
    { 'bearer-claims-other': ['a Bearer token with another value of the claim', asBearer({ roles: ['clerk'] })] },
    bearerClaims,
  ),
  ...mutations(
    'dpop_required',
    {
      'bearer-where-dpop-is-required': ['a good Bearer token where a route wants DPoP', asBearer()],
      'bearer-where-dpop-is-required-without-scope': [
        'a Bearer token without scopes where a route wants DPoP',
        asBearer({ scope: '' }),
      ],
    },
    { ...dpopOnRoute, scheme: 'none' },
  ),
  ...mutations(
    'dpop_required',
    {
      'bearer-where-dpop-is-required-head': [
        'HEAD with a good Bearer token where a route wants DPoP',
        { ...asBearer(), method: 'HEAD' },
      ],
    },
    { ...dpopOnRoute, scheme: 'none', onlyByFetch: true },
  ),
  ...mutations(
    'token_bound_as_bearer',
    {
      'bearer-bound-where-dpop-is-required': [
        'a bound token as Bearer where a route wants DPoP',
        { scheme: 'Bearer', dpop: [] },
      ],
    },
    { ...dpopOnRoute, scheme: 'Bearer' },
  ),
  ...tokenClaims(
    'scope_insufficient',
    { 'scope-missing-where-dpop-is-required': ['a DPoP token without scopes where a route wants DPoP', { scope: '' }] },
    dpopOnRoute,
  ),
}
