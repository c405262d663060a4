/** One row of the failure table: the answer to the client for a `reason`, and the step of an RFC that the request failed. */
export interface FailureRule {
  readonly status: 400 | 401 | 403 | 503
  /** Sent in the challenge of the scheme that the client used (RFC 9449 section 7.2). */
  readonly error?: ErrorCode
  /** Sent as `error_description`. Never contains a part of the request. */
  readonly description?: string
  /** For documentation and tools. It is not sent. Undefined only for `internal_error`. */
  readonly step?: RfcStep
}

/** The place in an RFC that requires a check. */
export interface RfcStep {
  /** The number of the RFC: 9449. */
  readonly rfc: number
  readonly section: string
  /** The number in the list of the section: 1 to 12 in RFC 9449 section 4.3. */
  readonly check?: number
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

const rfc6750 = (section: string) => ({ rfc: 6750, section }) as const
const rfc7662 = { rfc: 7662, section: '2.2' } as const
const rfc8705 = { rfc: 8705, section: '3' } as const
const rfc9068 = { rfc: 9068, section: '4' } as const
const rfc9112 = (section: string) => ({ rfc: 9112, section }) as const
const rfc9449 = (section: string) => ({ rfc: 9449, section }) as const
const rfc9470 = { rfc: 9470, section: '3' } as const

/** A check of RFC 9449 section 4.3. */
const proofCheck = (check: number) => ({ rfc: 9449, section: '4.3', check }) as const

const noError = (step: RfcStep) => ({ status: 401, step }) as const

const malformed = (step: RfcStep, description: string) =>
  ({ status: 400, error: 'invalid_request', description, step }) as const

const ambiguous = {
  status: 400,
  error: 'invalid_request',
  description: 'Multiple methods used to include access token',
  step: rfc6750('2'),
} as const

const badToken = (step: RfcStep, description: string) =>
  ({ status: 401, error: 'invalid_token', description, step }) as const

const badProof = (step: RfcStep, description: string) =>
  ({ status: 401, error: 'invalid_dpop_proof', description, step }) as const

const badNonce = {
  status: 401,
  error: 'use_dpop_nonce',
  description: 'Resource server requires nonce in DPoP proof',
  step: proofCheck(10),
} as const

const forbidden = (description: string) =>
  ({ status: 403, error: 'insufficient_scope', description, step: rfc6750('3.1') }) as const

const stepUp = (description: string) =>
  ({
    status: 401,
    error: 'insufficient_user_authentication',
    description,
    step: rfc9470,
  }) as const

/** The guard cannot decide. No challenge, because clients would discard good tokens. */
const unavailable = (step: RfcStep) => ({ status: 503, step }) as const

/**
 * Every way in which a request can fail, by its stable reason code. The reason is for operators (diagnostics, logs, metrics).
 * Clients see only the status, the error code and the description. The rows are in the order of a guard's checks. So if a
 * request has several faults, the first of them in this table is the reason.
 */
export const failures = {
  // The Authorization field, and tokens in other places.
  authorization_repeated: malformed({ rfc: 9110, section: '5.3' }, 'Repeated Authorization header'),
  token_in_query: noError(rfc6750('2.3')),
  token_in_form: noError(rfc6750('2.2')),
  proof_without_token: noError(rfc9449('7.1')),
  authorization_ambiguous: ambiguous,
  scheme_unsupported: noError(rfc9449('7.1')),
  authorization_malformed: malformed(rfc9449('7.1'), 'Malformed Authorization header'),
  token_repeated: ambiguous,

  // The rest of the request.
  target_malformed: malformed(rfc9112('3.2'), 'Malformed request target'),
  host_malformed: malformed(rfc9112('3.2'), 'Repeated or malformed Host'),
  credentials_missing: noError(rfc9449('7.1')),
  public_url_unavailable: unavailable(proofCheck(9)),
  target_foreign: malformed(rfc9112('3.2.2'), 'Request target is not served here'),

  // The DPoP field. The form of the proof is checked here too: `proof_malformed`.
  proof_missing: badProof(proofCheck(1), 'DPoP proof missing'),
  proof_repeated: badProof(proofCheck(1), 'More than one DPoP proof'),
  proof_too_long: badProof(proofCheck(2), 'DPoP proof too long'),

  // The access token.
  introspection_unavailable: unavailable(rfc7662),
  token_inactive: badToken(rfc7662, 'Access token is not active'),
  access_token_check_unavailable: unavailable(rfc6750('3.1')),
  token_malformed: badToken(rfc9068, 'Malformed access token'),
  issuer_lookup_unavailable: unavailable(rfc9068),
  token_issuer: badToken(rfc9068, 'Access token issuer not accepted'),
  token_typ: badToken(rfc9068, 'Not an access token'),
  token_algorithm: badToken(rfc9068, 'Access token signature algorithm not accepted'),
  keys_unavailable: unavailable(rfc9068),
  token_key_unknown: badToken(rfc9068, 'Access token signed with an unknown key'),
  token_signature: badToken(rfc9068, 'Invalid access token signature'),
  token_claims: badToken(rfc9068, 'Malformed access token claims'),
  token_audience: badToken(rfc9068, 'Access token is not for this resource'),
  token_not_yet_valid: badToken({ rfc: 7519, section: '4.1.5' }, 'Access token not yet valid'),
  token_expired: badToken(rfc9068, 'Access token expired'),
  scopes_unavailable: unavailable(rfc6750('3.1')),
  issuer_check_unavailable: unavailable(rfc9068),
  token_issuer_not_allowed: badToken(rfc9068, 'Access token issuer not accepted here'),
  revocation_unavailable: unavailable(rfc6750('3.1')),
  token_revoked: badToken(rfc6750('3.1'), 'Access token was revoked'),

  // The binding of the access token (RFC 7800 section 3).
  token_unbound: badToken(rfc9449('6'), 'Access token is not bound to a key'),
  certificate_check_unavailable: unavailable(rfc8705),
  token_binding_unconfirmed: badToken(rfc9449('6'), 'Access token binding cannot be confirmed'),
  token_bound_as_bearer: badToken(rfc9449('7.2'), 'Key-bound access token used as Bearer'),
  bearer_with_proof: malformed(rfc9449('7.2'), 'DPoP proof sent with a Bearer token that is not bound to a key'),

  // The proof by itself.
  proof_malformed: badProof(proofCheck(2), 'DPoP proof is not a well-formed JWT'),
  proof_typ: badProof(proofCheck(4), 'DPoP proof typ must be dpop+jwt'),
  proof_algorithm: badProof(proofCheck(5), 'DPoP proof algorithm not accepted'),
  // A JWS is well-formed only with extensions that its recipient understands (RFC 7515 section 4.1.11).
  proof_header: badProof(proofCheck(2), 'DPoP proof header has a parameter that is not accepted'),
  proof_key: badProof(proofCheck(7), 'DPoP proof jwk not accepted'),
  proof_claims: badProof(proofCheck(3), 'DPoP proof claims missing or malformed'),
  token_key_mismatch: badToken(proofCheck(12), 'Invalid DPoP key binding'),
  proof_signature: badProof(proofCheck(6), 'Invalid DPoP proof signature'),

  // The proof and the request.
  proof_htm: badProof(proofCheck(8), 'DPoP proof htm does not match the request'),
  // No htu can match a target that is not a URI (RFC 3986 section 2.1).
  target_not_uri: badProof(
    proofCheck(9),
    'Request target is not a URI: a percent sign or another character is not encoded',
  ),
  proof_htu: badProof(proofCheck(9), 'DPoP proof htu does not match the request'),
  proof_ath: badProof(proofCheck(12), 'DPoP proof ath does not match the access token'),

  // The proof and the time.
  nonce_missing: badNonce,
  nonces_unavailable: unavailable(proofCheck(10)),
  nonce_not_accepted: badNonce,
  // The clock of a client without a nonce is wrong. With a nonce, it does not matter.
  iat_needs_nonce: { ...badNonce, step: proofCheck(11) },
  proof_expired: badProof(proofCheck(11), 'DPoP proof is too old'),
  proof_from_future: badProof(proofCheck(11), 'DPoP proof is from the future'),
  replay_store_unavailable: unavailable(rfc9449('11.1')),
  replay_store_full: unavailable(rfc9449('11.1')),
  proof_replayed: badProof(rfc9449('11.1'), 'DPoP proof was used before'),

  // What the caller may do, and how its user authenticated. A guard checks its own scopes. A route checks the rest, in this order.
  dpop_required: noError(rfc9449('7.1')),
  scope_insufficient: forbidden('The access token lacks a required scope'),
  claims_check_unavailable: unavailable(rfc6750('3.1')),
  claims_insufficient: forbidden('The claims of the access token do not allow this'),
  acr_insufficient: stepUp('A different authentication level is required'),
  authentication_too_old: stepUp('More recent authentication is required'),

  // The check itself broke.
  internal_error: { status: 503 },
} as const satisfies Record<string, FailureRule>

/** The stable code of a rejection: the key of the failure table. */
export type Reason = keyof typeof failures
