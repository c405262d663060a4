import { clientWithLeadingZero } from '../../../packages/testing/src/breakages/proof-key.js'
import { createProofClient, signCompact } from '../../support/proof-client.js'
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
    name: 'ES384 with a P-256 key is refused',
    profile: 'algorithms',
    request: (make) => make.request({ proof: { header: { alg: 'ES384' } } }),
    expect: { refused: 'proof_key' },
  },
  {
    name: 'ES512 with a P-384 key is refused',
    profile: 'algorithms',
    request: (make) => make.request({ client: createProofClient('ES384'), proof: { header: { alg: 'ES512' } } }),
    expect: { refused: 'proof_key' },
  },
  {
    name: 'a PS256 signature under the name RS256 is refused',
    profile: 'algorithms',
    request: (make) => make.request({ client: createProofClient('PS256'), proof: { header: { alg: 'RS256' } } }),
    expect: { refused: 'proof_signature' },
  },
  {
    name: 'an Ed25519 proof is good under both names of its algorithm',
    request: (make) => make.request({ client: createProofClient('Ed25519'), proof: { header: { alg: 'EdDSA' } } }),
    expect: accepted,
  },
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
  ...(['ES384', 'ES512'] as const).map(
    (alg): Row => ({
      name: `a thief's ${alg} signature under the victim's jwk is refused`,
      profile: 'algorithms',
      request(make) {
        const { privateKey } = createProofClient(alg)
        return make.request({
          client: createProofClient(alg),
          dpop: ({ header, payload }) => signCompact({ alg, privateKey, header, payload }),
        })
      },
      expect: { refused: 'proof_signature' },
    }),
  ),
]
