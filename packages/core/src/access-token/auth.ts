import type { CheckRecord } from '../diagnostics/check-record.js'
import type { Scheme } from '../failures.js'
import type { ProofClaims } from '../proof/open-proof.js'
import type { AccessToken } from './access-token.js'
import type { KeyBinding } from './binding.js'
import type { Claims } from './claims.js'

/** Who calls, as the access token's issuer states it. */
interface Identity<C extends object> {
  /** The access token itself. Never log it: it is left out of JSON and of `console.log`. */
  readonly token: string
  /** All its claims, deeply frozen. */
  readonly claims: Claims & Readonly<C>
  /** `sub`. */
  readonly subject: string | undefined
  /** `client_id` (RFC 9068), or `azp`. */
  readonly clientId: string | undefined
  /** Frozen. */
  readonly scopes: readonly string[]
  /** `exp`, seconds since the epoch; undefined where the issuer states none (opaque tokens). */
  readonly expiresAt: number | undefined
  /** SHA-256 thumbprint of the client's certificate, where the token is bound to one and your hook confirmed it (RFC 8705). */
  readonly certificateThumbprint: string | undefined
}

/** The caller proved possession of the key that the token is bound to, for this very request. */
export interface DpopAuth<C extends object = object> extends Identity<C> {
  readonly scheme: 'DPoP'
  /** Thumbprint of that key (RFC 7638, SHA-256, base64url). */
  readonly jkt: string
  /** The claims of the proof. */
  readonly proofClaims: ProofClaims
}

/** The caller had a token that is not bound to a key; perhaps to a certificate. Only with `mode: 'bearer-and-dpop'`. */
export interface BearerAuth<C extends object = object> extends Identity<C> {
  readonly scheme: 'Bearer'
  readonly jkt?: undefined
  readonly proofClaims?: undefined
}

/**
 * The verified caller: what `getAuth(req)` returns, and `ctx.state.auth` and `request.auth` are. `C` types claims of your own.
 * No check compares a token with `C`: it is your statement about what your issuer sends.
 */
export type Auth<C extends object = object> = DpopAuth<C> | BearerAuth<C>

export function dpopAuth(
  token: string,
  accessToken: AccessToken,
  { jkt, certificate }: KeyBinding,
  proof: ProofClaims,
  record: CheckRecord,
): Auth {
  return new VerifiedAuth('DPoP', token, accessToken, certificate, jkt, proof, record) as DpopAuth
}

export function bearerAuth(
  token: string,
  accessToken: AccessToken,
  certificate: string | undefined,
  record: CheckRecord,
): Auth {
  return new VerifiedAuth('Bearer', token, accessToken, certificate, undefined, undefined, record) as BearerAuth
}

/** What is known of the check that gave this identity; undefined where no guard gave it. */
export function checkRecordOf(auth: Auth): CheckRecord | undefined {
  return VerifiedAuth.checkRecordOf(auth)
}

/** The token and the record are private, so that whoever logs the identity does not log the credential. */
class VerifiedAuth {
  readonly scheme: Scheme
  readonly claims: Claims
  readonly subject: string | undefined
  readonly clientId: string | undefined
  readonly scopes: readonly string[]
  readonly expiresAt: number | undefined
  readonly certificateThumbprint: string | undefined
  readonly jkt: string | undefined
  readonly proofClaims: ProofClaims | undefined
  readonly #token: string
  readonly #record: CheckRecord

  constructor(
    scheme: Scheme,
    token: string,
    { claims, subject, clientId, scopes, expiresAt }: AccessToken,
    certificate: string | undefined,
    jkt: string | undefined,
    proof: ProofClaims | undefined,
    record: CheckRecord,
  ) {
    this.scheme = scheme
    this.claims = claims
    this.subject = subject
    this.clientId = clientId
    this.scopes = scopes
    this.expiresAt = expiresAt
    this.certificateThumbprint = certificate
    this.jkt = jkt
    this.proofClaims = proof
    this.#token = token
    this.#record = record
  }

  get token(): string {
    return this.#token
  }

  static checkRecordOf(auth: object): CheckRecord | undefined {
    return #record in auth ? auth.#record : undefined
  }
}
