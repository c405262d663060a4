import { legacyIssuer, mainIssuer, twinIssuer } from '../profiles.js'
import type { Row } from '../row.js'
import { acceptedClaims } from './access-token.js'
import { underProfile } from './invalid-requests.js'

const accepted: Row['expect'] = { accepted: 'DPoP' }

/** RFC 9068 section 2.2, without `iss`, `aud` and `exp`, which are always required. */
const required = ['sub', 'client_id', 'iat', 'jti']

export const strictClaims: readonly Row[] = [
  ...acceptedClaims({ 'a token with all claims of RFC 9068 is accepted': {} }, 'rfc9068'),
  ...underProfile('rfc9068', [
    'token-exp-missing',
    'token-sub-number',
    'token-client-id-list',
    'token-iss-missing',
    'token-aud-missing',
  ]),
  ...acceptedClaims(
    Object.fromEntries(
      required.map((claim) => [`a token without ${claim} is accepted by default`, { [claim]: undefined }]),
    ),
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
