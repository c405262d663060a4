import type { Mutation } from '../make.js'
import type { ProfileName } from '../profiles.js'
import type { Expectation, Row } from '../row.js'
import { underProfile } from './breakages.js'

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
  ...underProfile('optional', [
    'authorization-missing',
    'authorization-missing-proof-empty',
    'authorization-empty',
    'authorization-basic',
    'token-as-bearer',
    'token-in-query',
    'authorization-scheme-alone',
    'authorization-twice',
    'proof-missing',
    'token-expired',
    'proof-htu-other-host',
    'target-climbs-without-credentials',
    'hosts-two-without-credentials',
  ]),
  row(
    'a Bearer token passes if it may',
    { scheme: 'Bearer', dpop: [], claims: { cnf: undefined } },
    { accepted: 'Bearer' },
    'optional bearer',
  ),
  ...underProfile('optional bearer', ['bearer-bound']),
  row('none at all pass in both modes', none, { accepted: 'anonymous' }, 'optional bearer'),
  ...underProfile('optional, route scopes', ['credentials-missing', 'scope-of-route-missing'], {
    scope: 'orders:write',
  }),
  row("a route's scope is found in good ones", {}, { accepted: 'DPoP' }, 'optional, route scopes'),
]
