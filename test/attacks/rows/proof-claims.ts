import type { Row } from '../row.js'

/** Rows with a well-signed proof of other claims. */
const rowsOf = (expect: Row['expect'], claims: Record<string, Record<string, unknown>>) =>
  Object.entries(claims).map(
    ([name, changed]): Row => ({ name, request: (make) => make.request({ proof: { claims: changed } }), expect }),
  )

export const proofClaims: readonly Row[] = [
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
      'a nonce that is not a string is ignored while nonces are off': { nonce: 1 },
      'a nonce while nonces are off is ignored': { nonce: 'never-issued' },
    },
  ),
]
