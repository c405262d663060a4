import { type KeyObject, randomBytes, sign } from 'node:crypto'
import { generateSigningKey, signCompact, signingInput } from '../compact-jws.js'
import { createProofClient } from '../proof-client.js'
import { mutations, proofFields } from './invalid-request.js'
import type { Draft, Mutation, ValidRequest } from './mutation.js'

/** A valid proof whose signature is another one. */
const changed = (description: string, change: (signature: Buffer) => Buffer) =>
  [
    description,
    ({ proof }: { proof: string }) => {
      const [header, payload, signature = ''] = proof.split('.')
      return `${header}.${payload}.${change(Buffer.from(signature, 'base64url')).toString('base64url')}`
    },
  ] as const

/** What only an ES256 client can get wrong. */
const es256 =
  (dpopWith: (privateKey: KeyObject) => Mutation['dpop']) =>
  ({ client }: ValidRequest): Mutation => {
    const signer = client.alg === 'ES256' ? client : createProofClient()
    return { client: signer, dpop: dpopWith(signer.privateKey) }
  }

/** RFC 9449 section 4.3, check 6. */
export const signature = {
  ...proofFields('proof_signature', {
    'proof-signature-zeros': changed('a signature of zeros', ({ length }) => Buffer.alloc(length)),
    'proof-signature-ones': changed('a signature of ones', ({ length }) => Buffer.alloc(length, 0xff)),
    'proof-signature-random': changed('a signature of random bytes', ({ length }) => randomBytes(length)),
    'proof-signature-short': changed('a signature one octet short', (bytes) => bytes.subarray(1)),
    'proof-signature-long': changed('a signature with a zero octet more', (bytes) =>
      Buffer.concat([bytes, Buffer.of(0)]),
    ),
    'proof-signature-half': changed('half a signature', (bytes) => bytes.subarray(bytes.length / 2)),
    'proof-signature-one-bit': changed('a signature with one bit changed', (bytes) => {
      const other = Buffer.from(bytes)
      other.writeUInt8(other.readUInt8(40) ^ 1, 40)
      return other
    }),
    'proof-signature-halves-swapped': changed('a signature with r and s swapped', (bytes) =>
      Buffer.concat([bytes.subarray(bytes.length / 2), bytes.subarray(0, bytes.length / 2)]),
    ),
    'proof-other-payload': [
      "another proof's payload under this signature",
      ({ proof, header, payload, sign }) => {
        const [head, , signature] = proof.split('.')
        return `${head}.${sign(header, { ...payload, jti: 'other' }).split('.')[1]}.${signature}`
      },
    ],
    'proof-other-header': [
      "another header under this proof's signature",
      ({ proof, header, payload, sign }) => {
        const [, ...rest] = proof.split('.')
        return [sign({ ...header, kid: 'x' }, payload).split('.')[0], ...rest].join('.')
      },
    ],
  }),
  ...mutations('proof_signature', {
    'proof-signature-der': [
      'a signature in DER',
      es256((privateKey) => ({ header, payload }) => {
        const input = signingInput(header, payload)
        return `${input}.${sign('sha256', Buffer.from(input), privateKey).toString('base64url')}`
      }),
    ],
    'proof-signature-other-digest': [
      'a signature of another digest',
      es256(
        (privateKey) =>
          ({ header, payload }) =>
            signCompact({ alg: 'ES384', privateKey, header, payload }),
      ),
    ],
    'proof-signature-of-attacker': [
      "an attacker's signature under the victim's jwk",
      ({ client: { alg } }) => ({
        dpop: ({ header, payload }) =>
          signCompact({ alg, privateKey: generateSigningKey(alg).privateKey, header, payload }),
      }),
    ],
  }),
}

/** A proof with a signature of zeros. */
export const forged = ({ proof }: Draft): string => proof.replace(/[^.]+$/, (signature) => 'A'.repeat(signature.length))
