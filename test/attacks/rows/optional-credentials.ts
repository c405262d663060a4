import type { Mutation } from '../make.js'
import { now, type ProfileName } from '../profiles.js'
import type { Expectation, Row } from '../row.js'

const row = (name: string, mutation: Mutation, expect: Expectation, profile: ProfileName = 'optional'): Row => ({
  name: `where credentials are optional, ${name}`,
  profile,
  request: (make) => make.request(mutation),
  expect,
})

const none: Mutation = { authorization: [], dpop: [] }

export const optionalCredentials: readonly Row[] = [
  row('none at all pass without an identity', none, { accepted: 'anonymous' }),
  row('none at all pass as often as they come', { ...none, method: 'POST', body: 'a' }, { accepted: 'anonymous' }),
  row(
    'Proxy-Authorization is none',
    { ...none, headers: ['Proxy-Authorization', 'DPoP a'] },
    { accepted: 'anonymous' },
  ),
  row('good ones pass with an identity', {}, { accepted: 'DPoP' }),
  row('a proof without a token does not pass', { authorization: [] }, { refused: 'proof_without_token' }),
  row('an empty DPoP field does not pass', { authorization: [], dpop: '' }, { refused: 'proof_without_token' }),
  row('an empty Authorization does not pass', { authorization: '', dpop: [] }, { refused: 'scheme_unsupported' }),
  row('Basic does not pass', { authorization: 'Basic dXNlcjpwYXNz', dpop: [] }, { refused: 'scheme_unsupported' }),
  row('Bearer does not pass', { scheme: 'Bearer', dpop: [] }, { refused: 'scheme_unsupported' }),
  row(
    'a token in the query does not pass',
    { ...none, target: '/orders?access_token=x' },
    { refused: 'token_in_query' },
  ),
  row('a malformed Authorization does not pass', { authorization: 'DPoP' }, { refused: 'authorization_malformed' }),
  row('two of them do not pass', { authorization: ['DPoP a', 'DPoP b'] }, { refused: 'authorization_repeated' }),
  row('a token without a proof does not pass', { dpop: [] }, { refused: 'proof_missing' }),
  row('an expired token does not pass', { claims: { exp: now - 60 } }, { refused: 'token_expired' }),
  row('a proof for another URL does not pass', { url: 'https://evil.example/' }, { refused: 'proof_htu' }),
  row('a dot segment does not pass', { ...none, target: '/a/../b' }, { refused: 'target_malformed', in: 'none' }),
  row('two Hosts do not pass', { ...none, host: ['a', 'b'] }, { refused: 'host_malformed', in: 'none' }),
  row(
    'a Bearer token passes if it may',
    { scheme: 'Bearer', dpop: [], claims: { cnf: undefined } },
    { accepted: 'Bearer' },
    'optional bearer',
  ),
  row(
    'a bound token as Bearer does not pass',
    { scheme: 'Bearer', dpop: [] },
    { refused: 'token_bound_as_bearer', in: 'Bearer' },
    'optional bearer',
  ),
  row('none at all pass in both modes', none, { accepted: 'anonymous' }, 'optional bearer'),
  row(
    "a route's scope asks for them",
    none,
    { refused: 'credentials_missing', scope: 'orders:write' },
    'optional, route scopes',
  ),
  row("a route's scope is found in good ones", {}, { accepted: 'DPoP' }, 'optional, route scopes'),
  row(
    "a route's scope that they lack is refused",
    { claims: { scope: 'orders:read' } },
    { refused: 'scope_insufficient', scope: 'orders:write' },
    'optional, route scopes',
  ),
]
