import { clientWithLeadingZero } from '../../../packages/testing/src/invalid-requests/proof-key.js'
import { createProofClient } from '../../support/proof-client.js'
import type { Row } from '../row.js'

const accepted: Row['expect'] = { accepted: 'DPoP' }

/** Members are merged over the `jwk` of an ES256 client. */
const withMembers = (name: string, members: object): Row => ({
  name,
  request: (make) => make.request({ proof: { header: { jwk: { ...make.client.jwk, ...members } } } }),
  expect: accepted,
})

export const proofKey: readonly Row[] = [
  ...(['x', 'y'] as const).map(
    (member): Row => ({
      name: `${member} that begins with a zero octet is accepted in full length`,
      request: (make) => make.request({ client: clientWithLeadingZero(member) }),
      expect: accepted,
    }),
  ),
  withMembers('a key for signatures is accepted', { use: 'sig' }),
  withMembers('key_ops with verify are accepted', { key_ops: ['verify'] }),
  withMembers('a key for this alg is accepted', { alg: 'ES256' }),
  withMembers('kid in jwk is accepted', { kid: 'x' }),
  withMembers('an unknown member of jwk is accepted', { ext: true, x5c: ['MIIB'] }),
  {
    name: 'an Ed25519 proof is accepted under both names of its algorithm',
    request: (make) => make.request({ client: createProofClient('Ed25519'), proof: { header: { alg: 'EdDSA' } } }),
    expect: accepted,
  },
  ...(['Ed25519', 'EdDSA'] as const).flatMap((alg) =>
    (['Ed25519', 'EdDSA'] as const).map(
      (intended): Row => ({
        name: `a key for ${intended} is accepted for ${alg}, which is the same algorithm`,
        request(make) {
          const client = createProofClient('Ed25519')
          return make.request({ client, proof: { header: { alg, jwk: { ...client.jwk, alg: intended } } } })
        },
        expect: accepted,
      }),
    ),
  ),
  {
    name: 'an RSA key with the exponent 17 is accepted',
    request: (make) => make.request({ client: createProofClient('PS256', { publicExponent: 17 }) }),
    expect: accepted,
  },
  {
    name: 'an RSA key with an exponent of 32 bits is accepted',
    request: (make) => make.request({ client: createProofClient('PS256', { publicExponent: 0x8000_000b }) }),
    expect: accepted,
  },
]
