import { randomUUID } from 'node:crypto'
import type { Make } from '../make.js'
import { legacyIssuer, mainIssuer, now, type ProfileName, resource, twinIssuer } from '../profiles.js'
import type { Row } from '../row.js'
import { underProfile } from './invalid-requests.js'

const accepted: Row['expect'] = { accepted: 'DPoP' }

/** Rows with a well-signed token of other claims, which is accepted. */
export const acceptedClaims = (claims: Record<string, Record<string, unknown>>, profile: ProfileName = 'dpop-only') =>
  Object.entries(claims).map(
    ([name, changed]): Row => ({
      name,
      profile,
      request: (make) => make.request({ claims: changed }),
      expect: accepted,
    }),
  )

/** Rows with a well-signed token of another header. */
const withHeaders = (headers: Record<string, Record<string, unknown>>, profile: ProfileName = 'dpop-only') =>
  Object.entries(headers).map(
    ([name, header]): Row => ({
      name,
      profile,
      request: (make) => make.request({ mint: { header } }),
      expect: accepted,
    }),
  )

const goodClaims = (make: Make) => ({
  iss: mainIssuer.issuer,
  aud: resource,
  sub: 'alice',
  client_id: 'client-1',
  iat: now,
  exp: now + 300,
  jti: randomUUID(),
  cnf: { jkt: make.client.jkt },
})

export const accessToken: readonly Row[] = [
  ...acceptedClaims({
    'a token that expired 4 seconds ago is tolerated': { exp: now - 4 },
    'a token that is valid in 5 seconds is tolerated': { nbf: now + 5 },
    'a list with this resource is accepted': { aud: ['https://other.example.com', 'https://api.example.com'] },
    'a token without sub is accepted': { sub: undefined },
    'a token without client_id is accepted': { client_id: undefined },
    'unknown claims are accepted': { 'urn:example:extra': { a: [null] }, act: { sub: 'bob' } },
  }),
  ...acceptedClaims(
    {
      'a configured audience is accepted': { aud: 'urn:orders' },
      'another configured audience is accepted too': { aud: 'https://orders.example.com' },
    },
    'audiences',
  ),
  ...acceptedClaims(
    { 'the resource with its path is the audience': { aud: 'https://api.example.com/v1' } },
    'resource with path',
  ),
  ...withHeaders({
    'a token of typ application/at+jwt is accepted': { typ: 'application/at+jwt' },
    'a token of typ AT+JWT is accepted': { typ: 'AT+JWT' },
    'a token of typ Application/At+Jwt is accepted': { typ: 'Application/At+Jwt' },
    'a token without kid is accepted': { kid: undefined },
    'jku in the header of a token is ignored': { jku: 'https://evil.example/jwks' },
  }),
  ...withHeaders(
    {
      'where any typ is accepted, JWT is': { typ: 'JWT' },
      'where any typ is accepted, a token without typ is': { typ: undefined },
      'where any typ is accepted, at+jwt is': {},
    },
    'any typ',
  ),
  ...acceptedClaims(
    {
      'where any typ is accepted, at+jwt with a nonce is not an ID token': { nonce: 'n' },
      'where any typ is accepted, at+jwt with at_hash, c_hash and s_hash is not an ID token': {
        at_hash: 'a',
        c_hash: 'c',
        s_hash: 's',
      },
    },
    'any typ',
  ),
  ...underProfile('any typ', ['token-typ-proof', 'token-typ-logout', 'token-is-proof-with-claims']),

  ...withHeaders(
    {
      'bad keys in a set do not disturb the good one, whose key_ops may have more than verify': {},
      'bad keys in a set do not disturb a token without kid': { kid: undefined },
    },
    'issuer with bad keys',
  ),
  ...['broken-key', 'encryption-key', 'other-key'].map(
    (kid): Row => ({
      name: `a token that names a key which cannot verify is rejected, not an outage: ${kid}`,
      profile: 'issuer with bad keys',
      request: (make) => make.request({ mint: { header: { kid } } }),
      expect: { rejected: 'token_key_unknown' },
    }),
  ),
  {
    name: 'a token with white space in its JSON is accepted',
    request: (make) =>
      make.request({
        accessToken: mainIssuer.sign(
          { typ: 'at+jwt', alg: 'ES256', kid: 'main-key-1' },
          ` ${JSON.stringify(goodClaims(make))}\n`,
        ),
      }),
    expect: accepted,
  },
  {
    name: 'each of several issuers is accepted with its own keys',
    profile: 'issuers',
    request: (make) => make.request({ issuer: twinIssuer }),
    expect: accepted,
  },
  {
    name: 'an issuer may have an algorithm and a typ of its own',
    profile: 'issuers',
    request: (make) => make.request({ issuer: legacyIssuer, mint: { header: { typ: 'JWT' } } }),
    expect: accepted,
  },
  ...underProfile('issuers', ['token-typ-jwt']),
  {
    name: "one issuer's algorithm is not another's",
    profile: 'issuers',
    request: (make) => make.request({ issuer: legacyIssuer, claims: { iss: mainIssuer.issuer } }),
    expect: { rejected: 'token_algorithm' },
  },
  {
    name: "one issuer's key is not another's",
    profile: 'issuers',
    request: (make) => make.request({ issuer: twinIssuer, claims: { iss: mainIssuer.issuer } }),
    expect: { rejected: 'token_signature' },
  },
]
