import { generateKeyPairSync, type JsonWebKey, randomBytes, sign } from 'node:crypto'
import {
  createProofClient,
  jwkThumbprint,
  type ProofClient,
  signCompact,
  signingInput,
} from '../../support/proof-client.js'
import type { Make } from '../make.js'
import type { ProfileName } from '../profiles.js'
import type { Row } from '../row.js'
import { withStrayBit } from '../stray-bit.js'

const refused: Row['expect'] = { refused: 'proof_key' }

const decode = (text = '') => Buffer.from(text, 'base64url')
const encode = (bytes: Buffer) => bytes.toString('base64url')
const octets = (...values: number[]) => encode(Buffer.from(values))

/** The `jwk` as a whole is something else. */
const instead = (name: string, jwk: unknown): Row => ({
  name,
  request: (make) => make.request({ proof: { header: { jwk } } }),
  expect: refused,
})

/** Members are merged over the `jwk` of an ES256 client; `undefined` removes one. */
const withMembers = (name: string, members: (jwk: JsonWebKey) => object, expect: Row['expect'] = refused): Row => ({
  name,
  request: (make) => make.request({ proof: { header: { jwk: { ...make.client.jwk, ...members(make.client.jwk) } } } }),
  expect,
})

/** The same for a PS256 client. The token is bound to the thumbprint of what comes out. */
const withRsaMembers = (name: string, members: (jwk: JsonWebKey) => JsonWebKey): Row => ({
  name,
  request(make) {
    const client = createProofClient('PS256')
    const jwk = { ...client.jwk, ...members(client.jwk) }
    return make.request({ client, claims: { cnf: { jkt: jwkThumbprint(jwk) } }, proof: { header: { jwk } } })
  },
  expect: refused,
})

/** A proof that is signed by the client's key, but names another `alg` in its header. */
const signedAs = (
  name: string,
  alg: string,
  newClient: () => ProofClient,
  profile: ProfileName = 'dpop-only',
): Row => ({
  name,
  profile,
  request: (make) => make.request({ client: newClient(), proof: { header: { alg } } }),
  expect: refused,
})

/** A key whose point is not what it says; the token is bound to it, so that nothing but the import can refuse it. */
const boundTo = (name: string, jwkOf: (jwk: JsonWebKey) => JsonWebKey, expect: Row['expect'] = refused): Row => ({
  name,
  request(make) {
    const jwk = { ...make.client.jwk, ...jwkOf(make.client.jwk) }
    return make.request({ claims: { cnf: { jkt: jwkThumbprint(jwk) } }, proof: { header: { jwk } } })
  },
  expect,
})

const fieldPrime = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n
const coordinate = (value: bigint) => encode(Buffer.from(value.toString(16).padStart(64, '0'), 'hex'))
const numberOf = (text = '') => BigInt(`0x${decode(text).toString('hex')}`)

/** A client one of whose coordinates begins with a zero octet, as one in 256 does. */
function clientWithLeadingZero(member: 'x' | 'y'): ProofClient {
  for (;;) {
    const client = createProofClient()
    if (decode(client.jwk[member])[0] === 0) return client
  }
}

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

const modulus = (bits: number) => {
  const bytes = randomBytes(Math.ceil(bits / 8))
  const spare = bytes.length * 8 - bits
  bytes[0] = ((bytes[0] ?? 0) | 0xff) >> spare
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) | 1
  return encode(bytes)
}

