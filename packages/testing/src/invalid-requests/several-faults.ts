import { randomUUID } from 'node:crypto'
import { createProofClient } from '../proof-client.js'
import { mutations, type Row } from './invalid-request.js'
import { type Mutation, tokenOf, type ValidRequest } from './mutation.js'
import { otherMethod } from './proof-claims.js'
import { forged } from './proof-signature.js'

const expired = ({ now }: ValidRequest) => ({ exp: now - 60 })

/** An attacker's proof beside the victim's token. */
const stolen = (valid: ValidRequest): Mutation => ({ accessToken: tokenOf(valid), client: createProofClient() })

const elsewhere = { url: 'https://evil.example/' }
const wrongMethod = ({ method }: ValidRequest) => ({ method: otherMethod(method) })
const hourOld = ({ now }: ValidRequest) => ({ iat: now - 3600 })

const onExpired = (description: string, mutation: Mutation): Row => [
  description,
  (valid) => ({ ...mutation, claims: { ...expired(valid), ...mutation.claims } }),
]

/** Two faults at once: the first one decides. */
export const severalFaults = {
  ...mutations('authorization_malformed', {
    'faults-authorization-and-proof': [
      'a malformed Authorization with a malformed proof',
      { authorization: 'DPoP a b', dpop: 'rubbish' },
    ],
    'faults-authorization-and-no-proof': [
      'a malformed Authorization without a proof',
      { authorization: 'DPoP', dpop: [] },
    ],
  }),
  ...mutations(
    'authorization_repeated',
    {
      'faults-authorization-and-query': [
        'two Authorization fields with a token in the query',
        { authorization: ['DPoP a', 'DPoP b'], target: '/?access_token=x' },
      ],
    },
    { onlyByFetch: true },
  ),
  ...mutations('proof_malformed', {
    'faults-proof-and-token': onExpired('a malformed proof with an expired token', { dpop: 'rubbish' }),
  }),
  ...mutations('proof_missing', {
    'faults-no-proof-and-binding': [
      'a missing proof with a token that is not bound',
      { dpop: [], claims: { cnf: undefined } },
    ],
    'faults-no-proof-and-token': ['a missing proof with a malformed token', { dpop: [], accessToken: 'rubbish' }],
  }),
  ...mutations('proof_repeated', {
    'faults-two-proofs-and-token': onExpired('two proofs with an expired token', { dpop: ['a.b.c', 'a.b.c'] }),
  }),
  ...mutations('proof_too_long', {
    'faults-long-proof-and-token': [
      'a proof that is too long with a token of another issuer',
      { dpop: 'a'.repeat(8193), claims: { iss: 'https://evil.example' } },
    ],
  }),
  ...mutations('token_expired', {
    'faults-token-and-binding': onExpired('an expired token that is not bound', { claims: { cnf: undefined } }),
    'faults-token-and-proof-header': onExpired('an expired token with a proof of another typ', {
      proof: { header: { typ: 'JWT' } },
    }),
    'faults-token-and-key': [
      'an expired token that is bound to another key',
      (valid) => ({ claims: { ...expired(valid), cnf: { jkt: 'A'.repeat(43) } } }),
    ],
  }),
  ...mutations('token_unbound', {
    'faults-binding-and-proof-header': [
      'a token that is not bound with a proof of alg none',
      { claims: { cnf: undefined }, proof: { header: { alg: 'none' } } },
    ],
  }),
  ...mutations('proof_typ', {
    'faults-proof-header-and-key': [
      "an attacker's proof of another typ",
      (valid) => ({ ...stolen(valid), proof: { header: { typ: 'JWT' } } }),
    ],
  }),
  ...mutations('token_key_mismatch', {
    'faults-key-and-signature': [
      "an attacker's proof with a forged signature",
      (valid) => ({ ...stolen(valid), dpop: forged }),
    ],
  }),
  ...mutations('proof_signature', {
    'faults-signature-and-htm': [
      'a forged signature with another htm',
      (valid) => ({ dpop: forged, proof: wrongMethod(valid) }),
    ],
    'faults-signature-and-htu': ['a forged signature with another htu', { dpop: forged, ...elsewhere }],
    'faults-signature-and-iat': [
      'a forged signature with an old iat',
      (valid) => ({ dpop: forged, proof: { claims: hourOld(valid) } }),
    ],
  }),
  ...mutations('proof_htm', {
    'faults-htm-and-htu': ['another htm with another htu', (valid) => ({ ...elsewhere, proof: wrongMethod(valid) })],
  }),
  ...mutations('proof_htu', {
    'faults-htu-and-ath': ['another htu with another ath', { ...elsewhere, proof: { accessToken: 'other' } }],
  }),
  ...mutations('proof_ath', {
    'faults-ath-and-iat': [
      'another ath with an old iat',
      (valid) => ({ proof: { accessToken: 'other', claims: hourOld(valid) } }),
    ],
  }),
  ...mutations('proof_expired', {
    'faults-iat-and-replay': [
      'one jti in a proof that is too old',
      (valid) => {
        const jti = randomUUID()
        return [{ proof: { jti } }, { proof: { jti, claims: hourOld(valid) } }]
      },
    ],
  }),
}
