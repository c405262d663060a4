import { mirrorSignature } from '../../../packages/testing/src/invalid-requests/replay.js'
import { createProofClient } from '../../support/proof-client.js'
import type { Make, Mutation } from '../make.js'
import { now } from '../profiles.js'
import type { Row } from '../row.js'

/** Two good requests of one client with one `jti`. The second one differs in what `second` returns. */
const sameJti = (name: string, second: (make: Make) => Mutation): Row => ({
  name,
  request(make) {
    const { proof, ...rest } = second(make)
    return [make.request({ proof: { jti: 'once' } }), make.request({ ...rest, proof: { jti: 'once', ...proof } })]
  },
  expect: { accepted: 'DPoP' },
})

export const replay: readonly Row[] = [
  sameJti('the same jti of another key is not a replay', () => ({ client: createProofClient() })),
  sameJti('a jti in another case is not a replay', () => ({ proof: { jti: 'ONCE' } })),
  sameJti('a jti with a space is not a replay', () => ({ proof: { jti: 'once ' } })),
  {
    name: 'a jti in another Unicode normal form is not a replay',
    request: (make) => [make.request({ proof: { jti: '\u00e9' } }), make.request({ proof: { jti: 'e\u0301' } })],
    expect: { accepted: 'DPoP' },
  },
  {
    name: 'the mirrored ECDSA signature alone is a good signature',
    request: (make) => make.request({ dpop: ({ proof }) => mirrorSignature(proof) }),
    expect: { accepted: 'DPoP' },
  },

  // A proof that is rejected for another reason is not stored.
  ...Object.entries({
    'another method': [
      (make: Make) => make.request({ method: 'POST', proof: { method: 'GET', jti: 'once' } }),
      'proof_htm',
    ],
    'another URL': [
      (make: Make) =>
        make.request({ target: '/invoices', url: 'https://api.example.com/orders', proof: { jti: 'once' } }),
      'proof_htu',
    ],
    'another token': [(make: Make) => make.request({ proof: { accessToken: 'other', jti: 'once' } }), 'proof_ath'],
    'an old iat': [
      (make: Make) => make.request({ proof: { jti: 'once', claims: { iat: now - 61 } } }),
      'proof_expired',
    ],
    'an expired token': [
      (make: Make) => make.request({ claims: { exp: now - 60 }, proof: { jti: 'once' } }),
      'token_expired',
    ],
    'an unbound token': [
      (make: Make) => make.request({ claims: { cnf: undefined }, proof: { jti: 'once' } }),
      'token_unbound',
    ],
  } as const).map(
    ([name, [first, reason]]): Row => ({
      name: `a proof that was rejected for ${name} burns no jti`,
      request: (make) => [first(make), make.request({ proof: { jti: 'once' } })],
      earlier: { rejected: reason },
      expect: { accepted: 'DPoP' },
    }),
  ),
  {
    name: "an attacker's forged proof burns no jti of the victim",
    request: (make) => [
      make.request({ proof: { jti: 'once' }, dpop: ({ proof }) => `${proof.slice(0, -86)}${'A'.repeat(86)}` }),
      make.request({ proof: { jti: 'once' } }),
    ],
    earlier: { rejected: 'proof_signature' },
    expect: { accepted: 'DPoP' },
  },
  {
    name: 'without replay protection the same request passes twice',
    profile: 'replay off',
    request(make) {
      const request = make.request()
      return [request, request]
    },
    expect: { accepted: 'DPoP' },
  },
]
