import { type Binding, parseBinding } from './binding.js'
import { type Claims, typedClaims } from './claims.js'
import { callScopesOf, type ScopesOf, scopesOfClaims } from './scopes.js'
import type { VerifiedToken } from './verifier.js'

/** A valid access token, read once for all its requests. It is deeply frozen. */
export interface AccessToken {
  readonly claims: Claims
  readonly binding: Binding
  /** `sub`. */
  readonly subject: string | undefined
  /** `client_id` (RFC 9068), or `azp`. */
  readonly clientId: string | undefined
  readonly scopes: readonly string[]
  /** `exp`, seconds since the epoch; undefined if the issuer states none. */
  readonly expiresAt: number | undefined
}

/** Without `scopesOf`, the scopes are those of the claims `scope` or `scp`. */
export function describeAccessToken({ claims: stated, expiresAt }: VerifiedToken, scopesOf?: ScopesOf): AccessToken {
  const claims = typedClaims(stated)
  deepFreeze(claims)
  return {
    claims,
    binding: parseBinding(stated),
    subject: claims.sub,
    clientId: claims.client_id ?? claims.azp,
    scopes: Object.freeze(scopesOf === undefined ? scopesOfClaims(stated) : callScopesOf(scopesOf, claims)),
    expiresAt,
  }
}

/** A handler that changes the claims must not change them for the next request with the same token. */
function deepFreeze(value: object): void {
  Object.freeze(value)
  for (const member of Object.values(value)) {
    // A string or a number counts as frozen.
    if (!Object.isFrozen(member)) deepFreeze(member)
  }
}
