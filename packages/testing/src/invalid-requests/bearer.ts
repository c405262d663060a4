import { unconfirmed } from './binding.js'
import { type InvalidRequest, mutations, mutationsOf, type Row } from './invalid-request.js'
import type { Mutation, ValidRequest } from './mutation.js'
import { pathOf } from './url-parts.js'

/** A request of scheme Bearer with a bound token, and no proof. */
const bound = (mutation: Mutation = {}): Mutation => ({ scheme: 'Bearer', dpop: [], ...mutation })

/** The same with a token that is not bound: it would be good, but for this. */
const unbound = ({ claims, ...mutation }: Mutation = {}): Mutation =>
  bound({ claims: { cnf: undefined, ...claims }, ...mutation })

const goodProof: Mutation = { dpop: ({ proof }) => proof }
const expired = ({ now }: ValidRequest) => ({ exp: now - 60 })

const setting = 'bearer'
const traits = { setting, scheme: 'Bearer' } as const
const traitsByFetch = { ...traits, onlyByFetch: true } as const

/** A token whose binding cannot be confirmed is not one without a binding. */
function asBearer(table: Readonly<Record<string, InvalidRequest>>) {
  const rows = Object.entries(table).map(([name, request]): [string, Row] => [
    `bearer-${name}`,
    [`${request.description}, as Bearer`, (valid) => mutationsOf(request, valid).map(bound)],
  ])
  return mutations('token_bound_as_bearer', Object.fromEntries(rows), traits)
}

/** RFC 9449 section 7.2, RFC 6750 section 2.1. */
export const bearer = {
  ...mutations(
    'token_bound_as_bearer',
    {
      'bearer-bound': ['a bound token as Bearer', bound()],
      'bearer-bound-with-proof': ['a bound token as Bearer with a good proof', bound(goodProof)],
      'bearer-bound-with-two-proofs': ['a bound token as Bearer with two proofs', bound({ dpop: ['a', 'b'] })],
      'bearer-bound-upper-case': ['a bound token as BEARER', bound({ scheme: 'BEARER' })],
    },
    traits,
  ),
  ...asBearer(unconfirmed),
  ...mutations(
    'bearer_with_proof',
    {
      'bearer-with-proof': ['an unbound Bearer token with a good proof', unbound(goodProof)],
      'bearer-with-empty-proof': ['an unbound Bearer token with an empty DPoP field', unbound({ dpop: '' })],
      'bearer-with-malformed-proof': ['an unbound Bearer token with a malformed proof', unbound({ dpop: 'rubbish' })],
      'bearer-with-two-proofs': ['an unbound Bearer token with two proofs', unbound({ dpop: ['a.b.c', 'a.b.c'] })],
    },
    traits,
  ),
  ...mutations(
    'token_expired',
    {
      'bearer-expired': ['an expired Bearer token', (valid) => unbound({ claims: expired(valid) })],
      'bearer-expired-with-proof': [
        'an expired Bearer token with a proof',
        (valid) => unbound({ ...goodProof, claims: expired(valid) }),
      ],
    },
    traits,
  ),
  ...mutations(
    'token_malformed',
    { 'bearer-opaque': ['an opaque Bearer token', unbound({ accessToken: 'INVALID_TOKEN' })] },
    traits,
  ),
  ...mutations(
    'token_audience',
    {
      'bearer-aud-other': [
        'a Bearer token for another resource',
        unbound({ claims: { aud: 'https://other.example.com' } }),
      ],
    },
    traits,
  ),
  ...mutations(
    'token_issuer',
    { 'bearer-iss-other': ['a Bearer token of another issuer', unbound({ claims: { iss: 'https://evil.example' } })] },
    traits,
  ),
  ...mutations(
    'token_typ',
    { 'bearer-typ-jwt': ['a Bearer token of typ JWT', unbound({ mint: { header: { typ: 'JWT' } } })] },
    traits,
  ),
  ...mutations(
    'token_signature',
    {
      'bearer-signature-zeros': [
        'a Bearer token with a signature of zeros',
        unbound({
          authorization: (token) => `Bearer ${token.replace(/[^.]+$/, (signature) => 'A'.repeat(signature.length))}`,
        }),
      ],
    },
    traits,
  ),
  ...mutations(
    'authorization_malformed',
    {
      'bearer-scheme-alone': ['Bearer alone', unbound({ authorization: 'Bearer' })],
      'bearer-two-tokens': ['Bearer with two tokens', unbound({ authorization: 'Bearer a b' })],
      'bearer-comma-token': [
        'two Bearer tokens in one field',
        unbound({ authorization: (token) => `Bearer ${token}, ${token}` }),
      ],
      'bearer-comma-behind': [
        'a comma behind a Bearer token',
        unbound({ authorization: (token) => `Bearer ${token},` }),
      ],
    },
    traits,
  ),
  ...mutations(
    'authorization_repeated',
    {
      'bearer-twice': [
        'the same Bearer token twice',
        unbound({ authorization: (token) => [`Bearer ${token}`, `Bearer ${token}`] }),
      ],
      'bearer-and-basic': [
        'Bearer before Basic',
        unbound({ authorization: (token) => [`Bearer ${token}`, 'Basic dXNlcjpwYXNz'] }),
      ],
    },
    traits,
  ),
  ...mutations(
    'token_repeated',
    {
      'bearer-and-token-in-query': [
        'a Bearer token with one in the query',
        (valid) => unbound({ target: `${pathOf(valid)}?access_token=x` }),
      ],
    },
    traitsByFetch,
  ),
  ...mutations(
    'target_malformed',
    {
      'bearer-target-climbs': [
        'a Bearer token for a target that climbs',
        (valid) => unbound({ target: `/x/..${pathOf(valid)}` }),
      ],
    },
    traitsByFetch,
  ),
  ...mutations(
    'target_foreign',
    {
      'bearer-target-absolute-other-host': [
        'a Bearer token for a target at another host',
        (valid) => unbound({ target: `https://evil.example${pathOf(valid)}` }),
      ],
    },
    traitsByFetch,
  ),
  ...mutations(
    'host_malformed',
    { 'bearer-hosts-two': ['a Bearer token with two Hosts', unbound({ host: ['a', 'b'] })] },
    traitsByFetch,
  ),
}
