import { LRUCache } from 'lru-cache'
import type { AccessToken, AccessTokenVerifier, Claims } from './verifier.js'

const maxCachedTokens = 10_000

/** In characters of tokens; what is kept of one takes a few times its length. */
const maxCachedLength = 16 * 1024 * 1024

/**
 * Remembers valid tokens by their digest, so that a known token costs no second check. Never past the token's expiry nor the
 * age of what verified it, so a withdrawn key stops working. A hit changes the cost, never the answer. Invalid tokens are not
 * remembered.
 */
export function cacheAccessTokens(
  verify: AccessTokenVerifier,
): (token: string, digest: string, now: number) => Promise<AccessToken> {
  const cache = new LRUCache<string, { token: AccessToken; usableFrom: number }>({
    max: maxCachedTokens,
    maxSize: maxCachedLength,
  })
  return async (token, digest, now) => {
    const known = cache.get(digest)
    // A clock that was set back makes the entry unusable too: the token's "nbf" may lie ahead again.
    if (known !== undefined && known.usableFrom <= now && now < known.token.usableUntil) return known.token
    const verified = await verify(token, now)
    deepFreeze(verified.claims)
    if (now < verified.usableUntil) cache.set(digest, { token: verified, usableFrom: now }, { size: token.length })
    return verified
  }
}

/** What one handler does to the claims must not reach the next request with the same token. */
function deepFreeze(value: Claims | readonly unknown[]): void {
  Object.freeze(value)
  for (const member of Object.values(value)) {
    if (typeof member === 'object' && member !== null && !Object.isFrozen(member)) deepFreeze(member as Claims)
  }
}
