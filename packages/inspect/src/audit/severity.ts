// One table, longer than others: what it means when a server accepts a request that a guard of this repository rejects.
import type { Reason } from '@dpop-guard/core'

/**
 * - `must reject`: an RFC says MUST. A server that accepts the request has a hole
 * - `should answer so`: an RFC says SHOULD, or lists it as a protection; or the server may be lenient, but no RFC allows the form
 * - `information`: the RFCs leave it to the server, or read it in several ways. A guard of this repository is stricter
 */
export type Severity = 'must reject' | 'should answer so' | 'information'

const must = 'must reject'
const should = 'should answer so'
const information = 'information'

/** Unless the name of the request says otherwise. `undefined`: no request has this reason. */
const byReason: Partial<Record<Reason, Severity>> = {
  authorization_repeated: should,
  authorization_ambiguous: should,
  authorization_malformed: should,
  scheme_unsupported: should,
  token_repeated: should,
  token_in_query: must,
  token_in_form: must,
  proof_without_token: must,
  credentials_missing: must,

  target_malformed: information,
  target_not_uri: information,
  target_foreign: should,
  host_malformed: should,

  proof_missing: must,
  proof_repeated: must,
  proof_too_long: information,

  token_malformed: must,
  token_issuer: must,
  token_typ: should,
  token_algorithm: must,
  token_key_unknown: must,
  token_signature: must,
  token_claims: information,
  token_audience: must,
  token_not_yet_valid: must,
  token_expired: must,

  token_unbound: must,
  token_binding_unconfirmed: must,
  token_bound_as_bearer: must,
  bearer_with_proof: information,
  token_key_mismatch: must,

  proof_malformed: must,
  proof_typ: must,
  proof_algorithm: must,
  proof_header: must,
  proof_key: must,
  proof_claims: must,
  proof_signature: must,
  proof_htm: must,
  proof_htu: must,
  proof_ath: must,

  nonce_missing: must,
  nonce_not_accepted: must,
  iat_needs_nonce: information,
  proof_expired: must,
  proof_from_future: must,
  // RFC 9449 section 11.1: a server can keep the jti of proofs. No sentence of it says must.
  proof_replayed: should,

  scope_insufficient: must,
  acr_insufficient: must,
  authentication_too_old: must,
}

const named = (text: string) => text.trim().split(/\s+/)

