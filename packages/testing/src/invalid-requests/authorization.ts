import { authorizations, mutations, type Row } from './invalid-request.js'

/** RFC 9449 section 7.1, RFC 6750 section 2.1. */
export const authorization = {
  ...mutations('credentials_missing', {
    'credentials-missing': ['no credentials and no proof', { authorization: [], dpop: [] }],
    'authorization-of-proxy': [
      'Proxy-Authorization instead of Authorization',
      ({ accessToken = 'token' }) => ({
        authorization: [],
        dpop: [],
        headers: ['Proxy-Authorization', `DPoP ${accessToken}`],
      }),
    ],
    'authorization-other-name': [
      'a header that only ends in Authorization',
      ({ accessToken = 'token' }) => ({
        authorization: [],
        dpop: [],
        headers: ['X-Authorization', `DPoP ${accessToken}`],
      }),
    ],
  }),
  ...mutations('proof_without_token', {
    'authorization-missing': ['a proof without a token', { authorization: [] }],
    'authorization-missing-proof-empty': ['an empty proof without a token', { authorization: [], dpop: '' }],
    'authorization-of-proxy-with-proof': [
      'Proxy-Authorization instead of Authorization, with a proof',
      ({ accessToken = 'token' }) => ({ authorization: [], headers: ['Proxy-Authorization', `DPoP ${accessToken}`] }),
    ],
  }),
  ...authorizations('authorization_malformed', {
    'authorization-scheme-alone': ['a scheme alone', () => 'DPoP'],
    'authorization-scheme-and-spaces': ['a scheme and spaces', () => 'DPoP   '],
    'authorization-tab': ['a tab between scheme and token', (token) => `DPoP\t${token}`],
    'authorization-space-and-tab': ['a tab behind the space', (token) => `DPoP \t${token}`],
    'authorization-two-tokens': ['two tokens with a space between', (token) => `DPoP ${token} ${token}`],
    'authorization-quoted': ['a quoted token', (token) => `DPoP "${token}"`],
    'authorization-parameter-quoted': ['a token as a parameter', (token) => `DPoP token="${token}"`],
    'authorization-parameter': ['a parameter without quotes', (token) => `DPoP token=${token}`],
    'authorization-colon': ['a colon behind the scheme', (token) => `DPoP: ${token}`],
    'authorization-padding-alone': ['a token of padding alone', () => 'DPoP =='],
    'authorization-padding-inside': ['padding inside a token', (token) => `DPoP ${token.replace('.', '=.')}`],
    'authorization-percent-sign': ['a percent sign in the token', (token) => `DPoP ${token.replace('.', '%2E')}`],
    'authorization-asterisk': ['an asterisk in the token', (token) => `DPoP ${token}*`],
    'authorization-semicolon': ['a semicolon behind the token', (token) => `DPoP ${token};a`],
    'authorization-beyond-ascii': ['a byte beyond ASCII in the token', (token) => `DPoP ${token}\xe9`],
    'authorization-no-break-space': ['a no-break space for a space', (token) => `DPoP\xa0${token}`],
    'authorization-scheme-twice': ['the scheme written twice', (token) => `DPoP DPoP ${token}`],
    'authorization-comma-behind': ['a comma behind the token', (token) => `DPoP ${token},`],
    'authorization-comma-behind-scheme': ['a comma for a token', () => 'DPoP ,'],
    'authorization-comma-for-space': ['a comma for the space', (token) => `DPoP,${token}`],
    'authorization-comma-inside': ['a comma inside the token', (token) => `DPoP ${token.replace('.', ',')}`],
    'authorization-comma-inside-lower-case': [
      'a comma inside the token, the scheme in lower case',
      (token) => `dpop ${token.replace('.', ',')}`,
    ],
    'authorization-comma-twice': ['two credentials with a comma between', (token) => `DPoP ${token}, DPoP ${token}`],
    'authorization-comma-basic': ['a comma and Basic', (token) => `DPoP ${token}, Basic dXNlcjpwYXNz`],
    'authorization-comma-bearer-longer': [
      'a comma and a scheme that begins with Bearer',
      (token) => `DPoP ${token}, Bearer-Bound ${token}`,
    ],
    'authorization-space-bearer': ['both schemes without a comma', (token) => `DPoP ${token} Bearer ${token}`],
  }),
  ...authorizations('scheme_unsupported', {
    'authorization-empty': ['an empty Authorization', () => ''],
    'authorization-basic': ['Basic', () => 'Basic dXNlcjpwYXNz'],
    'authorization-digest': ['Digest with its commas', () => 'Digest username="a", realm="b"'],
    'authorization-basic-comma-dpop': ['Basic, a comma and DPoP', (token) => `Basic dXNlcjpwYXNz, DPoP ${token}`],
    'authorization-negotiate': ['Negotiate', () => 'Negotiate YII='],
    'authorization-scheme-longer': ['a longer scheme', (token) => `DPoPX ${token}`],
    'authorization-scheme-shorter': ['a shorter scheme', (token) => `DPo ${token}`],
    'authorization-scheme-suffix': ['a scheme with a suffix', (token) => `DPoP-Bound ${token}`],
    'authorization-no-space': ['no space between scheme and token', (token) => `DPoP${token}`],
    'authorization-no-scheme': ['a token without a scheme', (token) => token],
    'authorization-scheme-quoted': ['a quoted scheme', (token) => `"DPoP" ${token}`],
    'authorization-comma-first': ['a comma before the scheme', (token) => `, DPoP ${token}`],
    'token-as-bearer': ['a bound token as Bearer, with a proof', (token) => `Bearer ${token}`],
    'authorization-bearer-alone': ['Bearer without a token', () => 'Bearer'],
    'authorization-bearer-comma-behind': ['Bearer with a comma behind the token', (token) => `Bearer ${token},`],
  }),
  ...authorizations('authorization_ambiguous', {
    'authorization-comma-bearer': ['both schemes with a comma between', (token) => `DPoP ${token}, Bearer ${token}`],
    'authorization-bare-comma-bearer': [
      'both schemes with a bare comma between',
      (token) => `DPoP ${token},Bearer ${token}`,
    ],
    'authorization-bearer-comma-dpop': ['Bearer first and a comma', (token) => `Bearer ${token}, DPoP ${token}`],
    'authorization-comma-tab-bearer': [
      'both schemes in other case with a comma and a tab between',
      (token) => `dpop ${token},\tBEARER ${token}`,
    ],
    'authorization-commas-bearer-alone': [
      'commas and Bearer alone behind the token',
      (token) => `DPoP ${token},,Bearer`,
    ],
    'authorization-bearer-and-dpop': ['two fields of both schemes', (token) => [`Bearer ${token}`, `DPoP ${token}`]],
    'authorization-dpop-and-bearer': [
      'two fields of both schemes in the other order',
      (token) => [`DPoP ${token}`, `Bearer ${token}`],
    ],
    'authorization-three-of-both': [
      'three fields of both schemes',
      (token) => [`DPoP ${token}`, `Bearer ${token}`, `DPoP ${token}`],
    ],
  }),
  ...authorizations('authorization_repeated', {
    'authorization-twice': ['the same field twice', (token) => [`DPoP ${token}`, `DPoP ${token}`]],
    'authorization-three-times': [
      'the same field three times',
      (token) => [`DPoP ${token}`, `DPoP ${token}`, `DPoP ${token}`],
    ],
    'authorization-second-token': ['a second token', (token) => [`DPoP ${token}`, 'DPoP other']],
    'authorization-behind-basic': ['a good field behind Basic', (token) => ['Basic dXNlcjpwYXNz', `DPoP ${token}`]],
    'authorization-before-basic': ['a good field before Basic', (token) => [`DPoP ${token}`, 'Basic dXNlcjpwYXNz']],
    'authorization-second-empty': ['an empty second field', (token) => [`DPoP ${token}`, '']],
    'authorization-first-empty': ['an empty first field', (token) => ['', `DPoP ${token}`]],
    'authorization-bearer-twice': ['Bearer twice', (token) => [`Bearer ${token}`, `Bearer ${token}`]],
  }),
  ...mutations('authorization_repeated', {
    'authorization-second-in-lower-case': [
      'a second field in lower case',
      { headers: ['authorization', 'DPoP another'] },
    ],
  }),
  ...mutations(
    'authorization_repeated',
    {
      'authorization-basic-twice': ['Basic twice', { authorization: ['Basic dXNlcjpwYXNz', 'Basic dXNlcjpwYXNz'] }],
    },
    { scheme: 'none' },
  ),
}

const withinToken = (description: string, character: string): Row => [
  description,
  { authorization: (token) => `DPoP ${token}${character}x` },
]

/** What no parser of Node lets through. */
export const earlyAuthorization = mutations(
  'authorization_malformed',
  {
    'authorization-nul': withinToken('a NUL in Authorization', '\x00'),
    'authorization-line-feed': withinToken('a line feed in Authorization', '\n'),
    'authorization-escape': withinToken('an escape in Authorization', '\x1b'),
    'authorization-delete': withinToken('a delete character in Authorization', '\x7f'),
  },
  { onlyByFetch: true, answeredBy: 'Node' },
)
