// One table, longer than others: every kind of key that must not verify a proof.
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { copyKeyPair, generateSigningKey, type SignatureAlgorithm, signingInput } from '../compact-jws.js'
import type { Jwk, KeyPair } from '../jwk.js'
import { createProofClient, jwkThumbprint, type ProofClient } from '../proof-client.js'
import { mutations, proofHeaders, type Row } from './invalid-request.js'
import { generateRareKey } from './key-kind.js'
import type { ValidRequest } from './mutation.js'
import { withStrayBit } from './stray-bit.js'

const decode = (text = '') => Buffer.from(text, 'base64url')
const encode = (bytes: Buffer) => bytes.toString('base64url')
const octets = (...values: number[]) => encode(Buffer.from(values))
const withZeroBefore = (text = '') => encode(Buffer.concat([Buffer.of(0), decode(text)]))

/** The client, if its key is of the right kind, or else another client. */
const withKey = ({ client }: ValidRequest, alg: SignatureAlgorithm) =>
  client.alg === alg ? client : createProofClient(alg)

/** Members are merged over the `jwk` of an ES256 client; `undefined` removes one. */
const ec = (description: string, members: (jwk: Jwk, client: ProofClient) => object): Row => [
  description,
  (valid) => {
    const client = withKey(valid, 'ES256')
    return { client, proof: { header: { jwk: { ...client.jwk, ...members(client.jwk, client) } } } }
  },
]

/** The same for another client, with the token bound to the result: only the key itself can be the reason. */
export const bound = (alg: SignatureAlgorithm, description: string, members: (jwk: Jwk) => Jwk): Row => [
  description,
  (valid) => {
    const client = withKey(valid, alg)
    const jwk = { ...client.jwk, ...members(client.jwk) }
    return { client, claims: { cnf: { jkt: jwkThumbprint(jwk) } }, proof: { header: { jwk } } }
  },
]

/** A proof that a client of one algorithm signs, and whose header names another one. */
export const signedAs = (alg: string, description: string, signer: SignatureAlgorithm): Row => [
  description,
  () => ({ client: createProofClient(signer), proof: { header: { alg } } }),
]

/** A proof by a key of a kind that no client has. */
const otherKind = (
  alg: string,
  description: string,
  generate: () => KeyPair,
  digest: 'sha256' | null | 'none',
): Row => [
  description,
  () => {
    const { privateKey, publicKey } = generate()
    const jwk = publicKey.export({ format: 'jwk' })
    return {
      claims: { cnf: { jkt: jwkThumbprint(jwk) } },
      dpop({ header, payload }) {
        const input = signingInput({ ...header, alg, jwk }, payload)
        const signature =
          digest === 'none'
            ? randomBytes(64)
            : sign(digest, Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' })
        return `${input}.${encode(signature)}`
      },
    }
  },
]

const fieldPrime = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n
const coordinate = (value: bigint) => encode(Buffer.from(value.toString(16).padStart(64, '0'), 'hex'))
const numberOf = (text = '') => BigInt(`0x${decode(text).toString('hex')}`)

/** A client one of whose coordinates begins with a zero octet, as one in 256 does. */
export function clientWithLeadingZero(member: 'x' | 'y'): ProofClient {
  for (;;) {
    const client = createProofClient()
    if (decode(client.jwk[member])[0] === 0) return client
  }
}

const withoutLeadingZero = (member: 'x' | 'y', description: string): Row => [
  description,
  () => {
    const client = clientWithLeadingZero(member)
    const jwk = { ...client.jwk, [member]: encode(decode(client.jwk[member]).subarray(1)) }
    return { client, proof: { header: { jwk } } }
  },
]

/** A modulus of just this length. */
export function modulusOf(bits: number): string {
  const bytes = randomBytes(Math.ceil(bits / 8))
  const spare = bytes.length * 8 - bits
  bytes[0] = ((bytes[0] ?? 0) | 0xff) >> spare
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) | 1
  return encode(bytes)
}

