import { randomUUID } from 'node:crypto'
import { type SignatureAlgorithm, signCompact } from '../compact-jws.js'
import { createProofClient } from '../proof-client.js'
import { mutations, proofClaims, type Row, tokenClaims } from './invalid-request.js'
import { signedWith } from './proof-header.js'
import { signedAs } from './proof-key.js'
import { proofOfLength } from './proof-shape.js'
import { audience } from './token.js'

const signedByAttacker = (alg: SignatureAlgorithm): Row => [
  `an attacker's ${alg} signature under the victim's jwk`,
  () => ({
    client: createProofClient(alg),
    dpop: ({ header, payload }) => signCompact({ alg, privateKey: createProofClient(alg).privateKey, header, payload }),
  }),
]

const idToken = (claim: string): Row => [
  `an ID token with ${claim}`,
  { claims: { [claim]: 'x' }, mint: { header: { typ: 'JWT' } } },
]

const algorithms = { setting: 'algorithms' } as const
const smallProofs = { setting: 'small proofs' } as const
const fixedClock = { setting: 'fixed clock' } as const
const noTolerance = { setting: 'no tolerance' } as const
const rfc9068 = { setting: 'rfc9068' } as const

/** What other options of a guard ask of proofs. */
const proofs = {
  ...mutations(
    'proof_algorithm',
    {
      'proof-signed-es256-not-listed': ['a good ES256 proof where other algorithms are listed', signedWith('ES256')],
      'proof-signed-ps256-not-listed': ['a good PS256 proof where other algorithms are listed', signedWith('PS256')],
      'proof-signed-eddsa-not-listed': ['a good EdDSA proof where other algorithms are listed', signedWith('EdDSA')],
    },
    algorithms,
  ),
  ...mutations(
    'proof_key',
    {
      'jwk-p256-as-es384': signedAs('ES384', 'ES384 with a P-256 key', 'ES256'),
      'jwk-p384-as-es512': signedAs('ES512', 'ES512 with a P-384 key', 'ES384'),
    },
    algorithms,
  ),
  ...mutations(
    'proof_signature',
    {
      'proof-ps256-as-rs256': signedAs('RS256', 'a PS256 signature under the name RS256', 'PS256'),
      'proof-signature-of-attacker-es384': signedByAttacker('ES384'),
      'proof-signature-of-attacker-es512': signedByAttacker('ES512'),
    },
    algorithms,
  ),
  ...mutations(
    'proof_too_long',
    { 'proof-1025-characters': ['a proof of 1025 characters', { dpop: (draft) => proofOfLength(draft, 1025) }] },
    smallProofs,
  ),
  ...proofClaims(
    'proof_expired',
    { 'proof-301-seconds-old': ['a proof of 301 seconds ago', ({ now }) => ({ iat: now - 301 })] },
    smallProofs,
  ),
  ...proofClaims(
    'proof_from_future',
    { 'proof-1-second-ahead': ['a proof a second ahead', ({ now }) => ({ iat: now + 1 })] },
    smallProofs,
  ),
  ...proofClaims(
    'proof_from_future',
    {
      'proof-31-seconds-ahead': ['a proof 31 seconds ahead', ({ now }) => ({ iat: now + 31 })],
      'proof-30-and-a-half-seconds-ahead': ['a proof 30.5 seconds ahead', ({ now }) => ({ iat: now + 30.5 })],
      'proof-nbf-31-seconds-ahead': ['nbf of the proof 31 seconds ahead', ({ now }) => ({ nbf: now + 31 })],
    },
    fixedClock,
  ),
  ...mutations(
    'proof_replayed',
    {
      'proof-replayed-60-seconds-old': [
        'the same proof again, of the last second of the window',
        ({ now }) => {
          const proof = { jti: randomUUID(), claims: { iat: now - 60 } }
          return [{ proof }, { proof }]
        },
      ],
    },
    fixedClock,
  ),
}

/** What other options of a guard ask of access tokens. */
const tokens = {
  ...tokenClaims(
    'token_not_yet_valid',
    { 'token-not-yet-valid-6-seconds': ['a token that is valid in 6 seconds', ({ now }) => ({ nbf: now + 6 })] },
    fixedClock,
  ),
  ...tokenClaims(
    'token_expired',
    { 'token-expires-now': ['a token that expires this second', ({ now }) => ({ exp: now })] },
    noTolerance,
  ),
  ...tokenClaims(
    'token_not_yet_valid',
    { 'token-not-yet-valid-1-second': ['a token that is valid in a second', ({ now }) => ({ nbf: now + 1 })] },
    noTolerance,
  ),
  ...tokenClaims(
    'token_audience',
    {
      'token-aud-resource': [
        'a token for the resource where other audiences are named',
        audience((resource) => resource),
      ],
    },
    { setting: 'audiences' },
  ),
  ...tokenClaims(
    'token_audience',
    {
      'token-aud-origin': ['a token for the origin of a resource with a path', { aud: 'https://api.example.com' }],
    },
    { setting: 'resource with path' },
  ),
  ...mutations(
    'token_typ',
    {
      'id-token-with-nonce': idToken('nonce'),
      'id-token-with-at-hash': idToken('at_hash'),
      'id-token-with-c-hash': idToken('c_hash'),
      'id-token-with-s-hash': idToken('s_hash'),
    },
    { setting: 'any typ' },
  ),
  ...mutations(
    'token_audience',
    {
      'id-token-for-client': [
        'an ID token for its client',
        { claims: { aud: 'client-1' }, mint: { header: { typ: 'JWT' } } },
      ],
    },
    { setting: 'any typ' },
  ),
  ...tokenClaims(
    'token_claims',
    {
      'token-sub-missing': ['a token without sub', { sub: undefined }],
      'token-client-id-missing': ['a token without client_id', { client_id: undefined }],
      'token-iat-missing': ['a token without iat', { iat: undefined }],
      'token-jti-missing': ['a token without jti', { jti: undefined }],
      'token-iat-string': ['iat of the token as a string', { iat: '0' }],
      'token-jti-null': ['jti of the token null', { jti: null }],
      'token-jti-number': ['jti of the token as a number', { jti: 1 }],
    },
    rfc9068,
  ),
}

export const guardOptions = { ...proofs, ...tokens }
