// @ts-check
/** @typedef {'Request' | 'Token' | 'Proof' | 'Replay' | 'Permission'} Group */
/** @typedef {{ group: Group, title: string, reasons: string[] }} Check its first reason names the step of the RFC */
/** @typedef {'passed' | 'failed' | 'undecided' | 'not used' | 'not reached' | 'unknown'} Outcome */
/** @typedef {{ outcome: 'accepted' | 'rejected' | 'unavailable', reason?: string, scheme?: string, issuer?: string }} GuardEvent */

/** @type {Check[]} */
const requestChecks = [
  {
    group: 'Request',
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
  { group: 'Request', title: 'Target and Host are well-formed', reasons: ['target_malformed', 'host_malformed'] },
  { group: 'Request', title: 'There is a token', reasons: ['credentials_missing'] },
  { group: 'Request', title: "The URL is this API's own", reasons: ['target_foreign', 'public_url_unavailable'] },
]

/** @type {Check} */
const accessToken = {
  group: 'Token',
  title: 'The token is valid, not expired, and for this API',
  reasons: [
    'token_malformed',
    'issuer_lookup_unavailable',
    'token_issuer',
    'issuer_check_unavailable',
    'token_issuer_not_allowed',
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
    'scopes_unavailable',
    'revocation_unavailable',
  ],
}

/** @type {Check} */
const permission = {
  group: 'Permission',
  title: 'The token allows this operation',
  reasons: [
    'dpop_required',
    'scope_insufficient',
    'claims_insufficient',
    'claims_check_unavailable',
    'acr_insufficient',
    'authentication_too_old',
  ],
}

/** @type {Check} */
const nonce = {
  group: 'Proof',
  title: 'nonce is one that the API sent recently',
  reasons: ['nonce_missing', 'iat_needs_nonce', 'nonce_not_accepted', 'nonces_unavailable'],
}

/** @type {Check} */
const issuedAt = {
  group: 'Proof',
  title: 'iat is recent',
  reasons: ['proof_expired', 'proof_from_future'],
}

/**
 * In the guard's order: cheap checks first, and the replay store last, so that a rejected request uses up no proof.
 *
 * @type {Check[]}
 */
export const dpopChecks = [
  ...requestChecks,
  {
    group: 'Request',
    title: 'There is one proof, and it is not too long',
    reasons: ['proof_missing', 'proof_repeated', 'proof_too_long'],
  },
  { group: 'Request', title: 'It has the form of a JWT', reasons: ['proof_malformed'] },
  accessToken,
  {
    group: 'Token',
    title: 'The token is bound to a key (cnf.jkt)',
    reasons: ['token_unbound', 'token_binding_unconfirmed', 'certificate_check_unavailable'],
  },
  { group: 'Proof', title: 'Header and claims are JSON objects', reasons: ['proof_malformed'] },
  { group: 'Proof', title: 'typ is dpop+jwt', reasons: ['proof_typ'] },
  { group: 'Proof', title: 'alg is accepted', reasons: ['proof_algorithm'] },
  { group: 'Proof', title: 'The header asks for no extension', reasons: ['proof_header'] },
  { group: 'Proof', title: 'jwk is a good key, and only its public half', reasons: ['proof_key'] },
  { group: 'Proof', title: 'jti, htm, htu and iat are there', reasons: ['proof_claims'] },
  { group: 'Proof', title: 'jwk is the key that the token is bound to', reasons: ['token_key_mismatch'] },
  { group: 'Proof', title: 'The signature verifies with jwk', reasons: ['proof_signature'] },
  { group: 'Proof', title: 'htm is the method', reasons: ['proof_htm'] },
  { group: 'Proof', title: 'htu is the URL', reasons: ['target_not_uri', 'proof_htu'] },
  { group: 'Proof', title: 'ath is the hash of the token', reasons: ['proof_ath'] },
  nonce,
  issuedAt,
  {
    group: 'Replay',
    title: 'The proof was not used before',
    reasons: ['proof_replayed', 'replay_store_full', 'replay_store_unavailable'],
  },
  permission,
]

/** @type {Check[]} */
export const bearerChecks = [
  ...requestChecks,
  accessToken,
  { group: 'Token', title: 'The token is not bound to a key', reasons: ['token_bound_as_bearer'] },
  { group: 'Token', title: 'There is no proof beside it', reasons: ['bearer_with_proof'] },
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
 * Neighbours of one group, in the guard's order.
 *
 * @param {{ check: Check, outcome: Outcome }[]} judged
 * @returns {{ name: Group, judged: { check: Check, outcome: Outcome }[] }[]}
 */
export function groupChecks(judged) {
  /** @type {ReturnType<typeof groupChecks>} */
  const groups = []
  for (const entry of judged) {
    const last = groups.at(-1)
    if (last?.name === entry.check.group) last.judged.push(entry)
    else groups.push({ name: entry.check.group, judged: [entry] })
  }
  return groups
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
