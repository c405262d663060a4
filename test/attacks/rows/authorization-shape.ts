import type { Row } from '../row.js'

/** Rows that differ in nothing but the Authorization field. */
const rowsOf = (expect: Row['expect'], authorizations: Record<string, (token: string) => string | readonly string[]>) =>
  Object.entries(authorizations).map(
    ([name, authorization]): Row => ({ name, request: (make) => make.request({ authorization }), expect }),
  )

export const authorizationShape: readonly Row[] = [
  {
    name: 'no credentials and no proof get a bare challenge',
    request: (make) => make.request({ authorization: [], dpop: [] }),
    expect: { refused: 'credentials_missing' },
  },
  {
    name: 'a proof without a token is no credentials',
    request: (make) => make.request({ authorization: [] }),
    expect: { refused: 'proof_without_token' },
  },
  {
    name: 'Proxy-Authorization is not Authorization',
    request: (make) =>
      make.request({ authorization: [], dpop: [], headers: ['Proxy-Authorization', `DPoP ${make.accessToken()}`] }),
    expect: { refused: 'credentials_missing' },
  },
  {
    name: 'Proxy-Authorization with a proof beside it is not Authorization',
    request: (make) =>
      make.request({ authorization: [], headers: ['Proxy-Authorization', `DPoP ${make.accessToken()}`] }),
    expect: { refused: 'proof_without_token' },
  },
  {
    name: 'Proxy-Authorization beside good credentials changes nothing',
    request: (make) => make.request({ headers: ['Proxy-Authorization', 'DPoP other'] }),
    expect: { accepted: 'DPoP' },
  },
  {
    name: 'a header that only ends in Authorization is not Authorization',
    request: (make) =>
      make.request({ authorization: [], dpop: [], headers: ['X-Authorization', `DPoP ${make.accessToken()}`] }),
    expect: { refused: 'credentials_missing' },
  },

  ...rowsOf(
    { accepted: 'DPoP' },
    {
      'the scheme may be in lower case': (token) => `dpop ${token}`,
      'the scheme may be in upper case': (token) => `DPOP ${token}`,
      'the scheme may be in mixed case': (token) => `dPoP ${token}`,
      'several spaces may follow the scheme': (token) => `DPoP     ${token}`,
      'spaces around the field value are not part of it': (token) => `  DPoP ${token}  `,
      'tabs around the field value are not part of it': (token) => `\tDPoP ${token}\t`,
    },
  ),

  ...rowsOf(
    { refused: 'authorization_malformed' },
    {
      'a scheme alone is malformed': () => 'DPoP',
      'a scheme and spaces are malformed': () => 'DPoP   ',
      'a tab between scheme and token is malformed': (token) => `DPoP\t${token}`,
      'a tab behind the space is malformed': (token) => `DPoP \t${token}`,
      'two tokens with a space between are malformed': (token) => `DPoP ${token} ${token}`,
      'a quoted token is malformed': (token) => `DPoP "${token}"`,
      'a token as a parameter is malformed': (token) => `DPoP token="${token}"`,
      'a parameter without quotes is malformed': (token) => `DPoP token=${token}`,
      'a colon behind the scheme is malformed': (token) => `DPoP: ${token}`,
      'a token of padding alone is malformed': () => 'DPoP ==',
      'padding inside a token is malformed': (token) => `DPoP ${token.replace('.', '=.')}`,
      'a percent sign in the token is malformed': (token) => `DPoP ${token.replace('.', '%2E')}`,
      'an asterisk in the token is malformed': (token) => `DPoP ${token}*`,
      'a semicolon behind the token is malformed': (token) => `DPoP ${token};a`,
      'a byte beyond ASCII in the token is malformed': (token) => `DPoP ${token}\xe9`,
      'a no-break space is no space': (token) => `DPoP\xa0${token}`,
      'the scheme written twice is malformed': (token) => `DPoP DPoP ${token}`,
    },
  ),

  ...rowsOf(
    { refused: 'token_malformed' },
    {
      'every character of token68 may be in a token': () => 'DPoP aZ09-._~+/=',
      'padding behind a token is part of it': (token) => `DPoP ${token}=`,
      'a single character is a token': () => 'DPoP a',
      'a long opaque token is a token': () => `DPoP ${'a'.repeat(6000)}`,
      'a token of dots is a token': () => 'DPoP ..',
    },
  ),

  ...rowsOf(
    { refused: 'scheme_unsupported' },
    {
      'an empty Authorization has no scheme that is known': () => '',
      'Basic is not known': () => 'Basic dXNlcjpwYXNz',
      'Digest with its commas is not known': () => 'Digest username="a", realm="b"',
      'an unknown scheme before a comma and DPoP is not known': (token) => `Basic dXNlcjpwYXNz, DPoP ${token}`,
      'Negotiate is not known': () => 'Negotiate YII=',
      'a longer scheme is another scheme': (token) => `DPoPX ${token}`,
      'a shorter scheme is another scheme': (token) => `DPo ${token}`,
      'a scheme with a suffix is another scheme': (token) => `DPoP-Bound ${token}`,
      'no space between scheme and token makes another scheme': (token) => `DPoP${token}`,
      'a token without a scheme is not known': (token) => token,
      'a quoted scheme is not known': (token) => `"DPoP" ${token}`,
      'a comma before the scheme is not known': (token) => `, DPoP ${token}`,
      'Bearer is not known where only DPoP is': (token) => `Bearer ${token}`,
      'malformed Bearer is not known where only DPoP is': () => 'Bearer',
    },
  ),

  ...rowsOf(
    { refused: 'authorization_ambiguous' },
    {
      'two credentials with a comma between are ambiguous': (token) => `DPoP ${token}, DPoP ${token}`,
      'both schemes with a comma between are ambiguous': (token) => `DPoP ${token}, Bearer ${token}`,
      'both schemes with a bare comma between are ambiguous': (token) => `DPoP ${token},Bearer ${token}`,
      'Bearer first and a comma are ambiguous': (token) => `Bearer ${token}, DPoP ${token}`,
      'a comma behind the token is ambiguous': (token) => `DPoP ${token},`,
      'a comma inside the token is ambiguous': (token) => `DPoP ${token.replace('.', ',')}`,
      'two fields of both schemes are ambiguous': (token) => [`Bearer ${token}`, `DPoP ${token}`],
      'two fields of both schemes in the other order are ambiguous': (token) => [`DPoP ${token}`, `Bearer ${token}`],
      'three fields of both schemes are ambiguous': (token) => [`DPoP ${token}`, `Bearer ${token}`, `DPoP ${token}`],
    },
  ),

  ...rowsOf(
    { refused: 'authorization_repeated' },
    {
      'the same field twice is refused': (token) => [`DPoP ${token}`, `DPoP ${token}`],
      'the same field three times is refused': (token) => [`DPoP ${token}`, `DPoP ${token}`, `DPoP ${token}`],
      'a second token is refused': (token) => [`DPoP ${token}`, 'DPoP other'],
      'a good field behind Basic is refused': (token) => ['Basic dXNlcjpwYXNz', `DPoP ${token}`],
      'a good field before Basic is refused': (token) => [`DPoP ${token}`, 'Basic dXNlcjpwYXNz'],
      'an empty second field is refused': (token) => [`DPoP ${token}`, ''],
      'an empty first field is refused': (token) => ['', `DPoP ${token}`],
      // Bearer is not offered here, so its error is in the one challenge there is.
      'Bearer twice is refused where only DPoP is known': (token) => [`Bearer ${token}`, `Bearer ${token}`],
    },
  ),
  {
    name: 'a second field in lower case is refused',
    request: (make) => make.request({ headers: ['authorization', `DPoP ${make.accessToken()}`] }),
    expect: { refused: 'authorization_repeated' },
  },
  ...rowsOf(
    { refused: 'authorization_repeated', in: 'none' },
    { 'Basic twice is refused without an error code': () => ['Basic dXNlcjpwYXNz', 'Basic dXNlcjpwYXNz'] },
  ),

  ...['AUTHORIZATION', 'authorization', 'aUTHORIZATIOn'].map(
    (name): Row => ({
      name: `the field name ${name} is Authorization`,
      request(make) {
        const accessToken = make.accessToken()
        return make.request({ accessToken, authorization: [], headers: [name, `DPoP ${accessToken}`] })
      },
      expect: { accepted: 'DPoP' },
    }),
  ),
  ...Object.entries({ NUL: '\x00', 'a line feed': '\n', 'an escape': '\x1b', 'a delete character': '\x7f' }).map(
    ([name, character]): Row => ({
      name: `${name} in Authorization never passes`,
      request: (make) => make.request({ authorization: (token) => `DPoP ${token}${character}x` }),
      expect: { refused: 'authorization_malformed' },
      nodeRefuses: true,
    }),
  ),
]
