import type { Reason } from '@dpop-guard/core'
import type { Mutation } from '../make.js'
import { now, type ProfileName } from '../profiles.js'
import type { Expectation, Row } from '../row.js'
import { underProfile } from './invalid-requests.js'

const row = (name: string, mutation: Mutation, expect: Expectation, profile: ProfileName = 'optional'): Row => ({
  name: `where credentials are optional, ${name}`,
  profile,
  request: (make) => make.request(mutation),
  expect,
})

const none: Mutation = { authorization: [], dpop: [] }

const otherProfile = 'optional, other schemes'
const basic = 'Basic dXNlcjpwYXNz'
const digest = 'Digest username="a \\"b\\", c", uri="/orders?page=2",qop=auth , nc=00000001'

/** A request with one `Authorization` and no proof. */
const other = (name: string, authorization: string): Row =>
  row(
    `and those of another scheme too, ${name} passes without a caller`,
    { authorization: [authorization], dpop: [] },
    { accepted: 'anonymous' },
    otherProfile,
  )

const otherRejected = (name: string, mutation: Mutation, rejected: Reason, used: 'DPoP' | 'Bearer' | 'none' = 'none') =>
  row(
    `and those of another scheme too, ${name} is rejected`,
    { dpop: [], ...mutation },
    { rejected, in: used },
    otherProfile,
  )

/** Credentials of a scheme that is not listed, or malformed ones. */
const notPassed = (name: string, authorization: string): Row =>
  otherRejected(name, { authorization: [authorization] }, 'scheme_unsupported')

const otherSchemes: readonly Row[] = [
  other('a token68', basic),
  other('the scheme in other letters', 'bAsIc dXNlcjpwYXNz=='),
  other('a token68 behind several spaces', 'Basic   dXNlcjpwYXNz'),
  other('parameters', digest),
  row(
    'and those of another scheme too, good DPoP credentials pass with a caller',
    {},
    { accepted: 'DPoP' },
    otherProfile,
  ),
  row('and those of another scheme too, a request without any passes', none, { accepted: 'anonymous' }, otherProfile),

  notPassed('a scheme that is not listed', 'Negotiate YII='),
  notPassed('the scheme alone', 'Basic'),
  notPassed('a tab behind the scheme', 'Basic\tdXNlcjpwYXNz'),
  notPassed('a comma behind a token68', `${basic},`),
  notPassed('a second token68', `${basic} dXNlcjpwYXNz`),
  notPassed('a comma before the scheme', `, ${basic}`),
  notPassed('an empty parameter', 'Digest username="a",,uri="/"'),
  notPassed('a space before the value of a parameter', 'Digest username= "a"'),
  notPassed('a parameter without a value', 'Digest username=, uri="/"'),
  notPassed('a quoted value that does not end', 'Digest username="a'),
  ...['DPoP', 'dpop', 'Bearer', 'BEARER'].flatMap((scheme) => [
    notPassed(`a token68 and ${scheme} behind a comma`, `${basic}, ${scheme} abc.def.ghi`),
    notPassed(`parameters and ${scheme} behind a comma`, `${digest},${scheme} abc.def.ghi`),
    notPassed(`parameters and ${scheme}, a tab and parameters behind a comma`, `${digest},\t${scheme}\ta=b`),
    notPassed(`${scheme} in the place of a token68`, `Basic ${scheme}`),
    notPassed(`parameters of which one is called ${scheme}`, `${digest}, ${scheme}="abc.def.ghi"`),
    notPassed(`${scheme} behind a comma in a quoted value`, `Digest username="a, ${scheme} abc.def.ghi"`),
  ]),
  otherRejected('one with a proof', { authorization: [basic], dpop: undefined }, 'scheme_unsupported'),
  otherRejected('one with an empty DPoP field', { authorization: [basic], dpop: [''] }, 'scheme_unsupported'),
  otherRejected(
    'one with a token in the query',
    { authorization: [basic], target: '/?access_token=a' },
    'scheme_unsupported',
  ),
  otherRejected('two of them', { authorization: [basic, basic] }, 'authorization_repeated'),
  otherRejected('one and an empty one', { authorization: [basic, ''] }, 'authorization_repeated'),
  otherRejected(
    'one before a Bearer token',
    { authorization: [basic, 'Bearer a'] },
    'authorization_repeated',
    'Bearer',
  ),
  otherRejected('one behind a DPoP token', { authorization: ['DPoP a', basic] }, 'authorization_repeated', 'DPoP'),
  otherRejected('one at a target that climbs', { authorization: [basic], target: '/a/../b' }, 'target_malformed'),
  otherRejected('an expired Bearer token', { scheme: 'Bearer', claims: { exp: now - 10 } }, 'token_expired', 'Bearer'),
  ...underProfile(otherProfile, [
    'authorization-missing',
    'authorization-empty',
    'authorization-basic',
    'authorization-digest',
    'authorization-basic-comma-dpop',
    'authorization-negotiate',
    'authorization-basic-twice',
    'token-in-query',
    'proof-missing',
  ]),
  row(
    "and those of another scheme too, these do not have a route's scope",
    { authorization: [basic], dpop: [] },
    { rejected: 'credentials_missing', scope: 'orders:write' },
    'optional, other schemes, route scopes',
  ),
]

export const optionalCredentials: readonly Row[] = [
  row('a request without any passes without a caller', none, { accepted: 'anonymous' }),
  row('a request without any passes every time', { ...none, method: 'POST', body: 'a' }, { accepted: 'anonymous' }),
  row(
    'Proxy-Authorization does not count as credentials',
    { ...none, headers: ['Proxy-Authorization', 'DPoP a'] },
    { accepted: 'anonymous' },
  ),
  row('good credentials pass with a caller', {}, { accepted: 'DPoP' }),
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
    'a Bearer token passes where Bearer is accepted',
    { scheme: 'Bearer', dpop: [], claims: { cnf: undefined } },
    { accepted: 'Bearer' },
    'optional bearer',
  ),
  ...underProfile('optional bearer', ['bearer-bound']),
  row('a request without any passes in both modes', none, { accepted: 'anonymous' }, 'optional bearer'),
  ...underProfile('optional, route scopes', ['credentials-missing', 'scope-of-route-missing'], {
    scope: 'orders:write',
  }),
  row("good credentials have a route's scope", {}, { accepted: 'DPoP' }, 'optional, route scopes'),
  ...otherSchemes,
]
