import { type Binding, parseBinding } from './binding.js'
import { scopesOfClaims } from './scopes.js'
import type { Claims, VerifiedToken } from './verifier.js'

/** A valid access token, read once for all the requests it comes with: nothing of it can be changed. */
export interface AccessToken {
  readonly claims: Claims
  readonly binding: Binding
  /** `sub`. */
  readonly subject: string | undefined
  /** `client_id` (RFC 9068), or `azp`. */
  readonly clientId: string | undefined
  readonly scopes: readonly string[]
  /** `exp`, seconds since the epoch; undefined where the issuer states none. */
  readonly expiresAt: number | undefined
}

export function describeAccessToken({ claims, expiresAt }: VerifiedToken): AccessToken {
  deepFreeze(claims)
  const { sub, client_id, azp } = claims
  return {
    claims,
    binding: parseBinding(claims),
    subject: textOrUndefined(sub),
    clientId: textOrUndefined(client_id) ?? textOrUndefined(azp),
    scopes: Object.freeze(scopesOfClaims(claims)),
    expiresAt,
  }
}

function textOrUndefined(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** What one handler does to the claims must not reach the next request with the same token. Texts and numbers are frozen. */
function deepFreeze(value: Claims): void {
  Object.freeze(value)
  for (const member of Object.values(value)) {
    if (!Object.isFrozen(member)) deepFreeze(member as Claims)
  }
}
