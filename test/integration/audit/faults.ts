/** Faults of the naive server, each with the request that finds it and what that means. */
import type { Severity } from '@dpop-guard/inspect'

type Finds = readonly [row: string, severity: Severity]

const must = 'must reject'
const should = 'should answer so'

export const faults = {
  // Access tokens.
  'lets everyone pass': ['credentials-missing', must],
  'takes a token from the query': ['token-in-query-with-proof', should],
  'accepts bound tokens as Bearer': ['token-as-bearer', must],
  'takes the key from the token': ['token-brings-jwk', must],
  'accepts alg none in tokens': ['token-alg-none', must],
  'does not verify tokens': ['token-signature-zeros', must],
  'ignores exp': ['token-expired', must],
  'ignores nbf': ['token-not-yet-valid', must],
  'ignores iss': ['token-iss-other', must],
  'ignores aud': ['token-aud-other', must],
  'accepts any JWT as a token': ['token-typ-logout', must],
  'accepts tokens without a binding': ['token-unbound', must],
  'does not compare the key with the token': ['token-stolen', must],

  // The form and the header of proofs.
  'needs no proof': ['proof-missing', must],
  'takes the first of two proofs': ['proofs-two-different', must],
  'ignores typ of proofs': ['proof-typ-jwt', must],
  'ignores crit': ['proof-crit-known-member', must],
  'accepts private keys': ['jwk-private', must],
  'accepts alg none in proofs': ['proof-alg-none', must],
  'accepts HMAC with the public key': ['proof-alg-hs256', must],
  'does not verify proofs': ['proof-signature-zeros', must],

  // The claims of proofs.
  'accepts a proof without jti': ['proof-jti-missing', must],
  'compares htm without case': ['proof-htm-lower-case', should],
  'ignores htm': ['proof-htm-other-method', must],
  'ignores htu': ['proof-htu-urn', must],
  'trusts X-Forwarded-Host': ['counterfeit-x-forwarded-host', must],
  'trusts Host': ['counterfeit-host', must],
  'compares only the path of htu': ['proof-htu-other-host', must],
  'compares the beginning of htu': ['proof-htu-segment-more', must],
  'compares htu without case': ['proof-htu-letter-case', must],
  'decodes htu': ['target-and-htu-slash-encoded', must],
  'accepts a proof without iat': ['proof-iat-missing', must],
  'accepts old proofs': ['proof-hour-old', must],
  'accepts proofs from the future': ['proof-hour-ahead', must],
  'needs no ath': ['proof-ath-missing', must],
  'ignores ath': ['proof-ath-other-token', must],

  // Proofs that were used.
  'remembers no proof': ['proof-replayed', should],
  'remembers whole proofs': ['jti-reused', should],
  'remembers proofs too late': ['same-proof-at-once', should],

  // Nonces.
  'needs no nonce': ['nonce-missing', must],
  'accepts any nonce': ['nonce-never-issued', must],
  'sends two nonces': ['valid-request', should],
  'lets nonces be cached': ['nonce-never-issued', should],
  'sends no nonce': ['valid-request', should],

  // Answers.
  'fails on what it cannot parse': ['proof-rubbish', should],
  'names an error without credentials': ['credentials-missing', should],
  'calls a bad proof invalid_token': ['proof-typ-jwt', should],
  'answers 403': ['credentials-missing', should],
  'names no algs': ['credentials-missing', should],
  'asks for another scheme': ['credentials-missing', should],
  'sends no challenge': ['credentials-missing', should],
  'writes a broken challenge': ['credentials-missing', should],
  'adds an empty Bearer challenge': ['credentials-missing', should],
  'puts the error into the Bearer challenge': ['proof-typ-jwt', should],
  'repeats the token': ['proof-typ-jwt', should],
} as const satisfies Record<string, Finds>

export type Fault = keyof typeof faults
