import type { CheckRecord } from '../diagnostics/check-record.js'
import type { Scheme } from '../failures.js'
import type { ProofClaims } from '../proof/open-proof.js'
import type { AccessToken } from './access-token.js'
import type { KeyBinding } from './binding.js'
import type { Claims } from './claims.js'

/** The caller, as the issuer of the access token states it. */
interface TokenAuth<C extends object> {
  /** The access token itself. Never log it. JSON and `console.log` leave it out. */
  readonly token: string
  /** All claims of the token, deeply frozen. */
  readonly claims: Claims & Readonly<C>
  /** The claim `sub`: the user, or the client if there is no user. */
  readonly subject: string | undefined
  /** The claim `client_id` (RFC 9068), or `azp`. */
  readonly clientId: string | undefined
  /** The scopes of the token, frozen. Empty if it has none. With the option `scopesOf`, the scopes that it found. */
  readonly scopes: readonly string[]
  /** The claim `exp`, in seconds since the epoch. Undefined if the issuer states none, as for some opaque tokens. */
  readonly expiresAt: number | undefined
  /**
   * SHA-256 thumbprint of the client's certificate, if the token is bound to one and `confirmCertificate` confirmed it (RFC
   * 8705).
   */
  readonly certificateThumbprint: string | undefined
}

/** A caller that proved, for this request, that it has the private key that its token is bound to. */
export interface DpopAuth<C extends object = object> extends TokenAuth<C> {
  readonly scheme: 'DPoP'
  /** Thumbprint of that key (RFC 7638, SHA-256, base64url). It stays the same while the client uses the same key. */
  readonly jkt: string
  /** The claims of the DPoP proof. */
  readonly proofClaims: ProofClaims
}

/** A caller whose token is not bound to a key. It may be bound to a certificate. Only with `mode: 'bearer-and-dpop'`. */
export interface BearerAuth<C extends object = object> extends TokenAuth<C> {
  readonly scheme: 'Bearer'
  readonly jkt?: undefined
  readonly proofClaims?: undefined
}

/**
 * The verified caller. `getAuth(req)` returns it, and `ctx.state.auth` and `request.auth` hold it. `C` is the type of your own
 * claims. No check compares a token with `C`: you state what your issuer sends.
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

/** The record of the check that made this auth. Undefined if no guard made it. */
export function checkRecordOf(auth: Auth): CheckRecord | undefined {
  return VerifiedAuth.checkRecordOf(auth)
}

/** The token and the record are private fields, so that code that logs the auth does not log the credential. */
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
