import type { Make, Mutation } from '../make.js'
import { now, type ProfileName } from '../profiles.js'
import type { Expectation, Row } from '../row.js'
import { unconfirmable } from './binding.js'

/** A Bearer request with a token that is not bound, and no proof. */
const bearer = (make: Make, { claims, ...mutation }: Mutation = {}) =>
  make.request({ scheme: 'Bearer', dpop: [], claims: { cnf: undefined, ...claims }, ...mutation })

const row = (
  name: string,
  mutation: (make: Make) => Mutation,
  expect: Expectation,
  profile: ProfileName = 'bearer',
): Row => ({ name, profile, request: (make) => bearer(make, mutation(make)), expect })

const goodProof: Mutation = { dpop: ({ proof }) => proof }

export const bearerMode: readonly Row[] = [
  row('a Bearer token that is not bound is accepted', () => ({}), { accepted: 'Bearer' }),
  row('the Bearer scheme may be in lower case', () => ({ scheme: 'bearer' }), { accepted: 'Bearer' }),
  row('the Bearer scheme may be in upper case', () => ({ scheme: 'BEARER' }), { accepted: 'Bearer' }),
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
  {
    name: 'without credentials both schemes are offered without an error',
    profile: 'bearer',
    request: (make) => make.request({ authorization: [], dpop: [] }),
    expect: { refused: 'credentials_missing' },
  },
  {
    name: 'Basic gets both schemes without an error',
    profile: 'bearer',
    request: (make) => make.request({ authorization: 'Basic dXNlcjpwYXNz', dpop: [] }),
    expect: { refused: 'scheme_unsupported' },
  },
  {
    name: 'a proof without a token gets both schemes without an error',
    profile: 'bearer',
    request: (make) => make.request({ authorization: [] }),
    expect: { refused: 'proof_without_token' },
  },
  row('a bound token never passes as Bearer', (make) => ({ claims: { cnf: { jkt: make.client.jkt } } }), {
    refused: 'token_bound_as_bearer',
    in: 'Bearer',
  }),
  row(
    'a bound token never passes as Bearer, with a good proof beside it either',
    (make) => ({ ...goodProof, claims: { cnf: { jkt: make.client.jkt } } }),
    { refused: 'token_bound_as_bearer', in: 'Bearer' },
  ),
  row(
    'a bound token never passes as Bearer, with two proofs beside it either',
    (make) => ({ dpop: ['a', 'b'], claims: { cnf: { jkt: make.client.jkt } } }),
    { refused: 'token_bound_as_bearer', in: 'Bearer' },
  ),
  row(
    'a bound token under a scheme in upper case never passes',
    (make) => ({ scheme: 'BEARER', claims: { cnf: { jkt: make.client.jkt } } }),
    {
      refused: 'token_bound_as_bearer',
      in: 'Bearer',
    },
  ),
  ...Object.entries(unconfirmable).map(([name, cnf]) =>
    row(`a token with ${name} never passes as Bearer`, (make) => ({ claims: { cnf: cnf(make) } }), {
      refused: 'token_bound_as_bearer',
      in: 'Bearer',
    }),
  ),
  ...Object.entries({
    'a good proof': goodProof,
    'an empty DPoP field': { dpop: '' },
    'a malformed proof': { dpop: 'rubbish' },
    'two proofs': { dpop: ['a.b.c', 'a.b.c'] },
  } satisfies Record<string, Mutation>).map(([name, mutation]) =>
    row(`an unbound Bearer token with ${name} beside it is refused`, () => mutation, {
      refused: 'bearer_with_proof',
      in: 'Bearer',
    }),
  ),
  row('an unbound token under DPoP is refused', () => ({ scheme: 'DPoP', ...goodProof }), { refused: 'token_unbound' }),
  row('an unbound token under DPoP without a proof lacks the proof', () => ({ scheme: 'DPoP' }), {
    refused: 'proof_missing',
  }),
  row('an expired Bearer token is refused', () => ({ claims: { exp: now - 60 } }), {
    refused: 'token_expired',
    in: 'Bearer',
  }),
  row(
    'an expired Bearer token with a proof beside it is refused',
    () => ({ ...goodProof, claims: { exp: now - 60 } }),
    {
      refused: 'token_expired',
      in: 'Bearer',
    },
  ),
  row('an opaque Bearer token is refused', () => ({ accessToken: 'INVALID_TOKEN' }), {
    refused: 'token_malformed',
    in: 'Bearer',
  }),
  row('a Bearer token for another resource is refused', () => ({ claims: { aud: 'https://other.example.com' } }), {
    refused: 'token_audience',
    in: 'Bearer',
  }),
  row('a Bearer token of another issuer is refused', () => ({ claims: { iss: 'https://evil.example' } }), {
    refused: 'token_issuer',
    in: 'Bearer',
  }),
  row('a Bearer token that is no access token is refused', () => ({ mint: { header: { typ: 'JWT' } } }), {
    refused: 'token_typ',
    in: 'Bearer',
  }),
  row(
    'a Bearer token with a broken signature is refused',
    (make) => ({ accessToken: `${make.accessToken().slice(0, -86)}${'A'.repeat(86)}` }),
    {
      refused: 'token_signature',
      in: 'Bearer',
    },
  ),
  row('Bearer without a token is malformed', () => ({ authorization: 'Bearer' }), {
    refused: 'authorization_malformed',
    in: 'Bearer',
  }),
  row('Bearer with two tokens is malformed', () => ({ authorization: 'Bearer a b' }), {
    refused: 'authorization_malformed',
    in: 'Bearer',
  }),
  row('Bearer twice is refused', () => ({ authorization: (token) => [`Bearer ${token}`, `Bearer ${token}`] }), {
    refused: 'authorization_repeated',
    in: 'Bearer',
  }),
  row('Bearer and Basic are refused', () => ({ authorization: (token) => [`Bearer ${token}`, 'Basic dXNlcjpwYXNz'] }), {
    refused: 'authorization_repeated',
    in: 'Bearer',
  }),
  row('DPoP twice is refused', () => ({ authorization: (token) => [`DPoP ${token}`, `DPoP ${token}`], ...goodProof }), {
    refused: 'authorization_repeated',
    in: 'DPoP',
  }),
  row('Basic twice gets both schemes without an error', () => ({ authorization: ['Basic YTpi', 'Basic YTpi'] }), {
    refused: 'authorization_repeated',
    in: 'none',
  }),
  row(
    'both schemes in two fields get the error in both challenges',
    () => ({ authorization: (token) => [`Bearer ${token}`, `DPoP ${token}`] }),
    {
      refused: 'authorization_ambiguous',
    },
  ),
  row(
    'both schemes in one field get the error in both challenges',
    () => ({ authorization: (token) => `Bearer ${token}, DPoP ${token}` }),
    {
      refused: 'authorization_ambiguous',
    },
  ),
  row(
    'two Bearer tokens in one field get the error in both challenges',
    () => ({ authorization: (token) => `Bearer ${token}, ${token}` }),
    {
      refused: 'authorization_ambiguous',
    },
  ),
  row('a Bearer token in header and query is refused', () => ({ target: '/orders?access_token=x' }), {
    refused: 'token_repeated',
    in: 'Bearer',
  }),
  row(
    'a token in the query alone is no credentials here either',
    () => ({ target: '/orders?access_token=x', authorization: [] }),
    {
      refused: 'token_in_query',
    },
  ),
  row('a Bearer request for a dot segment is refused', () => ({ target: '/a/../orders' }), {
    refused: 'target_malformed',
    in: 'Bearer',
  }),
  row('a Bearer request for another origin is refused', () => ({ target: 'https://evil.example/orders' }), {
    refused: 'target_foreign',
    in: 'Bearer',
  }),
  row('a Bearer request with two Hosts is refused', () => ({ host: ['a', 'b'] }), {
    refused: 'host_malformed',
    in: 'Bearer',
  }),
  ...Object.entries({
    'without a proof': [{ dpop: [] }, 'proof_missing'],
    'with two proofs': [{ dpop: ['a.b.c', 'a.b.c'] }, 'proof_repeated'],
    'for another URL': [{ url: 'https://evil.example/orders' }, 'proof_htu'],
    'for another method': [{ proof: { method: 'POST' } }, 'proof_htm'],
    'with an expired token': [{ claims: { exp: now - 60 } }, 'token_expired'],
  } as const).map(
    ([name, [mutation, reason]]): Row => ({
      name: `a DPoP request ${name} gets the error in the DPoP challenge alone`,
      profile: 'bearer',
      request: (make) => make.request({ ...mutation }),
      expect: { refused: reason },
    }),
  ),
  {
    name: 'a replay gets the error in the DPoP challenge alone',
    profile: 'bearer',
    request(make) {
      const request = make.request()
      return [request, request]
    },
    expect: { refused: 'proof_replayed' },
  },
  {
    name: 'a realm with a quote and a backslash is in every challenge',
    profile: 'realm',
    request: (make) => make.request({ authorization: [], dpop: [] }),
    expect: { refused: 'credentials_missing' },
  },
  {
    name: 'a realm stands behind the error of DPoP',
    profile: 'realm',
    request: (make) => make.request({ dpop: [] }),
    expect: { refused: 'proof_missing' },
  },
  row(
    'a realm stands behind the error of Bearer',
    () => ({ accessToken: 'x' }),
    { refused: 'token_malformed', in: 'Bearer' },
    'realm',
  ),
]
