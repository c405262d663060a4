import { createProofClient } from '../../support/proof-client.js'
import { createTestIssuer } from '../../support/test-issuer.js'
import type { Draft, Make, Mutation } from '../make.js'
import { type MlDsa, mainIssuer, mlDsaAlgorithms, mlDsaIssuer } from '../profiles.js'
import type { Expectation, Row } from '../row.js'

/** Keys are made when a row needs them, because this file is loaded on runtimes without ML-DSA too. */
const row = (
  name: string,
  mutation: (make: Make) => Mutation,
  expect: Expectation,
  profile: Row['profile'] = 'ML-DSA',
): Row => ({ name, profile, request: (make) => make.request(mutation(make)), expect })

const accepted: Expectation = { accepted: 'DPoP' }
const badKey: Expectation = { rejected: 'proof_key' }
const badAlgorithm: Expectation = { rejected: 'proof_algorithm' }
const badSignature: Expectation = { rejected: 'proof_signature' }
const badTokenSignature: Expectation = { rejected: 'token_signature' }
const unknownKey: Expectation = { rejected: 'token_key_unknown' }

const by = (alg: MlDsa) => (): Mutation => ({ client: createProofClient(alg) })

/** A proof whose jwk has these members merged over it. */
const withMembers = (alg: MlDsa, members: (pub: string) => object) => (): Mutation => {
  const client = createProofClient(alg)
  return { client, proof: { header: { jwk: { ...client.jwk, ...members(String(client.jwk.pub)) } } } }
}

/** Changes the signature, the last part of a JWS. */
const signatures: Readonly<Record<string, (signature: Buffer) => Buffer>> = {
  'is a byte shorter': (signature) => signature.subarray(0, -1),
  'is a byte longer': (signature) => Buffer.concat([signature, Buffer.alloc(1)]),
  'has another bit': (signature) => Buffer.from(signature.map((byte, at) => (at === 100 ? byte ^ 1 : byte))),
  'is all zero': (signature) => Buffer.alloc(signature.length),
  'has the length of ES256': (signature) => signature.subarray(0, 64),
}

function changeSignature(jws: string, change: (signature: Buffer) => Buffer): string {
  const [header, payload, signature = ''] = jws.split('.')
  return [header, payload, change(Buffer.from(signature, 'base64url')).toString('base64url')].join('.')
}

