import { createHmac, randomUUID } from 'node:crypto'
import { signCompact, signingInput } from '../../support/proof-client.js'
import { createTestIssuer, type MintOptions } from '../../support/test-issuer.js'
import type { Make } from '../make.js'
import { legacyIssuer, mainIssuer, mainIssuerKey, now, type ProfileName, resource, twinIssuer } from '../profiles.js'
import type { Row } from '../row.js'

/** Rows with a token of other claims, signed all the same. */
const rowsOf = (
  expect: Row['expect'],
  claims: Record<string, Record<string, unknown>>,
  profile: ProfileName = 'dpop-only',
) =>
  Object.entries(claims).map(
    ([name, changed]): Row => ({ name, profile, request: (make) => make.request({ claims: changed }), expect }),
  )

/** Rows with a token of another header, signed all the same. */
const withHeaders = (
  expect: Row['expect'],
  headers: Record<string, Record<string, unknown>>,
  profile: ProfileName = 'dpop-only',
) =>
  Object.entries(headers).map(
    ([name, header]): Row => ({ name, profile, request: (make) => make.request({ mint: { header } }), expect }),
  )

/** A row whose token is made from a good one. */
const changed = (name: string, change: (token: string, make: Make) => string, expect: Row['expect']): Row => ({
  name,
  request: (make) => make.request({ accessToken: change(make.accessToken(), make) }),
  expect,
})

const encode = (text: string) => Buffer.from(text).toString('base64url')

const goodClaims = (make: Make, claims: object = {}) => ({
  iss: mainIssuer.issuer,
  aud: resource,
  sub: 'alice',
  client_id: 'client-1',
  iat: now,
  exp: now + 300,
  jti: randomUUID(),
  cnf: { jkt: make.client.jkt },
  ...claims,
})

/** A token that the issuer signed, of exactly these bytes. */
const signed = (make: Make, change: (json: string) => string | Buffer) =>
  signCompact({
    alg: 'ES256',
    privateKey: mainIssuerKey.privateKey,
    header: { typ: 'at+jwt', alg: 'ES256', kid: mainIssuerKey.kid },
    payload: change(JSON.stringify(goodClaims(make))),
  })

const intruder = createTestIssuer({ kid: 'intruder-key' })
const [publishedKey] = mainIssuer.jwks.keys

/** A token that somebody else signed in the main issuer's name. */
const signedByIntruder = (name: string, mint: MintOptions, expect: Row['expect']): Row => ({
  name,
  request: (make) => make.request({ issuer: intruder, mint }),
  expect,
})

