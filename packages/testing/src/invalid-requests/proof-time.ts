import { proofClaims } from './invalid-request.js'

/** RFC 9449 section 4.3, check 11. */
export const time = {
  ...proofClaims('proof_expired', {
    'proof-61-seconds-old': ['a proof of 61 seconds ago', ({ now }) => ({ iat: now - 61 })],
    'proof-60-and-a-half-seconds-old': ['a proof of 60.5 seconds ago', ({ now }) => ({ iat: now - 60.5 })],
    'proof-hour-old': ['a proof of an hour ago', ({ now }) => ({ iat: now - 3600 })],
    'proof-iat-zero': ['iat zero', { iat: 0 }],
    'proof-exp-past': ['exp of the proof long past', ({ now }) => ({ exp: now - 3600 })],
    'proof-exp-30-seconds-past': ['exp of the proof past by the tolerance', ({ now }) => ({ exp: now - 30 })],
    'proof-exp-zero': ['exp of the proof zero', { exp: 0 }],
  }),
  // A second more than the bound, because the clock of a test may be the system clock.
  ...proofClaims('proof_from_future', {
    'proof-32-seconds-ahead': ['a proof 32 seconds ahead', ({ now }) => ({ iat: now + 32 })],
    'proof-hour-ahead': ['a proof of an hour ahead', ({ now }) => ({ iat: now + 3600 })],
    'proof-iat-milliseconds': ['iat in milliseconds', ({ now }) => ({ iat: now * 1000 })],
    'proof-iat-huge': ['iat of an astronomer', { iat: 1e300 }],
    'proof-nbf-ahead': ['nbf of the proof far ahead', ({ now }) => ({ nbf: now + 3600 })],
  }),
}