const proofs: readonly Row[] = [
  ...mlDsaAlgorithms.flatMap((alg) => [
    row(`a good ${alg} proof is accepted`, by(alg), accepted),
    ...Object.entries(signatures).map(([what, change]) =>
      row(
        `an ${alg} proof whose signature ${what} is rejected`,
        () => ({ ...by(alg)(), dpop: ({ proof }: Draft) => changeSignature(proof, change) }),
        badSignature,
      ),
    ),
    row(
      `an ${alg} key with a member priv is rejected`,
      withMembers(alg, () => ({ priv: 'A'.repeat(43) })),
      badKey,
    ),
    row(
      `an ${alg} key without alg is rejected`,
      withMembers(alg, () => ({ alg: undefined })),
      badKey,
    ),
    row(
      `an ${alg} key of a byte more is rejected`,
      withMembers(alg, (pub) => ({ pub: `${pub}AAAA` })),
      badKey,
    ),
    row(
      `an ${alg} key of a byte less is rejected`,
      withMembers(alg, (pub) => ({ pub: pub.slice(0, -4) })),
      badKey,
    ),
    ...mlDsaAlgorithms
      .filter((other) => other !== alg)
      .flatMap((other) => [
        row(
          `an ${alg} key whose alg is ${other} is rejected`,
          withMembers(alg, () => ({ alg: other })),
          badKey,
        ),
        row(
          `an ${alg} key under the alg ${other} is rejected`,
          () => ({ ...by(alg)(), proof: { header: { alg: other } } }),
          badKey,
        ),
        row(
          `an ${alg} key that says ${other} everywhere is rejected`,
          () => {
            const client = createProofClient(alg)
            return { client, proof: { header: { alg: other, jwk: { ...client.jwk, alg: other } } } }
          },
          badKey,
        ),
      ]),
  ]),

  row(
    'a key with padding is rejected',
    withMembers('ML-DSA-44', (pub) => ({ pub: `${pub}=` })),
    badKey,
  ),
  row(
    'a key without pub is rejected',
    withMembers('ML-DSA-44', () => ({ pub: undefined })),
    badKey,
  ),
  row(
    'a key of type OKP is rejected',
    withMembers('ML-DSA-44', () => ({ kty: 'OKP' })),
    badKey,
  ),
  row(
    'a key with a curve is rejected',
    withMembers('ML-DSA-44', () => ({ crv: 'Ed25519' })),
    badKey,
  ),
  row(
    'a key for encryption is rejected',
    withMembers('ML-DSA-44', () => ({ use: 'enc' })),
    badKey,
  ),
  row(
    'a key that does not verify is rejected',
    withMembers('ML-DSA-44', () => ({ key_ops: ['sign'] })),
    badKey,
  ),
  row(
    'a key for signatures is accepted',
    withMembers('ML-DSA-44', () => ({ use: 'sig', key_ops: ['verify'] })),
    accepted,
  ),
  row(
    'an ML-DSA-44 key under the alg ES256 is rejected',
    () => ({ ...by('ML-DSA-44')(), proof: { header: { alg: 'ES256' } } }),
    badKey,
  ),
  row('an EC key under the alg ML-DSA-44 is rejected', () => ({ proof: { header: { alg: 'ML-DSA-44' } } }), badKey),
  ...['ml-dsa-44', 'ML-DSA', 'HashML-DSA-44', 'ML-DSA-44-ES256'].map((alg) =>
    row(`the alg ${alg} is rejected`, () => ({ ...by('ML-DSA-44')(), proof: { header: { alg } } }), badAlgorithm),
  ),
  row(
    'a proof that another key has signed is rejected',
    () => ({
      client: createProofClient('ML-DSA-44'),
      dpop: ({ header, payload }: Draft) => {
        const { proof } = createProofClient('ML-DSA-44')
        return proof({ method: '', url: '', header, claims: payload })
      },
    }),
    badSignature,
  ),
  row(
    'a proof of a key that the token is not bound to is rejected',
    ({ client }) => ({ client: createProofClient('ML-DSA-44'), claims: { cnf: { jkt: client.jkt } } }),
    { rejected: 'token_key_mismatch' },
  ),
  row('a proof for another URL is rejected', () => ({ ...by('ML-DSA-44')(), url: 'https://other.example/orders' }), {
    rejected: 'proof_htu',
  }),
  row(
    'a proof for another token is rejected',
    () => ({ ...by('ML-DSA-44')(), proof: { accessToken: 'another token' } }),
    { rejected: 'proof_ath' },
  ),
  {
    name: 'an ML-DSA-44 proof is accepted once',
    profile: 'ML-DSA',
    request(make) {
      const request = make.request({ client: createProofClient('ML-DSA-44') })
      return [request, request]
    },
    expect: { rejected: 'proof_replayed' },
  },

  row('an ML-DSA-44 proof is rejected unless an option allows it', by('ML-DSA-44'), badAlgorithm, 'dpop-only'),
  row(
    'an ML-DSA-87 proof is too long unless an option allows it',
    by('ML-DSA-87'),
    { rejected: 'proof_too_long' },
    'dpop-only',
  ),
  row(
    'an ML-DSA-44 proof is rejected if it is allowed for tokens only',
    by('ML-DSA-44'),
    badAlgorithm,
    'ML-DSA-44, tokens only',
  ),
  row('an ML-DSA-44 proof is accepted if it alone is allowed', by('ML-DSA-44'), accepted, 'ML-DSA-44, proofs only'),
  row(
    'an ML-DSA-65 proof is too long if ML-DSA-44 alone is allowed',
    by('ML-DSA-65'),
    { rejected: 'proof_too_long' },
    'ML-DSA-44, proofs only',
  ),
  row(
    'the alg ML-DSA-65 is rejected if ML-DSA-44 alone is allowed',
    () => ({ ...by('ML-DSA-44')(), proof: { header: { alg: 'ML-DSA-65' } } }),
    badAlgorithm,
    'ML-DSA-44, proofs only',
  ),
]