export const accessToken: readonly Row[] = [
  ...rowsOf(
    { refused: 'token_issuer' },
    {
      'a token of another issuer is refused': { iss: 'https://evil.example' },
      'a token without iss is refused': { iss: undefined },
      'an empty iss is refused': { iss: '' },
      'iss with a slash more is refused': { iss: 'https://as.example.com/' },
      'iss in another case is refused': { iss: 'https://AS.example.com' },
      'iss with its port is refused': { iss: 'https://as.example.com:443' },
      'iss as a list is refused': { iss: ['https://as.example.com'] },
      'iss null is refused': { iss: null },
      'iss as a number is refused': { iss: 1 },
      'iss constructor is refused': { iss: 'constructor' },
    },
  ),
  ...rowsOf(
    { refused: 'token_audience' },
    {
      'a token for another resource is refused': { aud: 'https://other.example.com' },
      'a token without aud is refused': { aud: undefined },
      'a token for its client is refused': { aud: 'client-1' },
      'aud with a slash more is refused': { aud: 'https://api.example.com/' },
      'aud in another case is refused': { aud: 'https://API.example.com' },
      'aud that only begins right is refused': { aud: 'https://api.example.com.evil.example' },
      'a list without this resource is refused': { aud: ['https://a.example', 'https://b.example'] },
      'an empty list is refused': { aud: [] },
      'aud with two resources in one text is refused': { aud: 'https://api.example.com https://other.example.com' },
    },
  ),
  ...rowsOf(
    { refused: 'token_expired' },
    {
      'a token that expired an hour ago is refused': { exp: now - 3600 },
      'a token that expired 5 seconds ago is refused': { exp: now - 5 },
      'exp zero is refused': { exp: 0 },
      'a negative exp is refused': { exp: -1 },
    },
  ),
  ...rowsOf({ refused: 'token_expired' }, { 'exp now is refused without tolerance': { exp: now } }, 'no tolerance'),
  ...rowsOf(
    { refused: 'token_not_yet_valid' },
    {
      'a token that is valid from tomorrow is refused': { nbf: now + 86_400, exp: now + 90_000 },
      'a token that is valid in 6 seconds is refused': { nbf: now + 6 },
    },
  ),
  ...rowsOf(
    { refused: 'token_not_yet_valid' },
    { 'nbf in a second is refused without tolerance': { nbf: now + 1 } },
    'no tolerance',
  ),
  ...rowsOf(
    { refused: 'token_claims' },
    {
      'a token without exp is refused': { exp: undefined },
      'exp as a text is refused': { exp: '1900000000' },
      'exp null is refused': { exp: null },
      'nbf as a text is refused': { nbf: '1' },
      'sub as a number is refused': { sub: 7 },
      'sub as an object is refused': { sub: { toString: 'admin' } },
      'client_id as a list is refused': { client_id: ['client-1'] },
    },
  ),
  ...rowsOf(
    { accepted: 'DPoP' },
    {
      'a token that expired 4 seconds ago is tolerated': { exp: now - 4 },
      'a token that is valid in 5 seconds is tolerated': { nbf: now + 5 },
      'a list with this resource is accepted': { aud: ['https://other.example.com', 'https://api.example.com'] },
      'a token without sub is accepted': { sub: undefined },
      'a token without client_id is accepted': { client_id: undefined },
      'unknown claims are accepted': { 'urn:example:extra': { a: [null] }, act: { sub: 'bob' } },
    },
  ),
  ...rowsOf(
    { accepted: 'DPoP' },
    {
      'a configured audience is accepted': { aud: 'urn:orders' },
      'another configured one too': { aud: 'https://orders.example.com' },
    },
    'audiences',
  ),
  ...rowsOf(
    { refused: 'token_audience' },
    { 'the resource is no audience where others are configured': {} },
    'audiences',
  ),
  ...rowsOf(
    { accepted: 'DPoP' },
    { 'the resource with its path is the audience': { aud: 'https://api.example.com/v1' } },
    'resource with path',
  ),
  ...rowsOf(
    { refused: 'token_audience' },
    { 'the origin is no audience of a resource with a path': {} },
    'resource with path',
  ),

  ...withHeaders(
    { refused: 'token_typ' },
    {
      'a token of typ JWT is refused': { typ: 'JWT' },
      'a token without typ is refused': { typ: undefined },
      'a token of typ dpop+jwt is refused': { typ: 'dpop+jwt' },
      'a token of typ logout+jwt is refused': { typ: 'logout+jwt' },
      'a token of typ id_token+jwt is refused': { typ: 'id_token+jwt' },
      'a token of typ text/at+jwt is refused': { typ: 'text/at+jwt' },
      'a token of a doubled media type is refused': { typ: 'application/application/at+jwt' },
      'a token whose typ is a list is refused': { typ: ['at+jwt'] },
    },
  ),
  ...withHeaders(
    { accepted: 'DPoP' },
    {
      'a token of typ application/at+jwt is accepted': { typ: 'application/at+jwt' },
      'a token of typ AT+JWT is accepted': { typ: 'AT+JWT' },
      'a token of typ Application/At+Jwt is accepted': { typ: 'Application/At+Jwt' },
      'a token without kid is accepted': { kid: undefined },
      'jku in the header of a token is ignored': { jku: 'https://evil.example/jwks' },
    },
  ),
  ...withHeaders(
    { accepted: 'DPoP' },
    {
      'where any typ will do, JWT will': { typ: 'JWT' },
      'where any typ will do, none will': { typ: undefined },
      'where any typ will do, at+jwt will': {},
    },
    'any typ',
  ),
  ...withHeaders(
    { refused: 'token_typ' },
    {
      'where any typ will do, a proof will not': { typ: 'dpop+jwt' },
      'where any typ will do, a logout token will not': { typ: 'logout+jwt' },
    },
    'any typ',
  ),
  ...['nonce', 'at_hash', 'c_hash', 's_hash'].map(
    (claim): Row => ({
      name: `where any typ will do, an ID token with ${claim} will not`,
      profile: 'any typ',
      request: (make) => make.request({ claims: { [claim]: 'x' }, mint: { header: { typ: 'JWT' } } }),
      expect: { refused: 'token_typ' },
    }),
  ),
  {
    name: 'where any typ will do, an ID token is still for its client',
    profile: 'any typ',
    request: (make) => make.request({ claims: { aud: 'client-1' }, mint: { header: { typ: 'JWT' } } }),
    expect: { refused: 'token_audience' },
  },
  changed('a proof is no access token', (_, make) => make.client.proof({ method: 'GET', url: resource, now }), {
    refused: 'token_issuer',
  }),
  changed(
    "a proof with the issuer's claims is no access token",
    (_, make) => make.client.proof({ method: 'GET', url: resource, now, claims: goodClaims(make) }),
    { refused: 'token_typ' },
  ),
  {
    name: "a proof with the issuer's claims is no access token where any typ will do",
    profile: 'any typ',
    request: (make) =>
      make.request({ accessToken: make.client.proof({ method: 'GET', url: resource, now, claims: goodClaims(make) }) }),
    expect: { refused: 'token_typ' },
  },

  changed(
    'a token with alg none is refused',
    (_, make) => `${signingInput({ typ: 'at+jwt', alg: 'none' }, goodClaims(make))}.`,
    { refused: 'token_algorithm' },
  ),
  changed(
    'a token with alg none and a signature is refused',
    (token, make) => `${signingInput({ typ: 'at+jwt', alg: 'none' }, goodClaims(make))}.${token.split('.')[2]}`,
    { refused: 'token_algorithm' },
  ),
  ...['HS256', 'HS512'].map((alg) =>
    changed(
      `a token with alg ${alg} and the public key as the secret is refused`,
      (_, make) => {
        const input = signingInput({ typ: 'at+jwt', alg, kid: 'main-key-1' }, goodClaims(make))
        const secret = JSON.stringify(publishedKey)
        return `${input}.${createHmac(alg.replace('HS', 'sha'), secret).update(input).digest('base64url')}`
      },
      { refused: 'token_algorithm' },
    ),
  ),
  ...withHeaders(
    { refused: 'token_algorithm' },
    {
      'a token with alg ES256K is refused': { alg: 'ES256K' },
      'a token with alg in lower case is refused': { alg: 'es256' },
    },
  ),
  ...withHeaders(
    { refused: 'token_key_unknown' },
    {
      'a token with an unknown kid is refused': { kid: 'no-such-key' },
      'a token whose kid is a path is refused': { kid: '../../../dev/null' },
      'a token of another algorithm than its key is refused': { alg: 'ES384' },
      'a token of another key type than its key is refused': { alg: 'RS256' },
    },
  ),
  signedByIntruder('a token signed by nobody we know is refused', {}, { refused: 'token_key_unknown' }),
  signedByIntruder(
    "a token signed by another key under the issuer's kid is refused",
    { kid: 'main-key-1' },
    {
      refused: 'token_signature',
    },
  ),
  signedByIntruder(
    'a token signed by another key without a kid is refused',
    { header: { kid: undefined } },
    {
      refused: 'token_signature',
    },
  ),
  signedByIntruder(
    'a token that brings its own jwk is refused',
    { kid: 'main-key-1', header: { jwk: intruder.jwks.keys[0] } },
    { refused: 'token_signature' },
  ),
  changed(
    "a token signed by the client's own key is refused",
    (_, make) =>
      signCompact({
        alg: 'ES256',
        privateKey: make.client.privateKey,
        header: { typ: 'at+jwt', alg: 'ES256', kid: 'main-key-1', jwk: make.client.jwk },
        payload: goodClaims(make),
      }),
    { refused: 'token_signature' },
  ),
  changed('a token without its signature is refused', (token) => `${token.split('.').slice(0, 2).join('.')}.`, {
    refused: 'token_signature',
  }),
  changed('a token with half its signature is refused', (token) => token.slice(0, -43), { refused: 'token_signature' }),
  changed(
    'a token with other claims under its signature is refused',
    (token, make) => {
      const [header, , signature] = token.split('.')
      return `${header}.${encode(JSON.stringify(goodClaims(make, { sub: 'admin' })))}.${signature}`
    },
    { refused: 'token_signature' },
  ),
  changed(
    'a token with another header under its signature is refused',
    (token) => [encode('{"alg":"ES256","typ":"at+jwt"}'), ...token.split('.').slice(1)].join('.'),
    { refused: 'token_signature' },
  ),
  ...withHeaders(
    { refused: 'token_malformed' },
    {
      'a token with an unknown crit is refused': { crit: ['urn:x'], 'urn:x': 1 },
      'a token with an unencoded payload is refused': { crit: ['b64'], b64: false },
      'a token without alg is refused': { alg: undefined },
    },
  ),
  ...(
    [
      ['an opaque token is refused', () => 'rubbish'],
      ['a token of one part is refused', (token) => token.split('.')[0] ?? ''],
      ['a token of two parts is refused', (token) => token.split('.').slice(0, 2).join('.')],
      ['a token of four parts is refused', (token) => `${token}.AAAA`],
      ['an encrypted token is refused', () => `${encode('{"alg":"dir","enc":"A256GCM"}')}..AAAA.AAAA.AAAA`],
      ['a token whose header is rubbish is refused', (token) => `AAAA.${token.split('.').slice(1).join('.')}`],
      ['a token whose payload is rubbish is refused', (token) => token.replace(/\..*\./, '.AAAA.')],
      ['a token whose payload is a list is refused', (token) => token.replace(/\..*\./, `.${encode('[]')}.`)],
      ['a token whose payload is empty is refused', (token) => token.replace(/\..*\./, '..')],
      ['a token whose payload is not UTF-8 is refused', (token) => token.replace(/\..*\./, '.eyJpc3MiOiL_In0.')],
    ] as [string, (token: string) => string][]
  ).map(([name, change]) => changed(name, change, { refused: 'token_malformed' })),

  changed('a token with white space in its JSON is accepted', (_, make) => signed(make, (json) => ` ${json}\n`), {
    accepted: 'DPoP',
  }),
  changed(
    'a signed token that is not UTF-8 is refused',
    (_, make) => signed(make, (json) => Buffer.from(json.replace('alice', 'al\xefce'), 'latin1')),
    { refused: 'token_malformed' },
  ),
  changed('a signed list is no token', (_, make) => signed(make, (json) => `[${json}]`), {
    refused: 'token_malformed',
  }),
  changed('a signed text is no token', (_, make) => signed(make, (json) => JSON.stringify(json)), {
    refused: 'token_malformed',
  }),
  {
    name: 'each of several issuers is accepted with its own keys',
    profile: 'issuers',
    request: (make) => make.request({ issuer: twinIssuer }),
    expect: { accepted: 'DPoP' },
  },
  {
    name: 'an issuer may have an algorithm and a typ of its own',
    profile: 'issuers',
    request: (make) => make.request({ issuer: legacyIssuer, mint: { header: { typ: 'JWT' } } }),
    expect: { accepted: 'DPoP' },
  },
  {
    name: "one issuer's typ is not another's",
    profile: 'issuers',
    request: (make) => make.request({ mint: { header: { typ: 'JWT' } } }),
    expect: { refused: 'token_typ' },
  },
  {
    name: "one issuer's algorithm is not another's",
    profile: 'issuers',
    request: (make) => make.request({ issuer: legacyIssuer, claims: { iss: mainIssuer.issuer } }),
    expect: { refused: 'token_algorithm' },
  },
  {
    name: "one issuer's key is not another's",
    profile: 'issuers',
    request: (make) => make.request({ issuer: twinIssuer, claims: { iss: mainIssuer.issuer } }),
    expect: { refused: 'token_signature' },
  },
  {
    name: 'an issuer that only another guard trusts is refused',
    request: (make) => make.request({ issuer: twinIssuer }),
    expect: { refused: 'token_issuer' },
  },
]
