import { createProofClient, type SignatureAlgorithm } from '../../support/proof-client.js'
import type { ProfileName } from '../profiles.js'
import type { Row } from '../row.js'

/** Rows with a well-signed proof whose header has other members. */
const rowsOf = (expect: Row['expect'], headers: Record<string, Record<string, unknown>>) =>
  Object.entries(headers).map(
    ([name, header]): Row => ({ name, request: (make) => make.request({ proof: { header } }), expect }),
  )

/** A good proof, signed by a client of this algorithm. */
const signedWith = (alg: SignatureAlgorithm, profile: ProfileName = 'dpop-only'): Row => ({
  name: `a good ${alg} proof is accepted by the guard "${profile}"`,
  profile,
  request: (make) => make.request({ client: createProofClient(alg) }),
  expect: { accepted: 'DPoP' },
})

export const proofHeader: readonly Row[] = [
  signedWith('ES256'),
  signedWith('PS256'),
  signedWith('Ed25519'),
  signedWith('EdDSA'),
  signedWith('ES384', 'algorithms'),
  signedWith('ES512', 'algorithms'),
  signedWith('RS256', 'algorithms'),

  ...rowsOf(
    { accepted: 'DPoP' },
    {
      'kid in the header is ignored': { kid: '../../../etc/passwd' },
      'kid that is not a string is ignored': { kid: { a: 1 } },
      'jku in the header is ignored': { jku: 'https://evil.example/jwks' },
      'x5u in the header is ignored': { x5u: 'https://evil.example/cert' },
      'x5c in the header is ignored': { x5c: ['MIIB'] },
      'x5t#S256 in the header is ignored': { 'x5t#S256': 'x' },
      'cty in the header is ignored': { cty: 'JWT' },
      'zip in the header is ignored': { zip: 'DEF' },
      'an unknown header parameter is ignored': { 'urn:example:extra': { a: [1, null] } },
    },
  ),
]