const rsa = (modulusLength: number, description: string, publicExponent?: number): Row => [
  description,
  () => ({ client: createProofClient('PS256', { modulusLength, publicExponent }) }),
]

const privateMember = (member: string): Row =>
  bound('PS256', `the private member ${member} in an RSA key`, () => ({ [member]: 'AAAA' }))

const privateJwk = ({ privateKey }: ProofClient) => privateKey.export({ format: 'jwk' })

/** RFC 9449 section 4.3, checks 5 and 7: a public key, of the kind that `alg` names. */
export const key = {
  ...proofHeaders('proof_key', {
    'jwk-missing': ['a proof without jwk', { jwk: undefined }],
    'jwk-null': ['jwk null', { jwk: null }],
    'jwk-string': ['jwk as a string', { jwk: '{"kty":"EC"}' }],
    'jwk-empty-list': ['jwk as an empty list', { jwk: [] }],
    'jwk-number': ['jwk as a number', { jwk: 1 }],
    'jwk-empty': ['an empty jwk', { jwk: {} }],
    'jwk-symmetric': ['a symmetric jwk', { jwk: { kty: 'oct', k: 'c2VjcmV0' } }],
    'jwk-set': ['a JWK Set', { jwk: { keys: [] } }],
    'jwk-list': ['a list of the right jwk', ({ client }) => ({ jwk: [client.jwk] })],
  }),
  ...mutations('proof_key', {
    'jwk-only-in-proto': [
      'a jwk that only __proto__ has',
      {
        dpop: ({ header: { jwk, ...header }, payload, sign }) =>
          sign(`${JSON.stringify(header).slice(0, -1)},"__proto__":{"jwk":${JSON.stringify(jwk)}}}`, payload),
      },
    ],
    'jwk-kty-missing': ec('jwk without kty', () => ({ kty: undefined })),
    'jwk-kty-lower-case': ec('kty in lower case', () => ({ kty: 'ec' })),
    'jwk-kty-other': ec('another kty', () => ({ kty: 'RSA' })),
    'jwk-crv-missing': ec('jwk without crv', () => ({ crv: undefined })),
    'jwk-crv-lower-case': ec('crv in lower case', () => ({ crv: 'p-256' })),
    'jwk-crv-other-name': ec('another name of the curve', () => ({ crv: 'prime256v1' })),
    'jwk-crv-other': ec('another crv', () => ({ crv: 'P-384' })),
    'jwk-x-missing': ec('jwk without x', () => ({ x: undefined })),
    'jwk-y-missing': ec('jwk without y', () => ({ y: undefined })),
    'jwk-x-number': ec('x as a number', () => ({ x: 1 })),
    'jwk-x-list': ec('x as a list', ({ x }) => ({ x: [x] })),
    'jwk-x-empty': ec('an empty x', () => ({ x: '' })),
    'jwk-x-short': ec('x that is one octet short', ({ x }) => ({ x: encode(decode(x).subarray(1)) })),
    'jwk-x-zero-before': ec('x with a leading zero octet more', ({ x }) => ({ x: withZeroBefore(x) })),
    'jwk-y-zero-behind': ec('y with a zero octet more at its end', ({ y }) => ({
      y: encode(Buffer.concat([decode(y), Buffer.of(0)])),
    })),
    'jwk-x-padding': ec('x with padding', ({ x }) => ({ x: `${x}=` })),
    'jwk-x-white-space': ec('x with white space', ({ x }) => ({ x: ` ${x}` })),
    'jwk-x-stray-bits': ec('x with stray bits at its end', ({ x = '' }) => ({ x: withStrayBit(x) })),
    'jwk-y-stray-bits': ec('y with stray bits at its end', ({ y = '' }) => ({ y: withStrayBit(y) })),
    'jwk-x-alphabet-of-base64': ec('x in the alphabet of base64', ({ x = '' }) => ({ x: `${x.slice(0, -2)}+/` })),
    'jwk-point-compressed': ec('a compressed point', ({ x }) => ({
      x: encode(Buffer.concat([Buffer.of(2), decode(x)])),
      y: undefined,
    })),
    'jwk-x-zero-dropped': withoutLeadingZero('x', 'x whose leading zero octet was dropped'),
    'jwk-y-zero-dropped': withoutLeadingZero('y', 'y whose leading zero octet was dropped'),
    'jwk-point-off-curve': bound('ES256', 'a point off the curve', ({ y }) => ({
      y: coordinate((numberOf(y) + 1n) % fieldPrime),
    })),
    'jwk-coordinates-swapped': bound('ES256', 'swapped coordinates', ({ x = '', y = '' }) => ({ x: y, y: x })),
    'jwk-point-of-zeros': bound('ES256', 'the point of zeros', () => ({ x: coordinate(0n), y: coordinate(0n) })),
    'jwk-coordinate-of-ones': bound('ES256', 'a coordinate of all ones', () => ({ x: encode(Buffer.alloc(32, 0xff)) })),
    'jwk-coordinate-field-prime': bound('ES256', 'a coordinate that is the field prime', () => ({
      x: coordinate(fieldPrime),
    })),
    'jwk-private': ec('a private EC key', () => ({ d: 'AAAA' })),
    'jwk-private-real': ec("the client's real private key", (_, client) => privateJwk(client)),
    'jwk-private-null': ec('a private member that is null', () => ({ d: null })),
    'jwk-private-empty': ec('a private member that is empty', () => ({ d: '' })),
    'jwk-private-symmetric': ec('a symmetric member in an EC key', () => ({ k: 'c2VjcmV0' })),
    'jwk-private-akp': ec('the private member of an AKP key in an EC key', () => ({ priv: 'AAAA' })),
    'jwk-rsa-private-d': privateMember('d'),
    'jwk-rsa-private-p': privateMember('p'),
    'jwk-rsa-private-q': privateMember('q'),
    'jwk-rsa-private-dp': privateMember('dp'),
    'jwk-rsa-private-dq': privateMember('dq'),
    'jwk-rsa-private-qi': privateMember('qi'),
    'jwk-rsa-private-oth': privateMember('oth'),
    'jwk-rsa-private-akp': privateMember('priv'),
    'jwk-ed25519-private': [
      'a private Ed25519 key',
      (valid) => {
        const client = withKey(valid, 'Ed25519')
        return { client, proof: { header: { jwk: privateJwk(client) } } }
      },
    ],
    'jwk-use-enc': ec('a key for encryption', () => ({ use: 'enc' })),
    'jwk-use-null': ec('use null', () => ({ use: null })),
    'jwk-key-ops-sign': ec('key_ops without verify', () => ({ key_ops: ['sign'] })),
    'jwk-key-ops-empty': ec('empty key_ops', () => ({ key_ops: [] })),
    'jwk-key-ops-string': ec('key_ops as a string', () => ({ key_ops: 'verify' })),
    'jwk-alg-other': ec('a key for another alg', () => ({ alg: 'ES384' })),
    'jwk-alg-none': ec('a key for no alg', () => ({ alg: 'none' })),
    'jwk-p384-as-es256': otherKind('ES256', 'ES256 with a P-384 key', () => generateSigningKey('ES384'), 'sha256'),
    'jwk-secp256k1-as-es256': otherKind(
      'ES256',
      'ES256 with a secp256k1 key',
      () => generateRareKey('secp256k1'),
      'sha256',
    ),
    'jwk-ed448-as-eddsa': otherKind('EdDSA', 'EdDSA with an Ed448 key', () => generateRareKey('Ed448'), null),
    'jwk-ed448-as-ed25519': otherKind('Ed25519', 'Ed25519 with an Ed448 key', () => generateRareKey('Ed448'), null),
    'jwk-x25519-as-eddsa': otherKind(
      'EdDSA',
      'EdDSA with an X25519 key',
      () => copyKeyPair(generateKeyPairSync('x25519')),
      'none',
    ),
    'jwk-ec-as-eddsa': signedAs('EdDSA', 'EdDSA with an EC key', 'ES256'),
    'jwk-ec-as-ps256': signedAs('PS256', 'PS256 with an EC key', 'ES256'),
    'jwk-rsa-as-es256': signedAs('ES256', 'ES256 with an RSA key', 'PS256'),
    'jwk-ed25519-as-es256': signedAs('ES256', 'ES256 with an Ed25519 key', 'Ed25519'),
    'jwk-rsa-1024-bits': rsa(1024, 'an RSA key of 1024 bits'),
    'jwk-rsa-2040-bits': rsa(2040, 'an RSA key of 2040 bits'),
    'jwk-rsa-exponent-3': rsa(2048, 'an RSA key with the exponent 3', 3),
    'jwk-rsa-2047-bits': bound('PS256', 'an RSA key of 2047 bits', () => ({ n: modulusOf(2047) })),
    'jwk-rsa-4097-bits': bound('PS256', 'an RSA key of 4097 bits', () => ({ n: modulusOf(4097) })),
    'jwk-rsa-16384-bits': bound('PS256', 'an RSA key of 16384 bits', () => ({ n: modulusOf(16_384) })),
    'jwk-rsa-exponent-0': bound('PS256', 'the exponent 0', () => ({ e: octets(0) })),
    'jwk-rsa-exponent-1': bound('PS256', 'the exponent 1', () => ({ e: octets(1) })),
    'jwk-rsa-exponent-2': bound('PS256', 'the exponent 2', () => ({ e: octets(2) })),
    'jwk-rsa-exponent-even': bound('PS256', 'an even exponent', () => ({ e: octets(1, 0, 0) })),
    'jwk-rsa-exponent-33-bits': bound('PS256', 'an exponent beyond 32 bits', () => ({ e: octets(1, 0, 0, 0, 1) })),
    'jwk-rsa-exponent-of-modulus': bound('PS256', 'an exponent as long as the modulus', ({ n = '' }) => ({ e: n })),
    'jwk-rsa-exponent-zero-before': bound('PS256', 'an exponent with a leading zero octet', () => ({
      e: octets(0, 1, 0, 1),
    })),
    'jwk-rsa-exponent-empty': bound('PS256', 'an empty exponent', () => ({ e: '' })),
    'jwk-rsa-exponent-padding': bound('PS256', 'an exponent with padding', () => ({ e: 'AQAB=' })),
    'jwk-rsa-modulus-zero-before': bound('PS256', 'a modulus with a leading zero octet', ({ n }) => ({
      n: withZeroBefore(n),
    })),
    'jwk-rsa-modulus-padding': bound('PS256', 'a modulus with padding', ({ n }) => ({ n: `${n}==` })),
    'jwk-rsa-modulus-empty': bound('PS256', 'an empty modulus', () => ({ n: '' })),
    'jwk-rsa-crv': bound('PS256', 'an RSA key with crv', () => ({ crv: 'P-256' })),
    'jwk-rsa-exponent-number': [
      'an exponent as a number',
      (valid) => {
        const client = withKey(valid, 'PS256')
        return { client, proof: { header: { jwk: { ...client.jwk, e: 65537 } } } }
      },
    ],
    'jwk-ed25519-short': bound('Ed25519', 'an Ed25519 key of 31 octets', ({ x }) => ({
      x: encode(decode(x).subarray(1)),
    })),
  }),
  ...mutations('proof_signature', {
    'jwk-point-mirrored': bound('ES256', 'the mirrored point', ({ y }) => ({
      y: coordinate(fieldPrime - numberOf(y)),
    })),
    'proof-rs256-as-ps256': signedAs('PS256', 'an RS256 signature under the name PS256', 'RS256'),
    'jwk-rsa-other-modulus': bound('PS256', 'another RSA key of 4096 bits', () => ({ n: modulusOf(4096) })),
  }),
}