/** Requests whose own fault is larger or smaller than that of others with the same reason. */
export const exceptions: readonly { severity: Severity; why: string; names: readonly string[] }[] = [
  {
    severity: must,
    why: 'there is no access token, or no good proof',
    names: named(`
      authorization-scheme-alone authorization-scheme-and-spaces authorization-padding-alone authorization-basic
      authorization-comma-behind-scheme authorization-empty authorization-digest authorization-negotiate
      authorization-bearer-alone faults-authorization-and-no-proof faults-authorization-and-proof
      faults-long-proof-and-token proof-rubbish-8193-characters proof-commas-8193-characters authorization-basic-twice`),
  },
  { severity: must, why: 'a bound token as Bearer', names: named('token-as-bearer') },
  {
    severity: must,
    why: 'a JWT of another kind, which its client or a session can have',
    names: named('token-typ-proof token-typ-logout token-typ-id-token token-is-proof-with-claims'),
  },
  { severity: must, why: 'without a time limit', names: named('token-exp-null token-exp-missing') },
  {
    severity: should,
    why: 'a lenient reader finds the good token or proof in it',
    names: named(`
      token-in-query-with-proof token-padding token-jkt-padding token-jkt-stray-bits token-jkt-upper-case
      proof-comma-behind proof-beyond-ascii proof-tab-inside proof-fourth-part-empty proof-signature-impossible-length
      proof-signature-padding proof-header-padding proof-signature-der proof-signature-long
      proof-typ-space proof-typ-parameter jwk-kty-lower-case bearer-token-jkt-padding bearer-token-jkt-stray-bits
      proof-jti-empty proof-jti-number proof-jti-list proof-htm-list proof-htu-list proof-iat-string proof-iat-list
      proof-iat-date proof-htm-lower-case proof-htm-space proof-ath-padding proof-ath-base64 proof-ath-space
      method-lower-case`),
  },
  {
    severity: should,
    why: 'a lenient URL parser reads it as the URL of the request',
    names: named(`
      proof-htu-user proof-htu-user-and-password proof-htu-user-empty proof-htu-space-before proof-htu-space-behind
      proof-htu-tab proof-htu-line-feed proof-htu-nul proof-htu-dot-behind-host proof-htu-host-encoded
      proof-htu-host-full-width proof-htu-host-ideographic-dot proof-htu-host-soft-hyphen proof-htu-backslash-for-slash
      proof-htu-slash-and-backslash proof-htu-backslashes proof-htu-one-slash proof-htu-three-slashes
      proof-htu-no-slash proof-htu-slash-behind proof-htu-doubled-slash proof-htu-without-scheme proof-htu-path-alone
      proof-htu-host-and-path proof-htu-space-behind-host proof-htu-beyond-ascii target-slash-behind
      target-letter-case`),
  },
  {
    severity: should,
    why: 'RFC 7517 section 4: the key says that it is for something else',
    names: named('jwk-use-enc jwk-key-ops-sign jwk-alg-other jwk-alg-none'),
  },
  {
    severity: should,
    why: 'a part of a private key, without the key itself',
    names: named(`jwk-private-symmetric jwk-rsa-private-p jwk-rsa-private-q jwk-rsa-private-dp jwk-rsa-private-dq
      jwk-rsa-private-qi jwk-rsa-private-oth`),
  },
  {
    severity: should,
    why: 'RFC 8725 section 3.4: a key that its owner chose badly',
    names: named('jwk-ed25519-any-signature'),
  },
  {
    severity: should,
    why: 'a member that limits time, and that a proof does not need',
    names: named('proof-exp-past proof-exp-30-seconds-past proof-exp-zero proof-nbf-ahead token-exp-string'),
  },
  {
    severity: should,
    why: 'RFC 8705 section 3: a second binding, which nobody confirmed',
    names: named('token-cnf-certificate-beside bearer-token-cnf-certificate'),
  },
  {
    severity: information,
    why: 'RFC 7515 section 4.1.9 compares media types without case, and lets "application/" be left out',
    names: named('proof-typ-upper-case proof-typ-mixed-case proof-typ-media-type'),
  },
  {
    severity: information,
    why: 'JSON and base64url parsers differ, and the signature is good',
    names: named(`
      proof-signature-stray-bits proof-header-stray-bits proof-payload-stray-bits proof-alg-twice proof-typ-twice
      proof-jwk-twice proof-jwk-twice-escaped proof-jti-twice proof-iat-twice-escaped token-signed-not-utf8
      ${['header', 'payload']
        .flatMap((part) =>
          named(`byte-order-mark invalid-utf8 overlong-utf8 surrogate member-twice nested-member-twice
            escaped-member-twice proto-twice nine-levels hundreds-of-levels`).map((kind) => `proof-${part}-${kind}`),
        )
        .join(' ')}`),
  },
  {
    severity: information,
    why: 'the same key in another spelling, or one with members that mean nothing',
    names: named(`
      jwk-x-zero-before jwk-y-zero-behind jwk-x-padding jwk-x-white-space jwk-x-stray-bits jwk-y-stray-bits
      jwk-x-alphabet-of-base64 jwk-x-zero-dropped jwk-y-zero-dropped jwk-private-null jwk-private-empty
      jwk-private-akp jwk-rsa-private-akp jwk-use-null jwk-key-ops-empty jwk-key-ops-string jwk-rsa-exponent-3
      jwk-rsa-exponent-zero-before jwk-rsa-exponent-padding jwk-rsa-modulus-zero-before jwk-rsa-modulus-padding
      jwk-rsa-crv jwk-rsa-exponent-number proof-b64-false proof-b64-true token-cnf-certificate-null
      bearer-token-cnf-certificate-null bearer-token-cnf-certificate-beside`),
  },
  {
    severity: information,
    why: 'the length of the window, or of a claim, is the choice of the server',
    names: named(`
      proof-61-seconds-old proof-60-and-a-half-seconds-old proof-32-seconds-ahead proof-jti-257-characters
      proof-jti-5000-characters token-expired-5-seconds token-not-yet-valid-7-seconds proof-exp-string proof-nbf-string
      proof-301-seconds-old proof-1-second-ahead`),
  },
  {
    severity: information,
    why: 'to a server that takes no token from the query, it is a parameter like others',
    names: named(`token-in-query-absolute-target token-in-query-of-root token-in-query-first token-in-query-only
      token-in-query-last token-in-query-empty token-in-query-no-equals-sign token-in-query-underscore-encoded
      token-in-query-letter-encoded token-in-query-all-encoded token-in-query-twice token-in-query-behind-rubbish`),
  },
  {
    severity: information,
    why: 'a server may know several keys and names of itself',
    names: named(`token-kid-unknown token-kid-path token-aud-slash-more token-aud-other-case proof-htu-port-leading-zero
      proof-htu-query-beyond-ascii proof-htu-fragment-line-separator`),
  },
  {
    severity: information,
    why: 'a registered algorithm, which a server may accept',
    names: named('proof-signed-es256k proof-signed-rs256 proof-signed-es384 proof-signed-es512'),
  },
  {
    severity: information,
    why: 'another proof: RFC 9449 section 11.1 keeps jti for each URL',
    names: named('jti-reused-other-url jti-reused-other-method jti-reused-other-token'),
  },
  {
    severity: information,
    why: 'servers answer these methods themselves',
    names: named('method-options method-trace'),
  },
]

const byName = new Map(exceptions.flatMap(({ severity, names }) => names.map((name) => [name, severity])))

/** What it means when a server accepts this request. */
export function severityOf(name: string, reason: Reason): Severity {
  return byName.get(name) ?? byReason[reason] ?? must
}
