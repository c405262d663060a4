import { legacyIssuer, mainIssuer, type ProfileName, twinIssuer } from '../profiles.js'
import type { Row } from '../row.js'
import { underProfile } from './invalid-requests.js'

const accepted: Row['expect'] = { accepted: 'DPoP' }

const rowsOf = (claims: Record<string, Record<string, unknown>>, profile: ProfileName = 'rfc9068') =>
  Object.entries(claims).map(
    ([name, changed]): Row => ({
      name,
      profile,
      request: (make) => make.request({ claims: changed }),
      expect: accepted,
    }),
  )

/** RFC 9068 section 2.2, without `iss`, `aud` and `exp`, which are always required. */
const required = ['sub', 'client_id', 'iat', 'jti']

export const strictClaims: readonly Row[] = [
  ...rowsOf({ 'a token with all claims of RFC 9068 is accepted': {} }),
  ...underProfile('rfc9068', [
    'token-exp-missing',
    'token-sub-number',
    'token-client-id-list',
    'token-iss-missing',
    'token-aud-missing',
  ]),
  ...rowsOf(
    Object.fromEntries(
      required.map((claim) => [`a token without ${claim} is accepted by default`, { [claim]: undefined }]),
    ),
    'dpop-only',
  ),

  {
    name: 'an algorithm that is not listed is rejected',
    profile: 'token algorithms',
    request: (make) => make.request({ issuer: mainIssuer }),
    expect: { rejected: 'token_algorithm' },
  },
  {
    name: 'an algorithm that is listed is accepted',
    profile: 'token algorithms',
    request: (make) => make.request({ issuer: legacyIssuer, mint: { header: { typ: 'JWT' } } }),
    expect: accepted,
  },
  {
    name: 'an algorithm that only one issuer lists is accepted',
    profile: 'token algorithms',
    request: (make) => make.request({ issuer: twinIssuer }),
    expect: accepted,
  },
  {
    name: 'a listed algorithm in the header does not change the algorithm of the key',
    profile: 'token algorithms',
    request: (make) => make.request({ issuer: mainIssuer, mint: { header: { alg: 'RS256' } } }),
    expect: { rejected: 'token_key_unknown' },
  },
]
