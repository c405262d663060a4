import type { AccessToken, Claims } from './access-token/verifier.js'
import type { KeyBinding } from './binding.js'
import type { ProofClaims } from './proof/read-proof.js'
import { readScopes } from './scopes.js'

/** Who calls, as the access token's issuer states it. */
interface Identity {
  /** The access token itself. Never log it: it is left out of JSON and of `console.log`. */
  readonly token: string
  /** All its claims, deeply frozen. */
  readonly claims: Claims
  /** `sub`. */
  readonly subject: string | undefined
  /** `client_id` (RFC 9068), or `azp`. */
  readonly clientId: string | undefined
  readonly scopes: readonly string[]
  /** `exp`, seconds since the epoch; undefined where the issuer states none (opaque tokens). */
  readonly expiresAt: number | undefined
  /** SHA-256 thumbprint of the client's certificate, where the token is bound to one and your hook confirmed it (RFC 8705). */
  readonly certificate: string | undefined
}

/** The caller proved possession of the key that the token is bound to, for this very request. */
export interface DpopAuth extends Identity {
  readonly scheme: 'DPoP'
  /** Thumbprint of that key (RFC 7638, SHA-256, base64url). */
  readonly jkt: string
  /** The claims of the proof. */
  readonly proof: ProofClaims
}

/** The caller had a token that is not bound to a key; perhaps to a certificate. Only with `mode: 'bearer-and-dpop'`. */
export interface BearerAuth extends Identity {
  readonly scheme: 'Bearer'
  readonly jkt?: undefined
  readonly proof?: undefined
}

/** What `getAuth(req)`, `ctx.state.auth` and `request.auth` give. */
export type Auth = DpopAuth | BearerAuth

export function dpopAuth(
  token: string,
  accessToken: AccessToken,
  { jkt, certificate }: KeyBinding,
  proof: ProofClaims,
): Auth {
  return withToken(token, { scheme: 'DPoP', ...identify(accessToken), certificate, jkt, proof })
}

export function bearerAuth(token: string, accessToken: AccessToken, certificate: string | undefined): Auth {
  return withToken(token, { scheme: 'Bearer', ...identify(accessToken), certificate })
}

function identify({ claims, expiresAt }: AccessToken): Omit<Identity, 'token' | 'certificate'> {
  const { sub, client_id, azp } = claims
  return {
    claims,
    subject: textOrUndefined(sub),
    clientId: textOrUndefined(client_id) ?? textOrUndefined(azp),
    scopes: readScopes(claims),
    expiresAt,
  }
}

function textOrUndefined(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** Not enumerable, so that whoever logs the identity does not log the credential. */
function withToken(token: string, auth: Omit<DpopAuth, 'token'> | Omit<BearerAuth, 'token'>): Auth {
  return Object.defineProperty(auth, 'token', { value: token }) as Auth
}
