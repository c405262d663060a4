import { legacyIssuer, mainIssuer, type ProfileName, twinIssuer } from '../profiles.js'
import type { Expectation, Row } from '../row.js'

const rowsOf = (
  expect: Expectation,
  claims: Record<string, Record<string, unknown>>,
  profile: ProfileName = 'rfc9068',
) =>
  Object.entries(claims).map(
    ([name, changed]): Row => ({ name, profile, request: (make) => make.request({ claims: changed }), expect }),
  )

/** RFC 9068 section 2.2, `iss`, `aud` and `exp` apart, which are always required. */
const required = ['sub', 'client_id', 'iat', 'jti']

export const strictClaims: readonly Row[] = [
  ...rowsOf({ accepted: 'DPoP' }, { 'a token with all claims of RFC 9068 is accepted': {} }),
  ...rowsOf(
    { refused: 'token_claims' },
    Object.fromEntries(
      [...required, 'exp'].map((claim) => [
        `a token without ${claim} is refused where RFC 9068 is required`,
        { [claim]: undefined },
      ]),
    ),
  ),
  ...rowsOf(
    { refused: 'token_claims' },
    {
      'a token with a sub that is no text is refused': { sub: 1 },
      'a token with a client_id that is no text is refused': { client_id: ['client-1'] },
      'a token with an iat that is no number is refused': { iat: '0' },
      'a token with a jti null is refused': { jti: null },
      'a token with a jti that is no text is refused': { jti: 1 },
    },
  ),
  ...rowsOf(
    { refused: 'token_issuer' },
    { 'a token without iss is refused where RFC 9068 is required': { iss: undefined } },
  ),
  ...rowsOf(
    { refused: 'token_audience' },
    { 'a token without aud is refused where RFC 9068 is required': { aud: undefined } },
  ),
  ...rowsOf(
    { accepted: 'DPoP' },
    Object.fromEntries(
      required.map((claim) => [`a token without ${claim} is accepted by default`, { [claim]: undefined }]),
    ),
    'dpop-only',
  ),

  {
    name: 'an algorithm that is not listed is refused',
    profile: 'token algorithms',
    request: (make) => make.request({ issuer: mainIssuer }),
    expect: { refused: 'token_algorithm' },
  },
  {
    name: 'an algorithm that is listed is accepted',
    profile: 'token algorithms',
    request: (make) => make.request({ issuer: legacyIssuer, mint: { header: { typ: 'JWT' } } }),
    expect: { accepted: 'DPoP' },
  },
  {
    name: 'an algorithm that an issuer has of its own is accepted',
    profile: 'token algorithms',
    request: (make) => make.request({ issuer: twinIssuer }),
    expect: { accepted: 'DPoP' },
  },
  {
    name: 'a header with a listed algorithm does not make it one',
    profile: 'token algorithms',
    request: (make) => make.request({ issuer: mainIssuer, mint: { header: { alg: 'RS256' } } }),
    expect: { refused: 'token_key_unknown' },
  },
]
