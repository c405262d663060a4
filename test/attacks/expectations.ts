/**
 * The wire table of the design, written once more: what leaves the server for each reason. It does not come from the core, so
 * a change there fails here.
 */
import type { Reason } from '@dpop-guard/core'
import type { Profile } from './profiles.js'
import { resource } from './profiles.js'
import type { Expectation } from './row.js'

interface WireRow {
  status: number
  /** The challenges that have the error. */
  carrier: 'none' | 'used' | 'all'
  error?: string
}

const noCredentials: WireRow = { status: 401, carrier: 'none' }
const badRequest: WireRow = { status: 400, carrier: 'used', error: 'invalid_request' }
const badProof: WireRow = { status: 401, carrier: 'used', error: 'invalid_dpop_proof' }
const badToken: WireRow = { status: 401, carrier: 'used', error: 'invalid_token' }
const badAuthentication: WireRow = { status: 401, carrier: 'used', error: 'insufficient_user_authentication' }
const outage: WireRow = { status: 503, carrier: 'none' }

export const wireTable: Record<Reason, WireRow> = {
  credentials_missing: noCredentials,
  scheme_unsupported: noCredentials,
  proof_without_token: noCredentials,
  token_in_query: noCredentials,
  token_in_form: noCredentials,

  authorization_malformed: badRequest,
  authorization_repeated: badRequest,
  authorization_ambiguous: { ...badRequest, carrier: 'all' },
  token_repeated: badRequest,
  bearer_with_proof: badRequest,
  target_malformed: badRequest,
  target_foreign: badRequest,
  host_malformed: badRequest,

  token_malformed: badToken,
  token_typ: badToken,
  token_algorithm: badToken,
  token_key_unknown: badToken,
  token_signature: badToken,
  token_issuer: badToken,
  token_audience: badToken,
  token_expired: badToken,
  token_not_yet_valid: badToken,
  token_claims: badToken,
  token_inactive: badToken,
  token_issuer_not_allowed: badToken,
  token_revoked: badToken,
  token_unbound: badToken,
  token_binding_unconfirmed: badToken,
  token_bound_as_bearer: badToken,
  token_key_mismatch: badToken,

  proof_missing: badProof,
  proof_repeated: badProof,
  proof_too_long: badProof,
  proof_malformed: badProof,
  proof_typ: badProof,
  proof_algorithm: badProof,
  proof_header: badProof,
  proof_key: badProof,
  proof_claims: badProof,
  proof_signature: badProof,
  proof_htm: badProof,
  target_not_uri: badProof,
  proof_htu: badProof,
  proof_ath: badProof,
  nonce_missing: { ...badProof, error: 'use_dpop_nonce' },
  nonce_not_accepted: { ...badProof, error: 'use_dpop_nonce' },
  iat_needs_nonce: { ...badProof, error: 'use_dpop_nonce' },
  proof_expired: badProof,
  proof_from_future: badProof,
  proof_replayed: badProof,

  dpop_required: noCredentials,
  scope_insufficient: { status: 403, carrier: 'used', error: 'insufficient_scope' },
  claims_insufficient: { status: 403, carrier: 'used', error: 'insufficient_scope' },

  acr_insufficient: badAuthentication,
  authentication_too_old: badAuthentication,

  keys_unavailable: outage,
  introspection_unavailable: outage,
  access_token_check_unavailable: outage,
  issuer_lookup_unavailable: outage,
  issuer_check_unavailable: outage,
  scopes_unavailable: outage,
  revocation_unavailable: outage,
  certificate_check_unavailable: outage,
  claims_check_unavailable: outage,
  nonces_unavailable: outage,
  replay_store_unavailable: outage,
  replay_store_full: outage,
  public_url_unavailable: outage,
  internal_error: outage,
}

/** A challenge as it must be, except the text of `error_description`. */
export interface ExpectedChallenge {
  scheme: string
  error: string | undefined
  /** Every parameter except `error` and `error_description`. */
  params: Record<string, string>
}

/** A whole answer as it must be. */
export interface ExpectedAnswer {
  status: number
  error: string | undefined
  /** In this order. */
  challenges: readonly ExpectedChallenge[]
  /** Undefined: the answer has no nonce. */
  nonce: string | undefined
}

/** `newest` is the nonce that the guard must send now; undefined where nonces are off. */
export function expectedAnswer(
  expectation: Expectation,
  { options = {} }: Profile,
  newest: string | undefined,
): ExpectedAnswer {
  const always = 'rejected' in expectation ? options.freshness !== 'adaptive' : options.sendNonce === 'always'
  const sends = always ? 'sent' : 'withheld'
  const nonce = (expectation.nonce ?? sends) === 'sent' ? newest : undefined
  if ('accepted' in expectation) return { status: 200, error: undefined, challenges: [], nonce }
  const { status, carrier, error } = wireTable[expectation.rejected]
  const { offered = options.mode === 'bearer-and-dpop' ? ['Bearer', 'DPoP'] : ['DPoP'] } = expectation
  const carriers: Record<WireRow['carrier'], readonly string[]> = {
    none: [],
    used: [expectation.in ?? 'DPoP'],
    all: offered,
  }
  const withError = carriers[carrier]
  const scope = expectation.scope ?? options.requiredScopes?.join(' ')
  // The scheme that was used comes first. With none or both, Bearer does.
  const inOrder =
    carrier === 'used' ? [...withError, ...offered.filter((scheme) => !withError.includes(scheme))] : offered
  const challenges = inOrder
    .filter((scheme) => offered.includes(scheme))
    .map((scheme) => ({
      scheme,
      error: withError.includes(scheme) ? error : undefined,
      params: {
        ...(scope !== undefined && { scope }),
        ...expectation.params,
        ...(options.realm !== undefined && { realm: options.realm }),
        ...(scheme === 'Bearer' && { realm: options.realm ?? resource }),
        ...(options.resourceMetadata !== undefined && { resource_metadata: metadataUrl(options.resource ?? resource) }),
        ...(scheme === 'DPoP' && { algs: offeredAlgorithms(options).join(' ') }),
      },
    }))
  return {
    status,
    error: challenges.find((challenge) => challenge.error !== undefined)?.error,
    challenges: status === 503 ? [] : challenges,
    nonce,
  }
}

/** RFC 9728 section 3.1. */
function metadataUrl(identifier: string): string {
  const { origin, pathname } = new URL(identifier)
  return `${origin}/.well-known/oauth-protected-resource${pathname === '/' ? '' : pathname}`
}

function offeredAlgorithms({ proof }: Partial<Profile['options'] & object>): readonly string[] {
  return proof?.algorithms ?? ['ES256', 'PS256', 'Ed25519', 'EdDSA']
}
