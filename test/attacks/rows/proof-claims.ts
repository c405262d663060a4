import { createHash } from 'node:crypto'
import { accessTokenHash } from '../../support/proof-client.js'
import type { Row } from '../row.js'

/** Rows with a proof of other claims, signed all the same. */
const rowsOf = (expect: Row['expect'], claims: Record<string, Record<string, unknown>>) =>
  Object.entries(claims).map(
    ([name, changed]): Row => ({ name, request: (make) => make.request({ proof: { claims: changed } }), expect }),
  )

/** A row whose `ath` is made from the token. */
const ath = (name: string, from: (accessToken: string) => unknown, expect: Row['expect']): Row => ({
  name,
  request(make) {
    const accessToken = make.accessToken()
    return make.request({ accessToken, proof: { claims: { ath: from(accessToken) } } })
  },
  expect,
})

const sha256 = (text: string, encoding: 'hex' | 'base64') => createHash('sha256').update(text).digest(encoding)

export const proofClaims: readonly Row[] = [
  ...rowsOf(
    { refused: 'proof_claims' },
    {
      'a proof without jti is refused': { jti: undefined },
      'an empty jti is refused': { jti: '' },
      'jti as a number is refused': { jti: 1 },
      'jti null is refused': { jti: null },
      'jti as a list is refused': { jti: ['a'] },
      'jti of 257 characters is refused': { jti: 'a'.repeat(257) },
      'jti of thousands of characters is refused': { jti: 'a'.repeat(5000) },
      'a proof without htm is refused': { htm: undefined },
      'an empty htm is refused': { htm: '' },
      'htm as a list is refused': { htm: ['GET'] },
      'htm null is refused': { htm: null },
      'a proof without htu is refused': { htu: undefined },
      'an empty htu is refused': { htu: '' },
      'htu as a list is refused': { htu: ['https://api.example.com/orders'] },
      'htu null is refused': { htu: null },
      'a proof without iat is refused': { iat: undefined },
      'iat null is refused': { iat: null },
      'iat as a text is refused': { iat: '1800000000' },
      'iat as a list is refused': { iat: [1_800_000_000] },
      'iat true is refused': { iat: true },
      'a negative iat is refused': { iat: -1_800_000_000 },
      'iat as a date is refused': { iat: '2027-01-15T08:00:00Z' },
      'ath null is refused': { ath: null },
      'ath as a number is refused': { ath: 1 },
      'ath as a list is refused': { ath: ['a'] },
      'exp as a text is refused': { exp: '1800000060' },
      'nbf as a text is refused': { nbf: '1800000000' },
    },
  ),
  {
    name: 'iat beyond every number is refused',
    request: (make) =>
      make.request({
        dpop: ({ header, payload, sign }) => sign(header, JSON.stringify(payload).replace(/"iat":\d+/, '"iat":1e400')),
      }),
    expect: { refused: 'proof_claims' },
  },

  ...rowsOf(
    { refused: 'proof_htm' },
    {
      'htm in lower case is refused': { htm: 'get' },
      'htm of another method is refused': { htm: 'POST' },
      'htm HEAD for a GET is refused': { htm: 'HEAD' },
      'htm with a space is refused': { htm: 'GET ' },
      'htm with several methods is refused': { htm: 'GET,POST' },
      'htm as a wildcard is refused': { htm: '*' },
    },
  ),
  ...['POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE'].map(
    (method): Row => ({
      name: `a proof for GET is refused for ${method}`,
      request: (make) => make.request({ method, proof: { method: 'GET' } }),
      expect: { refused: 'proof_htm' },
    }),
  ),
  {
    name: 'a header that overrides the method changes nothing',
    request: (make) =>
      make.request({ method: 'POST', proof: { method: 'DELETE' }, headers: ['X-HTTP-Method-Override', 'DELETE'] }),
    expect: { refused: 'proof_htm' },
  },
  {
    name: 'a method in lower case is another method',
    request: (make) => make.request({ method: 'get', proof: { method: 'GET' } }),
    expect: { refused: 'proof_htm' },
    nodeRefuses: true,
  },

  ath('a proof without ath is refused', () => undefined, { refused: 'proof_ath' }),
  ath('ath of another token is refused', () => accessTokenHash('another'), { refused: 'proof_ath' }),
  ath('ath with padding is refused', (token) => `${accessTokenHash(token)}=`, { refused: 'proof_ath' }),
  ath('ath in base64 is refused', (token) => sha256(token, 'base64'), { refused: 'proof_ath' }),
  ath('ath in hex is refused', (token) => sha256(token, 'hex'), { refused: 'proof_ath' }),
  ath('ath in another case is refused', (token) => swapCase(accessTokenHash(token)), { refused: 'proof_ath' }),
  ath('ath that is cut short is refused', (token) => accessTokenHash(token).slice(0, -1), { refused: 'proof_ath' }),
  ath('ath with a space is refused', (token) => ` ${accessTokenHash(token)}`, { refused: 'proof_ath' }),
  ath('ath of scheme and token is refused', (token) => accessTokenHash(`DPoP ${token}`), { refused: 'proof_ath' }),
  ath('ath of the token in another case is refused', (token) => accessTokenHash(swapCase(token)), {
    refused: 'proof_ath',
  }),
  ath('ath that is the token itself is refused', (token) => token, { refused: 'proof_ath' }),
  ath('ath of SHA-512 is refused', (token) => createHash('sha512').update(token).digest('base64url'), {
    refused: 'proof_ath',
  }),
  {
    name: 'a proof for one token is refused with another of the same key',
    request: (make) => make.request({ proof: { accessToken: make.accessToken({ claims: { scope: 'admin' } }) } }),
    expect: { refused: 'proof_ath' },
  },

  ...rowsOf(
    { accepted: 'DPoP' },
    {
      'jti of 256 characters is accepted': { jti: 'a'.repeat(256) },
      'jti of one character is accepted': { jti: 'a' },
      'jti beyond ASCII is accepted': { jti: 'Zürich \u{1f510} \u0000' },
      'an unknown claim is ignored': { 'urn:example:extra': { deep: [1, null] } },
      'claims of other tokens are ignored': {
        iss: 'x',
        sub: 'mallory',
        aud: 'https://evil.example',
        cnf: { jkt: 'x' },
      },
      'a nonce that is no text is ignored while nonces are off': { nonce: 1 },
      'a nonce while nonces are off is ignored': { nonce: 'never-issued' },
    },
  ),
]

function swapCase(text: string): string {
  return text.replace(/[a-z]/gi, (letter) =>
    letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
  )
}
