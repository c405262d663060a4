import { clientWithLeadingZero } from '../../../packages/testing/src/breakages/proof-key.js'
import { createProofClient, jwkThumbprint, signCompact, signingInput } from '../../support/proof-client.js'
import type { Row } from '../row.js'

const encode = (bytes: Buffer) => bytes.toString('base64url')

/** The field's prime of Ed25519, 2^255 - 19, and a y-coordinate as RFC 8032 writes it; `sign` is the other coordinate's. */
const edwardsPrime = 2n ** 255n - 19n
const edwardsPoint = (y: bigint, sign: 0 | 1 = 0) =>
  encode(Buffer.from((y + (BigInt(sign) << 255n)).toString(16).padStart(64, '0'), 'hex').reverse())

/** RFC 8032 section 5.1: the y of a point of order 8; that of the others is its negative. */
const orderEight = BigInt('0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826')

const weakPoints = {
  'of order 1': 1n,
  'of order 2': edwardsPrime - 1n,
  'of order 4': 0n,
  'of order 8': orderEight,
  'of order 8, mirrored': edwardsPrime - orderEight,
  'whose y is the prime': edwardsPrime,
  'whose y is the prime and one': edwardsPrime + 1n,
  'whose y is the prime and two': edwardsPrime + 2n,
  'whose y is the prime and three': edwardsPrime + 3n,
  'whose y is the largest number': 2n ** 255n - 1n,
}

const refused: Row['expect'] = { refused: 'proof_key' }

/** An Ed25519 key that nobody has the private half of; the token is bound to it. */
const edwardsKey = (name: string, x: string, expect: Row['expect'] = refused): Row => ({
  name,
  request(make) {
    const client = createProofClient('Ed25519')
    const jwk = { ...client.jwk, x }
    return make.request({ client, claims: { cnf: { jkt: jwkThumbprint(jwk) } }, proof: { header: { jwk } } })
  },
  expect,
})

/** With the neutral point for a key, the base point for R and 1 for S verify any message (RFC 8032 section 5.1.7). */
const universalSignature = Buffer.from(`58${'66'.repeat(31)}01${'00'.repeat(31)}`, 'hex')

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
  ...Object.entries(weakPoints).flatMap(([name, y]) => [
    edwardsKey(`an Ed25519 point ${name} is refused`, edwardsPoint(y)),
    edwardsKey(`an Ed25519 point ${name} is refused with the other sign`, edwardsPoint(y, 1)),
  ]),
  edwardsKey('an Ed25519 point whose y is just below the prime is a key', edwardsPoint(edwardsPrime - 2n), {
    refused: 'proof_signature',
  }),
  {
    name: 'an Ed25519 key that any signature fits is refused',
    request(make) {
      const client = createProofClient('Ed25519')
      const jwk = { ...client.jwk, x: edwardsPoint(1n) }
      return make.request({
        client,
        claims: { cnf: { jkt: jwkThumbprint(jwk) } },
        dpop: ({ header, payload }) => `${signingInput({ ...header, jwk }, payload)}.${encode(universalSignature)}`,
      })
    },
    expect: refused,
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
