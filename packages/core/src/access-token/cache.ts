import { LRUCache } from 'lru-cache'
import { type AccessToken, readAccessToken } from './access-token.js'
import type { AccessTokenVerifier } from './verifier.js'

const maxCachedTokens = 10_000

/** In characters of tokens; what is kept of one takes a few times its length. */
const maxCachedLength = 16 * 1024 * 1024

interface Entry {
  readonly accessToken: AccessToken
  readonly usableFrom: number
  readonly usableUntil: number
}

/** Finds the access token that has this text; `digest` is the text's digest, `now` in seconds since the epoch. */
export type AccessTokenLookup = (token: string, digest: string, now: number) => AccessToken | Promise<AccessToken>

/**
 * Remembers valid tokens by their digest, so that a known token costs no second check. Never past the token's expiry nor the
 * age of what verified it, so a withdrawn key stops working. A hit changes the cost, never the answer. Invalid tokens are not
 * remembered.
 */
export function cacheAccessTokens(verify: AccessTokenVerifier): AccessTokenLookup {
  const cache = new LRUCache<string, Entry>({ max: maxCachedTokens, maxSize: maxCachedLength })

  async function verifyAnew(token: string, digest: string, now: number): Promise<AccessToken> {
    const verified = await verify(token, now)
    const accessToken = readAccessToken(verified)
    const { usableUntil } = verified
    if (now < usableUntil) cache.set(digest, { accessToken, usableFrom: now, usableUntil }, { size: token.length })
    return accessToken
  }

  return (token, digest, now) => {
    const known = cache.get(digest)
    // A clock that was set back makes the entry unusable too: the token's "nbf" may lie ahead again.
    const usable = known !== undefined && known.usableFrom <= now && now < known.usableUntil
    return usable ? known.accessToken : verifyAnew(token, digest, now)
  }
}
