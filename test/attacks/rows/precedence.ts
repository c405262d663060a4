import type { Reason } from '@dpop-guard/core'
import { createProofClient } from '../../support/proof-client.js'
import type { Make, Mutation } from '../make.js'
import { now, type ProfileName } from '../profiles.js'
import type { Row } from '../row.js'

/** Requests with several faults at once: what is looked at first is told, and nothing behind it. */
const row = (
  name: string,
  mutation: Mutation | ((make: Make) => Mutation),
  refused: Reason,
  profile: ProfileName = 'dpop-only',
): Row => ({
  name,
  profile,
  request: (make) => make.request(typeof mutation === 'function' ? mutation(make) : mutation),
  expect: { refused },
})

const otherKey = () => ({ client: createProofClient() })
const forged: Mutation = { dpop: ({ proof }) => `${proof.slice(0, -86)}${'A'.repeat(86)}` }
const expired = { exp: now - 60 }

export const precedence: readonly Row[] = [
  row(
    'shape of Authorization before shape of the proof',
    { authorization: 'DPoP a b', dpop: 'rubbish' },
    'authorization_malformed',
  ),
  row('shape of Authorization before a missing proof', { authorization: 'DPoP', dpop: [] }, 'authorization_malformed'),
  row(
    'two Authorization fields before a token in the query',
    { authorization: ['DPoP a', 'DPoP b'], target: '/?access_token=x' },
    'authorization_repeated',
  ),
  row('shape of the proof before the token', { dpop: 'rubbish', claims: expired }, 'proof_malformed'),
  row('a missing proof before the token', { dpop: [], accessToken: 'rubbish' }, 'proof_missing'),
  row('two proofs before the token', { dpop: ['a.b.c', 'a.b.c'], claims: expired }, 'proof_repeated'),
  row(
    'a long proof before the token',
    { dpop: 'a'.repeat(8193), claims: { iss: 'https://evil.example' } },
    'proof_too_long',
  ),
  row('the token before its binding', { claims: { ...expired, cnf: undefined } }, 'token_expired'),
  row(
    'the token before the header of the proof',
    { claims: expired, proof: { header: { typ: 'JWT' } } },
    'token_expired',
  ),
  row(
    'the token before the key of the proof',
    () => ({ ...otherKey(), claims: { ...expired, cnf: { jkt: 'A'.repeat(43) } } }),
    'token_expired',
  ),
  row(
    'the binding before the header of the proof',
    { claims: { cnf: undefined }, proof: { header: { alg: 'none' } } },
    'token_unbound',
  ),
  row(
    'the header of the proof before its key',
    (make) => ({ accessToken: make.accessToken(), ...otherKey(), proof: { header: { typ: 'JWT' } } }),
    'proof_typ',
  ),
  row(
    'the key of the proof before its signature',
    (make) => ({ accessToken: make.accessToken(), ...otherKey(), ...forged }),
    'token_key_mismatch',
  ),
  row('the signature before htm', { ...forged, proof: { method: 'POST' } }, 'proof_signature'),
  row('the signature before htu', { ...forged, url: 'https://evil.example/' }, 'proof_signature'),
  row('the signature before iat', { ...forged, proof: { claims: { iat: now - 3600 } } }, 'proof_signature'),
  row('htm before htu', { url: 'https://evil.example/', proof: { method: 'POST' } }, 'proof_htm'),
  row('htu before ath', { url: 'https://evil.example/', proof: { accessToken: 'other' } }, 'proof_htu'),
  row('ath before iat', { proof: { accessToken: 'other', claims: { iat: now - 3600 } } }, 'proof_ath'),
  row(
    'iat before a missing scope',
    { claims: { scope: '' }, proof: { claims: { iat: now - 61 } } },
    'proof_expired',
    'scopes',
  ),
  {
    name: 'iat before a replay',
    request: (make) => [
      make.request({ proof: { jti: 'once' } }),
      make.request({ proof: { jti: 'once', claims: { iat: now - 61 } } }),
    ],
    expect: { refused: 'proof_expired' },
  },
  {
    name: 'a replay before a missing scope',
    profile: 'scopes',
    request: (make) => [
      make.request({ proof: { jti: 'once' } }),
      make.request({ claims: { scope: '' }, proof: { jti: 'once' } }),
    ],
    expect: { refused: 'proof_replayed' },
  },
]
