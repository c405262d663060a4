import { randomUUID } from 'node:crypto'
import { createProofClient } from '../proof-client.js'
import { mutations } from './invalid-request.js'
import { type Draft, type Mutation, targetOf, tokenOf, type ValidRequest } from './mutation.js'
import { otherMethod } from './proof-claims.js'
import { below, pathOf } from './url-parts.js'

/** A good request, and another one with the same `jti`; what differs in the second is said. */
const sameJti =
  (second: (valid: ValidRequest) => Mutation = () => ({})) =>
  (valid: ValidRequest): Mutation[] => {
    const jti = randomUUID()
    const { proof, ...rest } = second(valid)
    return [{ proof: { jti } }, { ...rest, proof: { jti, ...proof } }]
  }

/** A good request, and a second one with the same proof in another form, which verifies too. */
const otherSpelling =
  (respell: (draft: Draft) => string, clientOf = (valid: ValidRequest) => valid.client) =>
  (valid: ValidRequest): Mutation[] => {
    const client = clientOf(valid)
    const accessToken = tokenOf(valid, client === valid.client ? {} : { client })
    let first: Draft | undefined
    const dpop = (draft: Draft) => {
      first ??= draft
      return first.proof
    }
    const again = (draft: Draft) => respell(first ?? draft)
    return [
      { client, accessToken, dpop },
      { client, accessToken, dpop: again },
    ]
  }

const curveOrder = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

/** ECDSA on P-256: (r, n - s) is a signature of the same bytes by the same key. */
export function mirrorSignature(proof: string): string {
  const [header, payload, signature = ''] = proof.split('.')
  const bytes = Buffer.from(signature, 'base64url')
  const s = curveOrder - BigInt(`0x${bytes.subarray(32).toString('hex')}`)
  const mirrored = Buffer.concat([bytes.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex')])
  return `${header}.${payload}.${mirrored.toString('base64url')}`
}

const onP256 = ({ client }: ValidRequest) => (client.alg === 'ES256' ? client : createProofClient())

/** RFC 9449 section 11.1. The request before the last one is good, and must be accepted. */
const bySameLine = mutations('proof_replayed', {
  'proof-replayed': ['the same proof again', otherSpelling(({ proof }) => proof)],
  'proof-replayed-last-second': [
    'the same proof again, of the last seconds of the window',
    ({ now }) => {
      const proof = { jti: randomUUID(), claims: { iat: now - 58 } }
      return [{ proof }, { proof }]
    },
  ],
  'proof-replayed-from-future': [
    'the same proof again, from the edge of the future',
    ({ now }) => {
      const proof = { jti: randomUUID(), claims: { iat: now + 30 } }
      return [{ proof }, { proof }]
    },
  ],
  // One second apart: Ed25519, and ES256 of some runtimes, sign the same bytes in the same way.
  'jti-reused': ['one jti in a new proof', sameJti(({ now }) => ({ proof: { claims: { iat: now - 1 } } }))],
  'jti-reused-other-iat': ['one jti with another iat', sameJti(({ now }) => ({ proof: { claims: { iat: now - 5 } } }))],
  'jti-reused-other-token': [
    'one jti with another token of the same key',
    sameJti(() => ({ claims: { jti: 'other' } })),
  ],
  'jti-reused-other-kid': ['one jti with another kid', sameJti(() => ({ proof: { header: { kid: 'other' } } }))],
  'jti-reused-escaped': [
    'one jti in escaped JSON',
    otherSpelling(({ header, payload, sign }) => {
      const jti = [...String(payload.jti)].map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`)
      const text = JSON.stringify({ ...payload, jti: '' })
      return sign(
        header,
        text.replace('"jti":""', () => `"jti":"${jti.join('')}"`),
      )
    }),
  ],
  'jti-reused-other-name-of-alg': [
    'one jti of one key under both names of Ed25519',
    (valid) => {
      const client = createProofClient('Ed25519')
      const accessToken = tokenOf(valid, { client })
      return [
        { client, accessToken, proof: { jti: 'once' } },
        { client, accessToken, proof: { jti: 'once', header: { alg: 'EdDSA' } } },
      ]
    },
  ],
  'proof-signature-mirrored': [
    'the mirrored ECDSA signature of a proof that was used',
    otherSpelling(({ proof }) => mirrorSignature(proof), onP256),
  ],
  'proof-signed-again': [
    'another signature of the same bytes',
    otherSpelling(({ header, payload, sign }) => sign(header, payload), onP256),
  ],
  'proof-signed-again-ps256': [
    'a PS256 proof signed again',
    otherSpelling(
      ({ header, payload, sign }) => sign(header, payload),
      () => createProofClient('PS256'),
    ),
  ],
  'proof-members-reordered': [
    'another order of the members of a proof that was used',
    otherSpelling(({ header, payload, sign }) => sign(header, Object.fromEntries(Object.entries(payload).reverse()))),
  ],
  'proof-white-space-added': [
    'more white space in the JSON of a proof that was used',
    otherSpelling(({ header, payload, sign }) =>
      sign(JSON.stringify(header, null, 1), JSON.stringify(payload, null, 1)),
    ),
  ],
})

/** The same proof in a request that differs in something that no proof is about. */
const inOtherRequest =
  (second: (valid: ValidRequest) => Mutation) =>
  (valid: ValidRequest): Mutation[] => {
    const [first = {}, again = {}] = otherSpelling(({ proof }) => proof)(valid)
    return [first, { ...again, ...second(valid) }]
  }

const byOtherLine = mutations(
  'proof_replayed',
  {
    'proof-replayed-other-body': ['the same proof with another body', inOtherRequest(() => ({ body: 'another' }))],
    'proof-replayed-other-query': [
      'the same proof with another query',
      inOtherRequest((valid) => ({ target: `${targetOf(valid)}${targetOf(valid).includes('?') ? '&' : '?'}other=1` })),
    ],
    'jti-reused-other-url': [
      'one jti in a good proof for another URL',
      sameJti((valid) => ({ target: below(pathOf(valid), 'other'), url: below(valid.url, 'other') })),
    ],
    'jti-reused-other-method': [
      'one jti in a good proof for another method',
      sameJti(({ method }) => ({ method: otherMethod(method) })),
    ],
  },
  { onlyByFetch: true },
)

export const replay = { ...bySameLine, ...byOtherLine }
