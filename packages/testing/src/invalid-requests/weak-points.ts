import { signingInput } from '../compact-jws.js'
import { mutations, type Row } from './invalid-request.js'
import { bound } from './proof-key.js'

/** The prime of Ed25519's field. */
const prime = 2n ** 255n - 19n

/** A y-coordinate as RFC 8032 section 5.1.2 writes it; `sign` is that of the other coordinate. */
const pointOf = (y: bigint, sign: 0 | 1) =>
  Buffer.from((y + (BigInt(sign) << 255n)).toString(16).padStart(64, '0'), 'hex')
    .reverse()
    .toString('base64url')

/** RFC 8032 section 5.1: the y of a point of order 8; that of the others is its negative. */
const orderEight = BigInt('0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826')

/** A public key that is just this point. Nobody has the private half of it. */
const point = (description: string, y: bigint, sign: 0 | 1 = 0): Row =>
  bound('Ed25519', description, () => ({ x: pointOf(y, sign) }))

/** With the neutral point for a key, the base point for R and 1 for S verify any message (RFC 8032 section 5.1.7). */
const universalSignature = Buffer.from(`58${'66'.repeat(31)}01${'00'.repeat(31)}`, 'hex').toString('base64url')

const universal = ([description, mutate]: Row): Row => [
  description,
  (valid) => ({
    ...(typeof mutate === 'function' ? mutate(valid) : mutate),
    dpop: ({ header, payload }) => `${signingInput(header, payload)}.${universalSignature}`,
  }),
]

/** Keys for which a signature proves nothing: points of small order, and points in a spelling of which there are two. */
export const weakPoints = {
  ...mutations('proof_key', {
    'jwk-ed25519-order-1': point('an Ed25519 point of order 1', 1n),
    'jwk-ed25519-order-1-other-sign': point('an Ed25519 point of order 1, with the other sign', 1n, 1),
    'jwk-ed25519-order-2': point('an Ed25519 point of order 2', prime - 1n),
    'jwk-ed25519-order-2-other-sign': point('an Ed25519 point of order 2, with the other sign', prime - 1n, 1),
    'jwk-ed25519-order-4': point('an Ed25519 point of order 4', 0n),
    'jwk-ed25519-order-4-other-sign': point('an Ed25519 point of order 4, with the other sign', 0n, 1),
    'jwk-ed25519-order-8': point('an Ed25519 point of order 8', orderEight),
    'jwk-ed25519-order-8-other-sign': point('an Ed25519 point of order 8, with the other sign', orderEight, 1),
    'jwk-ed25519-order-8-mirrored': point('an Ed25519 point of order 8, mirrored', prime - orderEight),
    'jwk-ed25519-order-8-mirrored-other-sign': point(
      'an Ed25519 point of order 8, mirrored, with the other sign',
      prime - orderEight,
      1,
    ),
    'jwk-ed25519-y-prime': point('an Ed25519 point whose y is the prime', prime),
    'jwk-ed25519-y-prime-other-sign': point('an Ed25519 point whose y is the prime, with the other sign', prime, 1),
    'jwk-ed25519-y-prime-and-1': point('an Ed25519 point whose y is the prime and one', prime + 1n),
    'jwk-ed25519-y-prime-and-1-other-sign': point(
      'an Ed25519 point whose y is the prime and one, with the other sign',
      prime + 1n,
      1,
    ),
    'jwk-ed25519-y-prime-and-2': point('an Ed25519 point whose y is the prime and two', prime + 2n),
    'jwk-ed25519-y-prime-and-2-other-sign': point(
      'an Ed25519 point whose y is the prime and two, with the other sign',
      prime + 2n,
      1,
    ),
    'jwk-ed25519-y-prime-and-3': point('an Ed25519 point whose y is the prime and three', prime + 3n),
    'jwk-ed25519-y-prime-and-3-other-sign': point(
      'an Ed25519 point whose y is the prime and three, with the other sign',
      prime + 3n,
      1,
    ),
    'jwk-ed25519-y-largest': point('an Ed25519 point whose y is the largest number', 2n ** 255n - 1n),
    'jwk-ed25519-y-largest-other-sign': point(
      'an Ed25519 point whose y is the largest number, with the other sign',
      2n ** 255n - 1n,
      1,
    ),
    'jwk-ed25519-any-signature': universal(point('an Ed25519 key that one signature fits for every message', 1n)),
  }),
  ...mutations('proof_signature', {
    'jwk-ed25519-y-below-prime': point('an Ed25519 point whose y is just below the prime', prime - 2n),
  }),
}