/** A proof by a key of a kind that no client has. */
function foreignProof(
  make: Make,
  alg: string,
  type: 'ed448' | 'x25519' | 'secp256k1' | 'P-384',
): ReturnType<Make['request']> {
  const { privateKey, publicKey } =
    type === 'ed448'
      ? generateKeyPairSync('ed448')
      : type === 'x25519'
        ? generateKeyPairSync('x25519')
        : generateKeyPairSync('ec', { namedCurve: type })
  const jwk = publicKey.export({ format: 'jwk' })
  return make.request({
    claims: { cnf: { jkt: jwkThumbprint(jwk) } },
    dpop({ header, payload }) {
      const input = signingInput({ ...header, alg, jwk }, payload)
      const digest = type === 'ed448' ? null : 'sha256'
      const signature =
        type === 'x25519'
          ? randomBytes(64)
          : sign(digest, Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' })
      return `${input}.${encode(signature)}`
    },
  })
}

const ecPrivate = ({ privateKey }: ProofClient) => privateKey.export({ format: 'jwk' })

export const proofKey: readonly Row[] = [
  instead('a proof without jwk is refused', undefined),
  instead('jwk null is refused', null),
  instead('jwk as a text is refused', '{"kty":"EC"}'),
  instead('jwk as a list is refused', []),
  instead('jwk as a number is refused', 1),
  instead('an empty jwk is refused', {}),
  instead('a symmetric jwk is refused', { kty: 'oct', k: 'c2VjcmV0' }),
  instead('a JWK Set is refused', { keys: [] }),

  {
    name: 'a list of the right jwk is refused',
    request: (make) => make.request({ proof: { header: { jwk: [make.client.jwk] } } }),
    expect: refused,
  },
  withMembers('jwk without kty is refused', () => ({ kty: undefined })),
  withMembers('kty in lower case is refused', () => ({ kty: 'ec' })),
  withMembers('another kty is refused', () => ({ kty: 'RSA' })),
  withMembers('jwk without crv is refused', () => ({ crv: undefined })),
  withMembers('crv in lower case is refused', () => ({ crv: 'p-256' })),
  withMembers('another name of the curve is refused', () => ({ crv: 'prime256v1' })),
  withMembers('another crv is refused', () => ({ crv: 'P-384' })),
  withMembers('jwk without x is refused', () => ({ x: undefined })),
  withMembers('jwk without y is refused', () => ({ y: undefined })),
  withMembers('x as a number is refused', () => ({ x: 1 })),
  withMembers('x as a list is refused', ({ x }) => ({ x: [x] })),
  withMembers('an empty x is refused', () => ({ x: '' })),
  withMembers('x that is one octet short is refused', ({ x }) => ({ x: encode(decode(x).subarray(1)) })),
  withMembers('x with a leading zero octet more is refused', ({ x }) => ({
    x: encode(Buffer.concat([Buffer.of(0), decode(x)])),
  })),
  withMembers('y with a zero octet more at its end is refused', ({ y }) => ({
    y: encode(Buffer.concat([decode(y), Buffer.of(0)])),
  })),
  withMembers('x with padding is refused', ({ x }) => ({ x: `${x}=` })),
  withMembers('x with white space is refused', ({ x }) => ({ x: ` ${x}` })),
  withMembers('x with stray bits at its end is refused', ({ x = '' }) => ({ x: withStrayBit(x) })),
  withMembers('y with stray bits at its end is refused', ({ y = '' }) => ({ y: withStrayBit(y) })),
  withMembers('x in the alphabet of base64 is refused', ({ x }) => ({ x: `${(x ?? '').slice(0, -2)}+/` })),
  withMembers('a compressed point is refused', ({ x }) => ({
    x: encode(Buffer.concat([Buffer.of(2), decode(x)])),
    y: undefined,
  })),

  ...(['x', 'y'] as const).flatMap((member): Row[] => [
    {
      name: `${member} that begins with a zero octet is accepted in full length`,
      request: (make) => make.request({ client: clientWithLeadingZero(member) }),
      expect: { accepted: 'DPoP' },
    },
    {
      name: `${member} whose leading zero octet was dropped is refused`,
      request(make) {
        const client = clientWithLeadingZero(member)
        const jwk = { ...client.jwk, [member]: encode(decode(client.jwk[member]).subarray(1)) }
        return make.request({ client, proof: { header: { jwk } } })
      },
      expect: refused,
    },
  ]),
  boundTo('a point off the curve is refused', ({ y }) => ({ y: coordinate((numberOf(y) + 1n) % fieldPrime) })),
  boundTo('swapped coordinates are refused', ({ x, y }) => ({
    ...(x !== undefined && y !== undefined && { x: y, y: x }),
  })),
  boundTo('the point of zeros is refused', () => ({ x: coordinate(0n), y: coordinate(0n) })),
  boundTo('a coordinate of all ones is refused', () => ({ x: encode(Buffer.alloc(32, 0xff)) })),
  boundTo('a coordinate that is the field prime is refused', () => ({ x: coordinate(fieldPrime) })),
  boundTo('the mirrored point is another key', ({ y }) => ({ y: coordinate(fieldPrime - numberOf(y)) }), {
    refused: 'proof_signature',
  }),

  withMembers('a private EC key is refused', () => ({ d: 'AAAA' })),
  {
    name: "the client's real private key is refused",
    request: (make) => make.request({ proof: { header: { jwk: ecPrivate(make.client) } } }),
    expect: refused,
  },
  withMembers('a private member that is null is refused', () => ({ d: null })),
  withMembers('a private member that is empty is refused', () => ({ d: '' })),
  withMembers('a symmetric member in an EC key is refused', () => ({ k: 'c2VjcmV0' })),
  ...['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth'].map((member) =>
    withRsaMembers(`the private member ${member} in an RSA key is refused`, () => ({ [member]: 'AAAA' })),
  ),
  {
    name: 'a private Ed25519 key is refused',
    request(make) {
      const client = createProofClient('Ed25519')
      return make.request({ client, proof: { header: { jwk: ecPrivate(client) } } })
    },
    expect: refused,
  },

  withMembers('a key for encryption is refused', () => ({ use: 'enc' })),
  withMembers('use null is refused', () => ({ use: null })),
  withMembers('key_ops without verify is refused', () => ({ key_ops: ['sign'] })),
  withMembers('empty key_ops are refused', () => ({ key_ops: [] })),
  withMembers('key_ops as a text is refused', () => ({ key_ops: 'verify' })),
  withMembers('a key for another alg is refused', () => ({ alg: 'ES384' })),
  withMembers('a key for no alg is refused', () => ({ alg: 'none' })),
  withMembers('a key for signatures is accepted', () => ({ use: 'sig' }), { accepted: 'DPoP' }),
  withMembers('key_ops with verify are accepted', () => ({ key_ops: ['verify'] }), { accepted: 'DPoP' }),
  withMembers('a key for this alg is accepted', () => ({ alg: 'ES256' }), { accepted: 'DPoP' }),
  withMembers('kid in jwk is accepted', () => ({ kid: 'x' }), { accepted: 'DPoP' }),
  withMembers('an unknown member of jwk is accepted', () => ({ ext: true, x5c: ['MIIB'] }), { accepted: 'DPoP' }),

  {
    name: 'ES256 with a P-384 key is refused',
    request: (make) => foreignProof(make, 'ES256', 'P-384'),
    expect: refused,
  },
  {
    name: 'ES256 with a secp256k1 key is refused',
    request: (make) => foreignProof(make, 'ES256', 'secp256k1'),
    expect: refused,
  },
  {
    name: 'EdDSA with an Ed448 key is refused',
    request: (make) => foreignProof(make, 'EdDSA', 'ed448'),
    expect: refused,
  },
  {
    name: 'Ed25519 with an Ed448 key is refused',
    request: (make) => foreignProof(make, 'Ed25519', 'ed448'),
    expect: refused,
  },
  {
    name: 'EdDSA with an X25519 key is refused',
    request: (make) => foreignProof(make, 'EdDSA', 'x25519'),
    expect: refused,
  },
  signedAs('EdDSA with an EC key is refused', 'EdDSA', () => createProofClient('ES256')),
  signedAs('PS256 with an EC key is refused', 'PS256', () => createProofClient('ES256')),
  signedAs('ES256 with an RSA key is refused', 'ES256', () => createProofClient('PS256')),
  signedAs('ES256 with an Ed25519 key is refused', 'ES256', () => createProofClient('Ed25519')),
  signedAs('ES384 with a P-256 key is refused', 'ES384', () => createProofClient('ES256'), 'algorithms'),
  signedAs('ES512 with a P-384 key is refused', 'ES512', () => createProofClient('ES384'), 'algorithms'),
  {
    name: 'a PS256 signature under the name RS256 is refused',
    profile: 'algorithms',
    request: (make) => make.request({ client: createProofClient('PS256'), proof: { header: { alg: 'RS256' } } }),
    expect: { refused: 'proof_signature' },
  },
  {
    name: 'an RS256 signature under the name PS256 is refused',
    request: (make) => make.request({ client: createProofClient('RS256'), proof: { header: { alg: 'PS256' } } }),
    expect: { refused: 'proof_signature' },
  },
  {
    name: 'an Ed25519 proof is good under both names of its algorithm',
    request: (make) => make.request({ client: createProofClient('Ed25519'), proof: { header: { alg: 'EdDSA' } } }),
    expect: { accepted: 'DPoP' },
  },

  {
    name: 'an RSA key of 1024 bits is refused',
    request: (make) => make.request({ client: createProofClient('PS256', { modulusLength: 1024 }) }),
    expect: refused,
  },
  {
    name: 'an RSA key of 2040 bits is refused',
    request: (make) => make.request({ client: createProofClient('PS256', { modulusLength: 2040 }) }),
    expect: refused,
  },
  {
    name: 'an RSA key with the exponent 3 is refused',
    request: (make) => make.request({ client: createProofClient('PS256', { publicExponent: 3 }) }),
    expect: refused,
  },
  {
    name: 'an RSA key with the exponent 17 is accepted',
    request: (make) => make.request({ client: createProofClient('PS256', { publicExponent: 17 }) }),
    expect: { accepted: 'DPoP' },
  },
  withRsaMembers('an RSA key of 2047 bits is refused', () => ({ n: modulus(2047) })),
  withRsaMembers('an RSA key of 4097 bits is refused', () => ({ n: modulus(4097) })),
  withRsaMembers('an RSA key of 16384 bits is refused', () => ({ n: modulus(16_384) })),
  {
    name: 'an RSA key of 4096 bits is not too long',
    request(make) {
      const client = createProofClient('PS256')
      const jwk = { ...client.jwk, n: modulus(4096) }
      return make.request({ client, claims: { cnf: { jkt: jwkThumbprint(jwk) } }, proof: { header: { jwk } } })
    },
    expect: { refused: 'proof_signature' },
  },
  withRsaMembers('the exponent 0 is refused', () => ({ e: octets(0) })),
  withRsaMembers('the exponent 1 is refused', () => ({ e: octets(1) })),
  withRsaMembers('the exponent 2 is refused', () => ({ e: octets(2) })),
  withRsaMembers('an even exponent is refused', () => ({ e: octets(1, 0, 0) })),
  withRsaMembers('an exponent beyond 32 bits is refused', () => ({ e: octets(1, 0, 0, 0, 1) })),
  withRsaMembers('an exponent as long as the modulus is refused', ({ n }) => ({ ...(n !== undefined && { e: n }) })),
  withRsaMembers('an exponent with a leading zero octet is refused', () => ({ e: octets(0, 1, 0, 1) })),
  withRsaMembers('an empty exponent is refused', () => ({ e: '' })),
  withRsaMembers('an exponent with padding is refused', () => ({ e: 'AQAB=' })),
  withRsaMembers('a modulus with a leading zero octet is refused', ({ n }) => ({
    n: encode(Buffer.concat([Buffer.of(0), decode(n)])),
  })),
  withRsaMembers('a modulus with padding is refused', ({ n }) => ({ n: `${n}==` })),
  withRsaMembers('an empty modulus is refused', () => ({ n: '' })),
  withRsaMembers('an RSA key with crv is refused', () => ({ crv: 'P-256' })),
  {
    name: 'an exponent as a number is refused',
    request(make) {
      const client = createProofClient('PS256')
      return make.request({ client, proof: { header: { jwk: { ...client.jwk, e: 65537 } } } })
    },
    expect: refused,
  },
  {
    name: 'an RSA key with an exponent of 32 bits is accepted',
    request: (make) => make.request({ client: createProofClient('PS256', { publicExponent: 0x8000_000b }) }),
    expect: { accepted: 'DPoP' },
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
  {
    name: 'an Ed25519 key of 31 octets is refused',
    request(make) {
      const client = createProofClient('Ed25519')
      const jwk = { ...client.jwk, x: encode(decode(client.jwk.x).subarray(1)) }
      return make.request({ client, claims: { cnf: { jkt: jwkThumbprint(jwk) } }, proof: { header: { jwk } } })
    },
    expect: refused,
  },

  ...Object.entries({
    'a signature of zeros is refused': () => Buffer.alloc(64),
    'a signature of ones is refused': () => Buffer.alloc(64, 0xff),
    'a signature one octet short is refused': (signature: Buffer) => signature.subarray(1),
    'a signature with a zero octet more is refused': (signature: Buffer) => Buffer.concat([signature, Buffer.of(0)]),
    'half a signature is refused': (signature: Buffer) => signature.subarray(32),
    'a signature with one bit changed is refused': (signature: Buffer) => {
      const changed = Buffer.from(signature)
      changed.writeUInt8(changed.readUInt8(40) ^ 1, 40)
      return changed
    },
    'r and s swapped are refused': (signature: Buffer) =>
      Buffer.concat([signature.subarray(32), signature.subarray(0, 32)]),
  }).map(
    ([name, change]): Row => ({
      name,
      request: (make) =>
        make.request({
          dpop({ proof }) {
            const [header, payload, signature] = proof.split('.')
            return `${header}.${payload}.${encode(change(decode(signature)))}`
          },
        }),
      expect: { refused: 'proof_signature' },
    }),
  ),
  ...(['ES384', 'ES512'] as const).flatMap((alg): Row[] => [
    {
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
    },
  ]),
  {
    name: 'a signature in DER is refused',
    request: (make) =>
      make.request({
        dpop({ header, payload }) {
          const input = signingInput(header, payload)
          return `${input}.${encode(sign('sha256', Buffer.from(input), make.client.privateKey))}`
        },
      }),
    expect: { refused: 'proof_signature' },
  },
  {
    name: 'a signature of another digest is refused',
    request: (make) =>
      make.request({
        dpop: ({ header, payload }) =>
          signCompact({ alg: 'ES384', privateKey: make.client.privateKey, header, payload }),
      }),
    expect: { refused: 'proof_signature' },
  },
  {
    name: "a thief's signature under the victim's jwk is refused",
    request: (make) =>
      make.request({
        dpop: ({ header, payload }) =>
          signCompact({ alg: 'ES256', privateKey: createProofClient().privateKey, header, payload }),
      }),
    expect: { refused: 'proof_signature' },
  },
  {
    name: "another proof's payload under this signature is refused",
    request: (make) =>
      make.request({
        dpop({ proof, header, payload, sign }) {
          const [head, , signature] = proof.split('.')
          return `${head}.${sign(header, { ...payload, jti: 'other' }).split('.')[1]}.${signature}`
        },
      }),
    expect: { refused: 'proof_signature' },
  },
  {
    name: "another header under this proof's signature is refused",
    request: (make) =>
      make.request({
        dpop({ proof, header, payload, sign }) {
          const [, ...rest] = proof.split('.')
          return [sign({ ...header, kid: 'x' }, payload).split('.')[0], ...rest].join('.')
        },
      }),
    expect: { refused: 'proof_signature' },
  },
]