const issuedBy = (alg: MlDsa) => (): Mutation => ({ issuer: mlDsaIssuer(alg) })

/** A token that names another key. */
const naming = (kid: string) => (): Mutation => ({ issuer: mlDsaIssuer('ML-DSA-44'), mint: { kid } })

const tokens: readonly Row[] = [
  ...mlDsaAlgorithms.flatMap((alg) => [
    row(`a good ${alg} access token is accepted`, issuedBy(alg), accepted),
    ...Object.entries(signatures).map(([what, change]) =>
      row(
        `an ${alg} access token whose signature ${what} is rejected`,
        (make) => ({ accessToken: changeSignature(make.accessToken(issuedBy(alg)()), change) }),
        badTokenSignature,
      ),
    ),
    row(
      `an ${alg} access token that another key has signed is rejected`,
      () => ({ issuer: createTestIssuer({ issuer: mainIssuer.issuer, alg, kid: `key-of-${alg}` }) }),
      badTokenSignature,
    ),
    ...[...mlDsaAlgorithms, 'ES256']
      .filter((other) => other !== alg)
      .map((other) =>
        row(
          `an ${alg} access token under the alg ${other} is rejected`,
          () => ({ ...issuedBy(alg)(), mint: { header: { alg: other } } }),
          unknownKey,
        ),
      ),
  ]),
  row(
    'a good ML-DSA-44 Bearer token is accepted',
    () => ({ ...issuedBy('ML-DSA-44')(), scheme: 'Bearer', dpop: [], claims: { cnf: undefined } }),
    {
      accepted: 'Bearer',
    },
  ),
  row(
    'an ES256 access token under the alg ML-DSA-44 is rejected',
    () => ({ mint: { header: { alg: 'ML-DSA-44' } } }),
    unknownKey,
  ),
  row('a key without alg in the set of the issuer is not used', naming('key-without-alg'), unknownKey),
  row('a key for encryption in the set of the issuer is not used', naming('key-for-encryption'), unknownKey),
  row(
    'a key of another size than its alg in the set of the issuer is not used',
    naming('key-of-another-size'),
    unknownKey,
  ),
  row('a key in the set of the issuer that is cut is not used', naming('key-that-is-cut'), unknownKey),
  row(
    'an access token and a proof of ML-DSA-44 are accepted together',
    () => ({ ...issuedBy('ML-DSA-44')(), ...by('ML-DSA-44')() }),
    accepted,
  ),
  row(
    'an ML-DSA-44 access token is rejected unless an option allows it',
    issuedBy('ML-DSA-44'),
    { rejected: 'token_algorithm' },
    'dpop-only',
  ),
  row(
    'an ML-DSA-44 access token is rejected if it is allowed for proofs only',
    issuedBy('ML-DSA-44'),
    { rejected: 'token_algorithm' },
    'ML-DSA-44, proofs only',
  ),
  row(
    'an ML-DSA-44 access token is accepted if it alone is allowed',
    issuedBy('ML-DSA-44'),
    accepted,
    'ML-DSA-44, tokens only',
  ),
  row(
    'an ML-DSA-65 access token is rejected if ML-DSA-44 alone is allowed',
    issuedBy('ML-DSA-65'),
    { rejected: 'token_algorithm' },
    'ML-DSA-44, tokens only',
  ),
]

export const mlDsa: readonly Row[] = [...proofs, ...tokens]
