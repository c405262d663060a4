import { createProofClient } from '../../support/proof-client.js'
import type { Draft, Make, Mutation } from '../make.js'
import { now } from '../profiles.js'
import type { Row } from '../row.js'

const replayed: Row['expect'] = { refused: 'proof_replayed' }

/** Two good requests of one client with one `jti`; what differs in the second is said, as much as it fits a valid request. */
const sameJti = (name: string, second: (make: Make) => Mutation, expect: Row['expect'] = replayed): Row => ({
  name,
  request(make) {
    const { proof, ...rest } = second(make)
    return [make.request({ proof: { jti: 'once' } }), make.request({ ...rest, proof: { jti: 'once', ...proof } })]
  },
  expect,
})

/** The second request sends another text of the first one's proof, which verifies too. */
const otherSpelling = (name: string, respell: (draft: Draft) => string): Row => ({
  name,
  request(make) {
    const accessToken = make.accessToken()
    let first: Draft | undefined
    const request = make.request({
      accessToken,
      dpop(draft) {
        first = draft
        return draft.proof
      },
    })
    if (first === undefined) throw new Error('no proof was made')
    return [request, make.request({ accessToken, dpop: respell(first) })]
  },
  expect: replayed,
})

const curveOrder = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

/** ECDSA: (r, n - s) is a signature of the same bytes by the same key. */
function mirrorSignature(proof: string): string {
  const [header, payload, signature = ''] = proof.split('.')
  const bytes = Buffer.from(signature, 'base64url')
  const s = curveOrder - BigInt(`0x${bytes.subarray(32).toString('hex')}`)
  const mirrored = Buffer.concat([bytes.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex')])
  return `${header}.${payload}.${mirrored.toString('base64url')}`
}

/** A request, and a second one that differs in nothing. */
const twice = (make: Make, mutation: Mutation = {}) => {
  const request = make.request(mutation)
  return [request, request]
}

export const replay: readonly Row[] = [
  { name: 'the same request twice is a replay', request: (make) => twice(make), expect: replayed },
  {
    name: 'a replayed proof in another body is a replay',
    request(make) {
      const request = make.request({ method: 'POST', body: 'a' })
      return [request, { ...request, body: 'b' }]
    },
    expect: replayed,
  },
  {
    name: 'a replayed proof with another query is a replay',
    request(make) {
      const request = make.request({ target: '/orders?page=1' })
      return [request, { ...request, target: '/orders?page=2' }]
    },
    expect: replayed,
  },
  {
    name: 'a proof of the last second of the window is remembered too',
    request: (make) => twice(make, { proof: { claims: { iat: now - 60 } } }),
    expect: replayed,
  },
  {
    name: 'a proof from the edge of the future is remembered too',
    request: (make) => twice(make, { proof: { claims: { iat: now + 30 } } }),
    expect: replayed,
  },
  sameJti('one jti in a new proof is a replay', () => ({})),
  sameJti('one jti with another iat is a replay', () => ({ proof: { claims: { iat: now - 5 } } })),
  sameJti('one jti on another URL is a replay', () => ({ target: '/invoices' })),
  sameJti('one jti with another method is a replay', () => ({ method: 'POST' })),
  sameJti('one jti with another token of the same key is a replay', () => ({ claims: { scope: 'admin' } })),
  sameJti('one jti with another kid is a replay', () => ({ proof: { header: { kid: 'other' } } })),
  sameJti('one jti of another key is no replay', () => ({ client: createProofClient() }), { accepted: 'DPoP' }),
  sameJti('a jti in another case is no replay', () => ({ proof: { jti: 'ONCE' } }), { accepted: 'DPoP' }),
  sameJti('a jti with a space is no replay', () => ({ proof: { jti: 'once ' } }), { accepted: 'DPoP' }),
  {
    name: 'a jti in another Unicode normal form is no replay',
    request: (make) => [make.request({ proof: { jti: '\u00e9' } }), make.request({ proof: { jti: 'e\u0301' } })],
    expect: { accepted: 'DPoP' },
  },
  {
    name: 'one jti in escaped JSON is a replay',
    request: (make) => [
      make.request({ proof: { jti: 'once' } }),
      make.request({
        dpop: ({ header, payload, sign }) =>
          sign(header, JSON.stringify({ ...payload, jti: '' }).replace('"jti":""', '"jti":"\\u006fnce"')),
      }),
    ],
    expect: replayed,
  },
  {
    name: 'one key under both names of Ed25519 is one key',
    request(make) {
      const client = createProofClient('Ed25519')
      return [
        make.request({ client, proof: { jti: 'once' } }),
        make.request({ client, proof: { jti: 'once', header: { alg: 'EdDSA' } } }),
      ]
    },
    expect: replayed,
  },
  {
    name: 'a PS256 proof signed anew is a replay',
    request(make) {
      const client = createProofClient('PS256')
      const jti = `once ${make.client.jkt}`
      return [make.request({ client, proof: { jti } }), make.request({ client, proof: { jti } })]
    },
    expect: replayed,
  },
  otherSpelling('the mirrored ECDSA signature is a replay', ({ proof }) => mirrorSignature(proof)),
  otherSpelling('another signature of the same bytes is a replay', ({ header, payload, sign }) =>
    sign(header, payload),
  ),
  otherSpelling('another order of members is a replay', ({ header, payload, sign }) =>
    sign(header, Object.fromEntries(Object.entries(payload).reverse())),
  ),
  otherSpelling('white space in the JSON is a replay', ({ header, payload, sign }) =>
    sign(JSON.stringify(header, null, 1), JSON.stringify(payload, null, 1)),
  ),
  {
    name: 'the mirrored ECDSA signature alone is a good signature',
    request: (make) => make.request({ dpop: ({ proof }) => mirrorSignature(proof) }),
    expect: { accepted: 'DPoP' },
  },

  // What is refused for another reason claims nothing.
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
      name: `a proof that was refused for ${name} burns no jti`,
      request: (make) => [first(make), make.request({ proof: { jti: 'once' } })],
      earlier: { refused: reason },
      expect: { accepted: 'DPoP' },
    }),
  ),
  {
    name: "a thief's forged proof burns no jti of the victim",
    request: (make) => [
      make.request({ proof: { jti: 'once' }, dpop: ({ proof }) => `${proof.slice(0, -86)}${'A'.repeat(86)}` }),
      make.request({ proof: { jti: 'once' } }),
    ],
    earlier: { refused: 'proof_signature' },
    expect: { accepted: 'DPoP' },
  },
  {
    name: 'a proof that only lacked a scope is used up',
    profile: 'scopes',
    request: (make) => twice(make, { claims: { scope: 'orders:read' } }),
    earlier: { refused: 'scope_insufficient' },
    expect: replayed,
  },
  {
    name: 'without replay protection the same request passes twice',
    profile: 'replay off',
    request: (make) => twice(make),
    expect: { accepted: 'DPoP' },
  },
]
