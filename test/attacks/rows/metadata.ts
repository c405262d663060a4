import type { Mutation } from '../make.js'
import { now, type ProfileName } from '../profiles.js'
import type { Expectation, Row } from '../row.js'

/** Every challenge names the document; what else is in it is as without one. */
const row = (name: string, mutation: Mutation, expect: Expectation, profile: ProfileName = 'metadata'): Row => ({
  name: `resource_metadata is in the answer to ${name}`,
  profile,
  request: (make) => make.request(mutation),
  expect,
})

const none: Mutation = { authorization: [], dpop: [] }
const asBearer: Mutation = { scheme: 'Bearer', dpop: [] }
const withPath: ProfileName = 'metadata, resource with path'
const maxAge = { max_age: '300' }

export const metadata: readonly Row[] = [
  row('a request without credentials', none, { refused: 'credentials_missing' }, withPath),
  row('a request without credentials, from a route', none, { refused: 'credentials_missing', scope: 'orders:write' }),
  row('Basic', { authorization: 'Basic dXNlcjpwYXNz', dpop: [] }, { refused: 'scheme_unsupported' }),
  row('Bearer where only DPoP is', asBearer, { refused: 'scheme_unsupported' }, withPath),
  row('two Authorization fields', { authorization: ['DPoP a', 'DPoP b'] }, { refused: 'authorization_repeated' }),
  row('both schemes at once', { authorization: ['DPoP a', 'Bearer a'] }, { refused: 'authorization_ambiguous' }),
  row('two Hosts', { host: ['a', 'b'] }, { refused: 'host_malformed' }),
  row('an expired token', { claims: { exp: now - 60 } }, { refused: 'token_expired' }),
  row('a bound token as Bearer', asBearer, { refused: 'token_bound_as_bearer', in: 'Bearer' }),
  row('a bad proof', { proof: { method: 'POST' } }, { refused: 'proof_htm' }),
  row('a token without a scope', { claims: { scope: '' } }, { refused: 'scope_insufficient' }, withPath),
  row(
    "a token without the route's scope",
    { claims: { scope: '' } },
    {
      refused: 'scope_insufficient',
      scope: 'orders:write',
    },
  ),
  row('a user of too long ago', { claims: { auth_time: 0 } }, { refused: 'authentication_too_old', params: maxAge }),
  row(
    'a user of too long ago, as Bearer',
    { ...asBearer, claims: { cnf: undefined, auth_time: 0 } },
    { refused: 'authentication_too_old', in: 'Bearer', params: maxAge },
  ),
  {
    name: 'resource_metadata is not in an answer that has no challenge',
    profile: 'metadata',
    request: (make) => make.request({ claims: { auth_time: now } }),
    expect: { accepted: 'DPoP' },
  },
]
