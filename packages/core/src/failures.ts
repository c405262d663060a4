/** One row of the failure table: what leaves the server for a `reason`. */
export interface FailureRule {
  readonly status: 400 | 401 | 403 | 503
  /** Which challenges carry the error: none, the one of the scheme that was used, or every one that is offered. */
  readonly carrier: 'none' | 'used' | 'all'
  readonly error?: ErrorCode
  /** Sent as `error_description`; never contains anything of the request. */
  readonly description?: string
}

/** An authentication scheme that carries an access token (RFC 9449 section 7.1, RFC 6750 section 2.1). */
export type Scheme = 'DPoP' | 'Bearer'

/** The error codes a client can receive (RFC 6750 section 3.1, RFC 9449 section 12.2, RFC 9470 section 3). */
export type ErrorCode =
  | 'invalid_request'
  | 'invalid_token'
  | 'insufficient_scope'
  | 'insufficient_user_authentication'
  | 'invalid_dpop_proof'
  | 'use_dpop_nonce'

const noError = (status: 401 | 503) => ({ status, carrier: 'none' }) as const

const malformed = (description: string) =>
  ({ status: 400, carrier: 'used', error: 'invalid_request', description }) as const

const ambiguous = (carrier: 'used' | 'all') =>
  ({
    status: 400,
    carrier,
    error: 'invalid_request',
    description: 'Multiple methods used to include access token',
  }) as const

const badProof = (description: string) =>
  ({ status: 401, carrier: 'used', error: 'invalid_dpop_proof', description }) as const

const badNonce = {
  status: 401,
  carrier: 'used',
  error: 'use_dpop_nonce',
  description: 'Resource server requires nonce in DPoP proof',
} as const

const stepUp = (description: string) =>
  ({ status: 401, carrier: 'used', error: 'insufficient_user_authentication', description }) as const

const badToken = (description: string) =>
  ({ status: 401, carrier: 'used', error: 'invalid_token', description }) as const

/**
 * Every way a request can fail, by its stable reason code. The reason is for operators (diagnostics, logs, metrics);
 * clients see the status, the error code and the description and nothing else.
 */
export const failures = {
  // No credentials that this server reads: the challenge alone says what to do (RFC 9449 section 7.2, RFC 6750 section 3.1).
  credentials_missing: noError(401),
  scheme_unsupported: noError(401),
  proof_without_token: noError(401),
  token_in_query: noError(401),
  token_in_form: noError(401),

  // The request itself is malformed.
  authorization_malformed: malformed('Malformed Authorization header'),
  authorization_repeated: malformed('Repeated Authorization header'),
  authorization_ambiguous: ambiguous('all'),
  token_repeated: ambiguous('used'),
  bearer_with_proof: malformed('DPoP proof sent with a Bearer token that is not bound to a key'),
  target_malformed: malformed('Malformed request target'),
  target_foreign: malformed('Request target is not served here'),
  host_malformed: malformed('Repeated or malformed Host'),

  // The access token (RFC 6750 section 3.1, RFC 9068 section 4).
  token_malformed: badToken('Malformed access token'),
  token_typ: badToken('Not an access token'),
  token_algorithm: badToken('Access token signature algorithm not accepted'),
  token_key_unknown: badToken('Access token signed with an unknown key'),
  token_signature: badToken('Invalid access token signature'),
  token_issuer: badToken('Access token issuer not accepted'),
  token_audience: badToken('Access token is not for this resource'),
  token_expired: badToken('Access token expired'),
  token_not_yet_valid: badToken('Access token not yet valid'),
  token_claims: badToken('Malformed access token claims'),
  token_inactive: badToken('Access token is not active'),
  token_revoked: badToken('Access token was revoked'),

  // Its binding (RFC 9449 sections 6 and 7, RFC 7800 section 3).
  token_unbound: badToken('Access token is not bound to a key'),
  token_binding_unconfirmed: badToken('Access token binding cannot be confirmed'),
  token_bound_as_bearer: badToken('Key-bound access token used as Bearer'),
  token_key_mismatch: badToken('Invalid DPoP key binding'),

  // The proof, in the order of RFC 9449 section 4.3.
  proof_missing: badProof('DPoP proof missing'),
  proof_repeated: badProof('More than one DPoP proof'),
  proof_too_long: badProof('DPoP proof too long'),
  proof_malformed: badProof('DPoP proof is not a well-formed JWT'),
  proof_typ: badProof('DPoP proof typ must be dpop+jwt'),
  proof_algorithm: badProof('DPoP proof algorithm not accepted'),
  proof_header: badProof('DPoP proof header has a parameter that is not accepted'),
  proof_key: badProof('DPoP proof jwk not accepted'),
  proof_claims: badProof('DPoP proof claims missing or malformed'),
  proof_signature: badProof('Invalid DPoP proof signature'),
  proof_htm: badProof('DPoP proof htm does not match the request'),
  // RFC 9449 section 4.3, check 9, cannot hold for what RFC 3986 section 2.1 does not call a URI.
  target_not_uri: badProof('Request target is not a URI: a percent sign or another character is not encoded'),
  proof_htu: badProof('DPoP proof htu does not match the request'),
  proof_ath: badProof('DPoP proof ath does not match the access token'),
  nonce_missing: badNonce,
  nonce_not_accepted: badNonce,
  proof_expired: badProof('DPoP proof is too old'),
  proof_from_future: badProof('DPoP proof is from the future'),
  proof_replayed: badProof('DPoP proof was used before'),

  // Authorization (RFC 6750 section 3.1).
  scope_insufficient: {
    status: 403,
    carrier: 'used',
    error: 'insufficient_scope',
    description: 'The access token lacks a required scope',
  },

  // Authentication of the user (RFC 9470 section 3).
  acr_insufficient: stepUp('A different authentication level is required'),
  authentication_too_old: stepUp('More recent authentication is required'),

  // The guard cannot know. A challenge would make clients throw good tokens away.
  keys_unavailable: noError(503),
  introspection_unavailable: noError(503),
  access_token_check_unavailable: noError(503),
  revocation_unavailable: noError(503),
  certificate_check_unavailable: noError(503),
  nonces_unavailable: noError(503),
  replay_store_unavailable: noError(503),
  replay_store_full: noError(503),
  public_url_unavailable: noError(503),
  internal_error: noError(503),
} as const satisfies Record<string, FailureRule>

/** The stable code of a rejection: the key of the failure table. */
export type Reason = keyof typeof failures
