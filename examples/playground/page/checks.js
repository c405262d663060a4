// @ts-check
/** @typedef {{ rfc: string, title: string, reasons: string[] }} Check */
/** @typedef {'passed' | 'failed' | 'undecided' | 'not used' | 'not reached' | 'unknown'} Outcome */
/** @typedef {{ outcome: 'accepted' | 'rejected' | 'unavailable', reason?: string, scheme?: string, issuer?: string }} GuardEvent */

/** @type {Check[]} */
const requestChecks = [
  {
    rfc: '9449 §7.1',
    title: 'Authorization is well-formed, with a scheme that is accepted',
    reasons: [
      'authorization_malformed',
      'authorization_repeated',
      'authorization_ambiguous',
      'scheme_unsupported',
      'proof_without_token',
      'token_in_query',
      'token_in_form',
      'token_repeated',
    ],
  },
  { rfc: '9112 §3.2', title: 'Target and Host are well-formed', reasons: ['target_malformed', 'host_malformed'] },
  { rfc: '9449 §7.1', title: 'There is a token', reasons: ['credentials_missing'] },
  { rfc: '9449 §4.3', title: "The URL is this API's own", reasons: ['target_foreign', 'public_url_unavailable'] },
]

/** @type {Check} */
const accessToken = {
  rfc: '9068 §4',
  title: 'The token is valid, not expired, and for this API',
  reasons: [
    'token_malformed',
    'token_issuer',
    'token_typ',
    'token_algorithm',
    'token_key_unknown',
    'keys_unavailable',
    'token_signature',
    'token_audience',
    'token_expired',
    'token_not_yet_valid',
    'token_claims',
    'token_inactive',
    'introspection_unavailable',
    'access_token_check_unavailable',
    'token_revoked',
    'revocation_unavailable',
  ],
}

/** @type {Check} */
const permission = {
  rfc: '6750 §3.1',
  title: 'The token allows this operation',
  reasons: ['scope_insufficient', 'acr_insufficient', 'authentication_too_old'],
}

/** @type {Check} */
const nonce = {
  rfc: '9449 §4.3 (10)',
  title: 'nonce is one that the API sent recently',
  reasons: ['nonce_missing', 'nonce_not_accepted', 'nonces_unavailable'],
}

/** @type {Check} */
const issuedAt = {
  rfc: '9449 §4.3 (11)',
  title: 'iat is recent',
  reasons: ['proof_expired', 'proof_from_future'],
}

/** In the guard's order: cheap checks first, and the replay store last, so that a rejected request uses up no proof. */
export const dpopChecks = [
  ...requestChecks,
  {
    rfc: '9449 §4.3 (1)',
    title: 'There is one proof, and it is not too long',
    reasons: ['proof_missing', 'proof_repeated', 'proof_too_long'],
  },
  { rfc: '9449 §4.3 (2)', title: 'It has the form of a JWT', reasons: ['proof_malformed'] },
  accessToken,
  {
    rfc: '9449 §6',
    title: 'The token is bound to a key (cnf.jkt)',
    reasons: ['token_unbound', 'token_binding_unconfirmed', 'certificate_check_unavailable'],
  },
  { rfc: '9449 §4.3 (2)', title: 'Header and claims are JSON objects', reasons: ['proof_malformed'] },
  { rfc: '9449 §4.3 (4)', title: 'typ is dpop+jwt', reasons: ['proof_typ'] },
  { rfc: '9449 §4.3 (5)', title: 'alg is accepted', reasons: ['proof_algorithm'] },
  { rfc: '7515 §4.1.11', title: 'The header asks for no extension', reasons: ['proof_header'] },
  { rfc: '9449 §4.3 (7)', title: 'jwk is a good key, and only its public half', reasons: ['proof_key'] },
  { rfc: '9449 §4.3 (3)', title: 'jti, htm, htu and iat are there', reasons: ['proof_claims'] },
  { rfc: '9449 §4.3 (12)', title: 'jwk is the key that the token is bound to', reasons: ['token_key_mismatch'] },
  { rfc: '9449 §4.3 (6)', title: 'The signature verifies with jwk', reasons: ['proof_signature'] },
  { rfc: '9449 §4.3 (8)', title: 'htm is the method', reasons: ['proof_htm'] },
  { rfc: '9449 §4.3 (9)', title: 'htu is the URL', reasons: ['target_not_uri', 'proof_htu'] },
  { rfc: '9449 §4.3 (12)', title: 'ath is the hash of the token', reasons: ['proof_ath'] },
  nonce,
  issuedAt,
  {
    rfc: '9449 §11.1',
    title: 'The proof was not used before',
    reasons: ['proof_replayed', 'replay_store_full', 'replay_store_unavailable'],
  },
  permission,
]

export const bearerChecks = [
  ...requestChecks,
  accessToken,
  { rfc: '9449 §7.2', title: 'The token is not bound to a key', reasons: ['token_bound_as_bearer'] },
  { rfc: '9449 §7.2', title: 'There is no proof beside it', reasons: ['bearer_with_proof'] },
  permission,
]

/**
 * The guard's verdict, check by check. An event has one reason. The order of the checks is fixed, so the checks before it passed.
 *
 * @param {GuardEvent} event
 * @param {'iat' | 'nonce'} freshness
 * @returns {{ check: Check, outcome: Outcome }[]}
 */
export function judge(event, freshness) {
  const checks = event.scheme === 'Bearer' ? bearerChecks : dpopChecks
  const end = event.outcome === 'accepted' ? checks.length : findFailed(checks, event)
  const notUsed = freshness === 'iat' ? nonce : issuedAt
  return checks.map((check, index) => {
    if (end === -1) return { check, outcome: 'unknown' }
    if (index > end) return { check, outcome: 'not reached' }
    if (index === end) return { check, outcome: event.outcome === 'unavailable' ? 'undecided' : 'failed' }
    return { check, outcome: check === notUsed ? 'not used' : 'passed' }
  })
}

/**
 * The form of a proof is checked twice, before the token and after it. If the event has an issuer, the token was verified, so it was
 * the second time.
 *
 * @param {Check[]} checks
 * @param {GuardEvent} event
 */
function findFailed(checks, { reason = '', issuer }) {
  /** @param {Check} check */
  const names = ({ reasons }) => reasons.includes(reason)
  return issuer === undefined ? checks.findIndex(names) : checks.findLastIndex(names)
}
