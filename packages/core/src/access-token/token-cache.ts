import { LRUCache } from 'lru-cache'
import { type AccessToken, describeAccessToken } from './access-token.js'
import type { AccessTokenVerifier, VerifiedToken } from './verifier.js'

const maxCachedTokens = 10_000

/** In characters of tokens; what is kept of one takes a few times its length. */
const maxCachedLength = 16 * 1024 * 1024

interface Entry {
  readonly accessToken: AccessToken
  readonly usableFrom: number
  readonly usableUntil: number
}

/**
 * Remembers valid tokens by their digest, so that a known token costs no second check. Never past the token's expiry nor the
 * age of what verified it, so a withdrawn key stops working. A hit changes the cost, never the answer. Invalid tokens are not
 * remembered.
 */
export class TokenCache {
  readonly #verifier: AccessTokenVerifier
  readonly #cache = new LRUCache<string, Entry>({ max: maxCachedTokens, maxSize: maxCachedLength })

  constructor(verifier: AccessTokenVerifier) {
    this.#verifier = verifier
  }

  /** The token with this digest, if it was verified before and that still holds; `now` in seconds since the epoch. */
  known(digest: string, now: number): AccessToken | undefined {
    const entry = this.#cache.get(digest)
    // A clock that was set back makes the entry unusable too: the token's "nbf" may lie ahead again.
    const usable = entry !== undefined && entry.usableFrom <= now && now < entry.usableUntil
    return usable ? entry.accessToken : undefined
  }

  /** Throws what the verifier throws, and rejects with what it rejects with: a rejection costs more than a throw. */
  verify(token: string, digest: string, now: number): Promise<AccessToken> {
    return this.#remember(this.#verifier(token, now), { digest, size: token.length, usableFrom: now })
  }

  async #remember(
    verifying: Promise<VerifiedToken>,
    { digest, size, usableFrom }: { digest: string; size: number; usableFrom: number },
  ): Promise<AccessToken> {
    const verified = await verifying
    const accessToken = describeAccessToken(verified)
    const { usableUntil } = verified
    if (usableFrom < usableUntil) this.#cache.set(digest, { accessToken, usableFrom, usableUntil }, { size })
    return accessToken
  }
}
